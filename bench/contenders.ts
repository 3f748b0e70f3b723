/**
 * Who downloads a maildrop, and how? Each answers with the digests of what it got, in the order of the maildrop.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import Pop3Command from 'node-pop3';
import { DownloadLineSchema } from '../src/maildrop/schema/download.ts';
import { linesIn } from '../test/support/line-reader.ts';
import { sha256Of } from '../test/support/maildir.ts';

export interface Account {
  readonly user: string;
  readonly password: string;
  readonly port: number;
}

export type Contender = (account: Account, messages: number) => Promise<readonly (string | null)[]>;

const messagesAtOnce = 1_000;
/** On loopback; behind it node-pop3 waits for an end that it has overlooked. */
const hangMs = 5_000;

/** Over HTTP, in base64 with digests that are checked; nothing is acknowledged, so it can be done again. */
export const throughPostern =
  (url: string): Contender =>
  async ({ user, password, port }, messages) => {
    const digests: string[] = [];
    let state: string | undefined;
    while (digests.length < messages) {
      const limit = Math.min(messagesAtOnce, messages - digests.length);
      const response = await fetch(`${url}/v1/pop/downloads`, {
        method: 'POST',
        headers: {
          Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
          'Mail-Server': `pop3://127.0.0.1:${port}?security=none`,
          'Content-Type': 'application/json',
        },
        body: JSON.stringify({ format: 'raw', limit, since: state }),
      });
      if (!response.ok) throw new Error(`Postern answers ${response.status}: ${await response.text()}`);
      for await (const text of linesIn(response.body)) {
        const line = DownloadLineSchema.parse(JSON.parse(text));
        if (line.type === 'error') throw new Error(`Postern tells of ${line.problem.type}`);
        if (line.type === 'receipt') state = line.state;
        else digests.push(sha256Of(Buffer.from(line.raw ?? '', 'base64')));
      }
    }
    return digests;
  };

/** A socket and no library. `ahead`: how many commands are on their way at once. */
export const throughSocket =
  (ahead: number): Contender =>
  async ({ user, password, port }, messages) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const replies = repliesOf(socket);
    const ask = (line: string): void => void socket.write(`${line}\r\n`);
    await replies.line();
    for (const line of [`USER ${user}`, `PASS ${password}`]) {
      ask(line);
      await replies.line();
    }
    const digests: string[] = [];
    for (let asked = 0; digests.length < messages; ) {
      if (asked - digests.length <= ahead / 2) {
        const next = Math.min(messages, digests.length + ahead);
        socket.write(Array.from({ length: next - asked }, (_, index) => `RETR ${asked + index + 1}\r\n`).join(''));
        asked = next;
      }
      digests.push(sha256Of(await replies.message()));
    }
    socket.destroy();
    return digests;
  };

/** node-pop3 as it is shipped. Null for what it never gave; that it leaves out the end of the last line is forgiven. */
export const throughNodePop3: Contender = async ({ user, password, port }, messages) => {
  const digests: (string | null)[] = [];
  let client = new Pop3Command({ host: '127.0.0.1', port, user, password });
  for (let number = 1; number <= messages; number++) {
    const text = await withinOrNull(client.RETR(number), hangMs);
    digests.push(text === null ? null : sha256Of(Buffer.from(`${text}\r\n`)));
    if (text !== null) continue;
    client = new Pop3Command({ host: '127.0.0.1', port, user, password });
  }
  return digests;
};

async function withinOrNull<T>(work: Promise<T>, limitMs: number): Promise<T | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), limitMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

interface Replies {
  line(): Promise<Buffer>;
  /** A multi-line reply, dots unstuffed. */
  message(): Promise<Buffer>;
}

function repliesOf(socket: Socket): Replies {
  const packets = socket.iterator();
  let unread: Buffer = Buffer.alloc(0);
  /** Up to and including `end`. */
  const upTo = async (end: string): Promise<Buffer> => {
    let searched = 0;
    for (;;) {
      const at = unread.indexOf(end, searched);
      if (at >= 0) {
        const found = unread.subarray(0, at + end.length);
        unread = unread.subarray(at + end.length);
        return found;
      }
      searched = Math.max(0, unread.length - end.length);
      const { done, value } = await packets.next();
      if (done === true) throw new Error('The server has closed the connection');
      unread = Buffer.concat([unread, value]);
    }
  };
  return {
    line: () => upTo('\r\n'),
    async message() {
      await upTo('\r\n');
      const stuffed = await upTo('\r\n.\r\n');
      const text = stuffed.subarray(0, -3);
      return text.includes('\r\n..')
        ? Buffer.from(text.toString('latin1').replaceAll('\r\n..', '\r\n.'), 'latin1')
        : text;
    },
  };
}
