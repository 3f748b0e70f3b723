/**
 * Does somebody who listens learn of changes from servers that idle badly, or not at all?
 */
import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { listen } from '../support/event-reader.ts';
import type { ImapScript, ImapServer } from '../support/imap-script.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapScriptStage({ capabilities: ['UIDPLUS', 'IDLE'], messages: [letter('1')] });
const times = ({ commands }: ImapServer, command: string): number => commands.filter((sent) => sent === command).length;

/** What is said when IDLE begins and when it ends; each idling session's socket can be had. */
function idling(
  begin: string | null = '+ idling\r\n',
  end = '$ OK done\r\n',
): ImapScript & { idle(): Promise<Socket>; idles: number } {
  let next = Promise.withResolvers<Socket>();
  const script = {
    idles: 0,
    async idle() {
      const socket = await next.promise;
      next = Promise.withResolvers();
      return socket;
    },
    answer(command: string, socket: Socket) {
      if (command !== 'IDLE') return undefined;
      script.idles += 1;
      next.resolve(socket);
      return begin;
    },
    answerLine: () => end,
  };
  return script;
}

const deliver = ({ inbox }: ImapServer): void => {
  inbox.push({ uid: inbox.length + 1, bytes: letter(`${inbox.length + 1}`), flags: new Set() });
};

/** Listens, and has read the first event. */
async function listening(server: ImapServer) {
  const reader = await listen(stage.postern, server.caller());
  await reader.changes();
  return reader;
}

const createdIn = async (reader: Awaited<ReturnType<typeof listening>>): Promise<readonly string[]> =>
  (await reader.changes()).created.map((id) => id.split('.')[1] ?? '');

describe.concurrent('a server that does not idle', () => {
  const saying = (answer: string) => ({ answer: (command: string) => (command === 'IDLE' ? answer : undefined) });
  it.each([
    ['does not offer it', { capabilities: ['UIDPLUS'] }, 2],
    ['refuses it although it offered it', saying('$ NO no\r\n'), 3],
    ['does not know it although it offered it', saying('$ BAD no\r\n'), 3],
    ['shows a session only what it does itself', { capabilities: ['IDLE'] }, 2],
  ] as const)(
    'because it %s is asked every few seconds, in a session that others may use',
    async (_, script, looks) => {
      const server = await stage.serve(script);
      const reader = await listening(server);
      const fetches = () => server.commands.filter((sent) => sent.startsWith('UID FETCH')).length;
      await vi.waitUntil(() => fetches() === looks, { timeout: 10_000 });
      deliver(server);
      expect(await createdIn(reader)).toEqual(['2']);
      expect([fetches(), server.connections]).toEqual([looks + 1, 1]);
      expect(times(server, 'IDLE')).toBeLessThanOrEqual(1);
      reader.leave();
    },
  );
});

