/**
 * Another mail program at the same account of any mail server, over cleartext: what judges what Postern did.
 *
 * Knows nothing of Postern's own clients and nothing of one server in particular: no extension is used.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Account {
  readonly user: string;
  readonly password: string;
}

export interface ImapProgram {
  /** Answers all that the server said, as Latin-1, if it said OK in the end. */
  command(text: string): Promise<string>;
  /** The bytes of each message of the selected mailbox, by UID. */
  messages(): Promise<ReadonlyMap<number, Buffer>>;
  /** The flags of each message of the selected mailbox but `\Recent`, by UID. */
  flags(): Promise<Record<number, readonly string[]>>;
  /** Some servers write down what was changed when a session ends in order. */
  logout(): Promise<void>;
  /** Leaves without a word. */
  close(): void;
}

/** Logs in and selects `mailbox`. */
export async function imapProgram(port: number, { user, password }: Account, mailbox = 'INBOX'): Promise<ImapProgram> {
  const wire = await Wire.open(port);
  await wire.until(/^\* OK[^\n]*\n$/);
  let count = 0;
  const command = async (text: string): Promise<string> => {
    count += 1;
    const said = await wire.ask(`t${count} ${text}`, new RegExp(`(?:^|\\n)t${count} (OK|NO|BAD)[^\\n]*\\n$`));
    if (!new RegExp(`(?:^|\\n)t${count} OK`).test(said)) throw new Error(`${text.split(' ')[0]}: ${said.slice(-200)}`);
    return said;
  };
  const program: ImapProgram = {
    command,
    async messages() {
      await command('NOOP');
      const uids = Object.keys(await program.flags()).map(Number);
      const messages = new Map<number, Buffer>();
      for (const uid of uids) {
        const said = await command(`UID FETCH ${uid} (BODY.PEEK[])`);
        const [head = '', size = ''] = /\{(\d+)\}\r\n/.exec(said) ?? [];
        const from = said.indexOf(head) + head.length;
        messages.set(uid, Buffer.from(said.slice(from, from + Number(size)), 'latin1'));
      }
      return messages;
    },
    async flags() {
      // Some servers tell of a flag that another session has set, or of mail that came, only when asked for news.
      await command('NOOP');
      const rows = (await command('FETCH 1:* (UID FLAGS)').catch(noMessage)).matchAll(/^\* \d+ FETCH \((.*)\)\r$/gm);
      return Object.fromEntries(
        [...rows].map(([, row = '']) => [
          Number(/UID (\d+)/.exec(row)?.[1]),
          (/FLAGS \(([^)]*)\)/.exec(row)?.[1] ?? '').split(' ').filter((flag) => flag !== '' && flag !== '\\Recent'),
        ]),
      );
    },
    async logout() {
      await command('LOGOUT');
      wire.close();
    },
    close: () => wire.close(),
  };
  await command(`LOGIN "${user}" "${password}"`);
  await command(`SELECT "${mailbox}"`);
  return program;
}

/** In an empty mailbox `1:*` names no message, which some servers call an error. */
const noMessage = (error: unknown): string => {
  if (error instanceof Error && error.message.startsWith('FETCH')) return '';
  throw error;
};

export interface PopProgram {
  /** Answers the line that the server said, if it was +OK. */
  command(line: string): Promise<string>;
  /** Leaves without a word. */
  close(): void;
}

const isOk = /^\+OK[^\n]*\n$/;

/** Logs in, and so has the maildrop. */
export async function popProgram(port: number, account: Account): Promise<PopProgram> {
  const wire = await loggedIn(port, account);
  return { command: (line) => wire.ask(line, isOk), close: () => wire.close() };
}

async function loggedIn(port: number, { user, password }: Account): Promise<Wire> {
  const wire = await Wire.open(port);
  await wire.until(isOk);
  await wire.ask(`USER ${user}`, isOk);
  await wire.ask(`PASS ${password}`, isOk);
  return wire;
}

/** What a server says of itself before anybody has logged in (RFC 2449 §5); nothing where it does not know CAPA. */
export async function popCapabilitiesOf(port: number): Promise<readonly string[]> {
  const wire = await Wire.open(port);
  await wire.until(isOk);
  const said = await wire.ask('CAPA', /^-ERR[^\n]*\n$|^\+OK[^\n]*\n(?:[\s\S]*\r\n)?\.\r\n$/);
  wire.close();
  return said.startsWith('-ERR') ? [] : said.split('\r\n').slice(1, -2);
}

/** Which messages wait in a maildrop, by their number, dots unstuffed; the session ends without QUIT. */
export async function maildropOf(port: number, account: Account): Promise<readonly Buffer[]> {
  const wire = await loggedIn(port, account);
  const [, count = '0'] = /^\+OK (\d+)/.exec(await wire.ask('STAT', isOk)) ?? [];
  const messages: Buffer[] = [];
  for (let number = 1; number <= Number(count); number++) {
    const said = await wire.ask(`RETR ${number}`, /^\+OK[^\n]*\n(?:[\s\S]*\r\n)?\.\r\n$/);
    const body = said.slice(said.indexOf('\n') + 1, -3).replace(/^\.|(?<=\r\n)\./g, '');
    messages.push(Buffer.from(body, 'latin1'));
  }
  wire.close();
  return messages;
}

/** So many connections, which do nothing. Answers a function that ends them. */
export async function crowdAt(port: number, count: number): Promise<() => void> {
  const wires = await Promise.all(Array.from({ length: count }, () => Wire.open(port)));
  return () => {
    for (const wire of wires) wire.close();
  };
}

class Wire {
  readonly #socket: Socket;
  #received = '';
  #isEnded = false;
  #hasNews: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      this.#received += String(text);
      this.#hasNews();
    });
    // It ends then, which is what counts.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isEnded = true;
      this.#hasNews();
    });
  }

  static async open(port: number): Promise<Wire> {
    const socket = connect(port, '127.0.0.1');
    const wire = new Wire(socket);
    await once(socket, 'connect');
    return wire;
  }

  async ask(line: string, answered: RegExp): Promise<string> {
    this.#received = '';
    this.#socket.write(`${line}\r\n`, 'latin1');
    return this.until(answered);
  }

  /** All that has been received, once it looks like this. */
  async until(answered: RegExp): Promise<string> {
    while (!answered.test(this.#received)) {
      if (/^-ERR[^\n]*\n$/.test(this.#received) || this.#isEnded) {
        this.close();
        throw new Error(`the server does not go along: ${this.#received.slice(-200)}`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#hasNews = resolve;
      await promise;
    }
    return this.#received;
  }

  close(): void {
    this.#socket.destroy();
  }
}
