/**
 * Mail servers that send so little at a time that no wait is too long: whoever comes near a minimum is waited for, whoever
 * does not is given up, and the session with them.
 */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { startImapServer } from '../support/imap-script.ts';
import { letter } from '../support/mail.ts';
import { multiLine } from '../support/pop-bytes.ts';
import { startPopServer } from '../support/pop-script.ts';
import { type Caller, type Postern, startPostern } from '../support/postern.ts';

const everyMs = 2_000;
/** At the pace below longer than any single deadline. */
const message = Buffer.concat([letter('long'), Buffer.from(`${'0123456789abcdef'.repeat(4)}\r\n`.repeat(1_300))]);
const enough = (2 * limits.replyBytesPerSecond * everyMs) / 1000;

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

interface Trickling {
  readonly caller: Caller;
  readonly path: string;
  readonly listing: string;
  stop(): Promise<void>;
}

/** An IMAP server that gives so much for a FETCH, and takes its time over each. */
async function imapAt(bytes: number): Promise<Trickling> {
  let isAsleep = true;
  const server = await startImapServer({
    messages: [message],
    mostBytes: bytes,
    answer: (command, socket) => {
      if (!isAsleep || !command.includes('BODY.PEEK[]')) return undefined;
      // What is answered leaves later.
      socket.cork();
      setTimeout(() => socket.uncork(), everyMs);
      return undefined;
    },
  });
  return {
    caller: server.caller(),
    path: '/v1/imap/mailboxes/inbox/messages/1000.1/raw',
    listing: '/v1/imap/mailboxes/inbox/messages',
    stop: async () => {
      isAsleep = false;
      await server.stop();
    },
  };
}

/** A POP3 server that sends so much of a message at a time. */
async function popAt(bytes: number): Promise<Trickling> {
  const timers = new Set<ReturnType<typeof setInterval>>();
  const trickle = (socket: Socket): void => {
    let left = Buffer.from(multiLine(message));
    const timer = setInterval(() => {
      socket.write(left.subarray(0, bytes));
      left = left.subarray(bytes);
      if (left.length === 0) clearInterval(timer);
    }, everyMs);
    timers.add(timer);
    socket.on('close', () => clearInterval(timer));
  };
  const server = await startPopServer({
    messages: [{ uidl: 'a', bytes: message }],
    answer: (command, socket) => {
      if (!/^(RETR|TOP) /.test(command)) return undefined;
      socket.write('+OK\r\n');
      trickle(socket);
      return null;
    },
  });
  return {
    caller: server.caller(),
    path: `/v1/pop/messages/${Buffer.from('a').toString('base64url')}/raw`,
    listing: '/v1/pop/messages',
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      await server.stop();
    },
  };
}

const protocols = [
  ['IMAP', imapAt],
  ['POP3', popAt],
] as const;

const using = async (server: Trickling, use: (server: Trickling) => Promise<void>): Promise<void> => {
  try {
    await use(server);
  } finally {
    await server.stop();
  }
};

it.concurrent.each(protocols)('takes a message whole that comes slowly, but comes (%s)', async (_, serverAt) => {
  await using(await serverAt(enough), async ({ caller, path }) => {
    const start = performance.now();
    const raw = Buffer.from(await (await postern.call(caller, path)).arrayBuffer());
    expect(raw.equals(message)).toBe(true);
    expect(performance.now() - start, 'it took longer than any single wait may').toBeGreaterThan(limits.commandMs);
  });
});

it.concurrent.each(protocols)(
  'gives up a message that comes byte by byte, and the session with it (%s)',
  async (_, serverAt) => {
    await using(await serverAt(1), async ({ caller, path, listing }) => {
      const start = performance.now();
      await expect(postern.call(caller, path).then((response) => response.arrayBuffer())).rejects.toThrow(TypeError);
      expect(performance.now() - start).toBeLessThan(limits.commandMs + 2 * everyMs + 5_000);
      expect((await postern.call(caller, listing)).status).toBe(200);
    });
  },
);