describe.concurrent('a server that idles', () => {
  it('and tells what is new before it says that it does is understood', async () => {
    const script = idling('* 2 EXISTS\r\n+ idling\r\n');
    const server = await stage.serve(script);
    const reader = await listening(server);
    deliver(server);
    expect(await createdIn(reader)).toEqual(['2']);
    reader.leave();
  });

  it('and says nonsense meanwhile is listened to all the same, on the same connection', async () => {
    const script = idling();
    const server = await stage.serve(script);
    const reader = await listening(server);
    const socket = await script.idle();
    socket.write('* \r\nnonsense\r\n* OK [UNHEARD of ((\r\n* 99999999999 EXISTS\r\n* EXISTS\r\n(((\r\n\0\r\n');
    deliver(server);
    socket.write('* 2 EXISTS\r\n');
    expect(await createdIn(reader)).toEqual(['2']);
    expect(server.connections).toBe(1);
    reader.leave();
  });

  it('and is at a loss for a moment is asked again, and what has changed meanwhile is told', async () => {
    const script = idling();
    let losses = 0;
    const atALoss = (command: string, socket: Socket) => {
      if (losses === 0 || !command.startsWith('SELECT')) return script.answer?.(command, socket);
      losses -= 1;
      return '$ NO [SERVERBUG] Internal error occurred\r\n';
    };
    const server = await stage.serve({ ...script, answer: atALoss });
    const reader = await listening(server);
    const socket = await script.idle();
    losses = 3;
    deliver(server);
    socket.end('* BYE for today\r\n');
    expect(await createdIn(reader)).toEqual(['2']);
    expect(losses).toBe(0);
    reader.leave();
  });

  it('and says goodbye is called again, and what has changed meanwhile is told', async () => {
    const script = idling();
    const server = await stage.serve(script);
    const reader = await listening(server);
    for (const uid of ['2', '3']) {
      const socket = await script.idle();
      deliver(server);
      socket.end('* BYE for today\r\n');
      expect(await createdIn(reader)).toEqual([uid]);
    }
    reader.leave();
  });

  it('and repeats the same count whenever it begins to is not asked again and again', async () => {
    const script = idling('* 1 EXISTS\r\n+ idling\r\n');
    const server = await stage.serve(script);
    const reader = await listening(server);
    await reader.comment();
    expect(script.idles).toBe(1);
    reader.leave();
  });

  it('and tells of changes without an end where there are none is asked less and less often', async () => {
    const script = idling('+ idling\r\n* 1 FETCH (FLAGS ())\r\n');
    const server = await stage.serve(script);
    const reader = await listening(server);
    await reader.comment();
    // After 0.25 s, 0.5 s, 1 s, 2 s, 4 s and 8 s.
    expect(script.idles).toBeLessThan(10);
    reader.leave();
  });

  it('and floods is not asked for each of its words, and what has changed is told', async () => {
    const script = idling();
    const server = await stage.serve(script);
    const reader = await listening(server);
    const socket = await script.idle();
    const flood = Array.from({ length: 20_000 }, (_, index) => `* ${2 + (index % 2)} EXISTS\r\n`).join('');
    deliver(server);
    socket.write(flood);
    expect(await createdIn(reader)).toEqual(['2']);
    expect(script.idles).toBeLessThan(10);
    reader.leave();
  });

  it('and tells that all messages of a large mailbox were marked is listened to', async () => {
    const script = idling();
    const server = await stage.serve(script);
    const reader = await listening(server);
    const socket = await script.idle();
    deliver(server);
    socket.write('* 1 FETCH (FLAGS (\\Seen))\r\n'.repeat(51_000));
    expect(await createdIn(reader)).toEqual(['2']);
    reader.leave();
  });

  it('and ends it at once by itself is asked less and less often, and what has changed is told', async () => {
    const script = idling('$ OK that was it\r\n');
    const server = await stage.serve(script);
    const reader = await listening(server);
    deliver(server);
    expect(await createdIn(reader)).toEqual(['2']);
    await reader.comment();
    expect(script.idles).toBeLessThan(10);
    reader.leave();
  });

  it('and floods without end loses the connection, and the one who listens is told why', async () => {
    const script = idling();
    const server = await stage.serve(script);
    const reader = await listening(server);
    const socket = await script.idle();
    socket.write('* OK still here\r\n'.repeat(310_000));
    expect(await reader.problem()).toMatchObject({
      type: '/problems/limit-exceeded',
      limit: 'imapLongAnswerResponses',
    });
    expect(await reader.ended).toBe('whole');
  });

  it('and numbers the mailbox anew ends the stream with the problem that says so', async () => {
    const script = idling();
    const server = await stage.serve(script);
    const reader = await listening(server);
    const socket = await script.idle();
    server.uidValidity = 2000;
    socket.write('* OK [UIDVALIDITY 2000] renumbered\r\n');
    expect(await reader.problem()).toMatchObject({ type: '/problems/state-gone', status: 410 });
  });

  it('and never says so keeps nobody else from the one session that it allows', async () => {
    const idled = Promise.withResolvers<void>();
    let logins = 0;
    const server = await stage.serve({
      answer(command) {
        if (command === 'IDLE') idled.resolve();
        if (command === 'IDLE') return null;
        if (!/^(AUTHENTICATE|LOGIN)/.test(command)) return undefined;
        logins += 1;
        return logins === 2 ? '$ NO [LIMIT] one at a time\r\n' : undefined;
      },
    });
    const reader = await listening(server);
    await idled.promise;
    const sinceMs = performance.now();
    const response = await stage.postern.call(server.caller(), messagesPath('inbox'));
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    // Refused as the second, it waits for the first no longer than that one has to begin: 5 s.
    expect(performance.now() - sinceMs).toBeLessThan(15_000);
    expect(logins).toBeGreaterThan(2);
    reader.leave();
  });
});
