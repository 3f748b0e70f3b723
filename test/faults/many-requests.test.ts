/**
 * Many requests at once for one account: do all of them get their answer, on no more sessions than the server allows?
 *
 * The server's own limit is the judge, and a turnstile in front of it counts. Each answer is looked into.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { PatchedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { EmailSchema } from '../../src/mailbox/schema/email.ts';
import { MailboxesSchema } from '../../src/mailbox/schema/mailbox.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { MaildropEmailSchema, MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { allAtOnce, longest, type Request, tally } from '../support/crowd.ts';
import { bigLetter } from '../support/imap-letters.ts';
import { type ImapStage, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';
import { openReader } from '../support/slow-reader.ts';
import { startTurnstile, type Turnstile } from '../support/turnstile.ts';

const inbox = messagesPath('inbox');
const linesOf = (index: number): string[] => Array.from({ length: 99 }, () => `This is letter ${index}.`);
const letters = Array.from({ length: 20 }, (_, index) => letter(`number-${index}`, linesOf(index).join('\r\n')));
const text = (index: number): string => `${linesOf(index).join('\n')}\n`;
const jsonOf = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());

interface Arena {
  readonly caller: Caller;
  readonly turnstile: Turnstile;
  /** The path of each letter. */
  readonly paths: readonly string[];
  readonly nextCursor: string;
}

/** What there is to ask for is found out by another mail program: Postern has not been called for this account yet. */
async function arenaIn(stage: ImapStage, messages: readonly Uint8Array[] = letters): Promise<Arena> {
  const known = await stage.callerWith(messages);
  const program = await stage.program(known);
  const validity = /UIDVALIDITY (\d+)/.exec(await program.command('STATUS INBOX (UIDVALIDITY)'))?.[1];
  const uids = Object.keys(await program.flags());
  program.close();
  const turnstile = await startTurnstile(stage.host.dovecot.ports.imap);
  const ids = uids.map((uid) => `${validity}.${uid}`);
  return {
    turnstile,
    caller: turnstile.through(known),
    paths: ids.map((id) => `${inbox}/${id}`),
    nextCursor: ids.at(-10) ?? '',
  };
}

/** A request of each kind in turn, about a letter in turn. */
function mixed(count: number, { paths, nextCursor }: Arena): Request[] {
  const idsIn = (bytes: Uint8Array) => EmailPageSchema.parse(jsonOf(bytes)).messages.map(({ id }) => `${inbox}/${id}`);
  const newest = paths.toReversed();
  const kinds: readonly ((index: number, path: string) => Request)[] = [
    () => ({ path: `${inbox}?limit=10`, check: (bytes) => expect(idsIn(bytes)).toEqual(newest.slice(0, 10)) }),
    () => ({
      path: `${inbox}?limit=10&cursor=${nextCursor}`,
      check: (bytes) => expect(idsIn(bytes)).toEqual(newest.slice(10)),
    }),
    (index, path) => ({
      path,
      check: (bytes) => expect(EmailSchema.parse(jsonOf(bytes)).text).toBe(text(index)),
    }),
    (index, path) => ({
      path: `${path}/parts/1`,
      check: (bytes) => expect(Buffer.from(bytes).toString().replaceAll('\r', '')).toBe(text(index)),
    }),
    (index, path) => ({
      path: `${path}/raw`,
      check: (bytes) => expect(sha256Of(bytes)).toBe(sha256Of(letters[index] ?? Buffer.of())),
    }),
    (index, path) => ({
      path,
      call: { method: 'PATCH', body: { keywords: { [`word-${index}`]: true } } },
      check: (bytes) => expect(PatchedEmailSchema.parse(jsonOf(bytes)).keywords[`word-${index}`]).toBe(true),
    }),
    () => ({
      path: '/v1/imap/mailboxes',
      check: (bytes) => {
        const { mailboxes } = MailboxesSchema.parse(jsonOf(bytes));
        expect(mailboxes.find(({ role }) => role === 'inbox')?.totalEmails).toBe(letters.length);
      },
    }),
  ];
  return Array.from({ length: count }, (_, at) => {
    const index = Math.floor(at / kinds.length) % letters.length;
    return kinds[at % kinds.length]?.(index, paths[index] ?? '') ?? expect.fail('no kind');
  });
}

async function refusals(stage: ImapStage): Promise<number> {
  return (await stage.host.dovecot.log()).split('Maximum number of connections').length - 1;
}

describe.each([
  { allowed: 3, others: 0 },
  { allowed: 3, others: 1 },
  { allowed: 2, others: 0 },
  { allowed: 2, others: 1 },
])('a mail server that allows $allowed sessions, $others of them taken by somebody else', ({ allowed, others }) => {
  const stage = imapStage({ maxConnectionsPerUser: allowed });

  it('gets 200 requests at once, and all of them are answered', async () => {
    const arena = await arenaIn(stage);
    const { turnstile, caller } = arena;
    for (let count = 0; count < others; count++) await stage.program(stage.host.as(caller, 'imap'));
    const fares = await allAtOnce(stage.postern, caller, mixed(200, arena));
    const refused = await refusals(stage);
    console.log(
      `200 requests, ${allowed} sessions allowed, ${others} taken: ${JSON.stringify(tally(fares))},`,
      `longest wait ${longest(fares, 'queueMs')} ms, all in ${longest(fares, 'elapsedMs')} ms,`,
      `${turnstile.logins} logins of which ${refused} refused, at most ${turnstile.mostInside} at once`,
    );
    expect(tally(fares)).toEqual({ 200: 200 });
    expect(longest(fares, 'queueMs')).toBeLessThan(limits.queueMs);
    expect(turnstile.mostInside).toBeLessThanOrEqual(limits.sessionsPerMailbox);
    // Each refusal teaches; what was opened is used again.
    expect(refused).toBeLessThanOrEqual(limits.sessionsPerMailbox - (allowed - others));
    expect(turnstile.logins - refused).toBeLessThanOrEqual(allowed - others);
    const { keywords } = await stage.read(caller, arena.paths[3] ?? '');
    expect(keywords).toEqual({ 'word-3': true });
    await turnstile.stop();
  });
});

describe('a mail server that allows 3 sessions', () => {
  const stage = imapStage({ maxConnectionsPerUser: 3 });

  it('gets as many requests as sessions and queue hold; the rest are told at once that the limit is ours', async () => {
    const arena = await arenaIn(stage);
    const { turnstile, caller } = arena;
    const room = limits.sessionsPerMailbox + limits.queuedRequests;
    const beyond = 47;
    // A password that is new to Postern is tried once before anybody else is let in with it.
    await stage.page(caller);
    turnstile.hold();
    let refused = 0;
    const fares = await allAtOnce(stage.postern, caller, mixed(room + beyond, arena), ({ status }) => {
      expect(status, 'answered while the server said nothing').toBe(refused < beyond ? 429 : 200);
      refused += 1;
      if (refused === beyond) turnstile.release();
    });
    console.log(
      `${room + beyond} requests: ${JSON.stringify(tally(fares))}, longest wait ${longest(fares, 'queueMs')} ms`,
    );
    expect(tally(fares)).toEqual({ 200: room, '429 queue-full': beyond });
    for (const { limitedBy, retryAfter } of fares.filter(({ status }) => status === 429)) {
      expect([limitedBy, Number(retryAfter) > 0]).toEqual(['postern', true]);
    }
    await turnstile.stop();
  });

  it('gets three streams that nobody reads, and still answers everything else', async () => {
    const big = bigLetter(40_000_000);
    const arena = await arenaIn(stage, [...letters, big]);
    const { turnstile, caller } = arena;
    const path = `${arena.paths.at(-1)}/raw`;
    let opened = 0;
    const streams = Array.from({ length: 3 }, async () => {
      const stream = await openReader(stage.postern, caller, path);
      opened += 1;
      return stream;
    });
    // One session at least is not for streams, so the last of them may have to wait.
    await vi.waitUntil(() => opened >= limits.sessionsPerMailbox - 1);
    const short = Array.from({ length: 30 }, (_, index) => ({
      path: arena.paths[index % letters.length] ?? '',
      check: (bytes: Uint8Array) => expect(EmailSchema.parse(jsonOf(bytes)).text).toBe(text(index % letters.length)),
    }));
    const fares = await allAtOnce(stage.postern, caller, short);
    console.log(
      `30 requests beside three streams that nobody reads: ${JSON.stringify(tally(fares))},`,
      `the last after ${longest(fares, 'elapsedMs')} ms`,
    );
    expect(tally(fares)).toEqual({ 200: 30 });
    expect(longest(fares, 'elapsedMs')).toBeLessThan(limits.queueMs / 2);
    const ends = await Promise.all(streams.map(async (stream) => (await stream).readAll()));
    expect(ends).toEqual(['whole', 'whole', 'whole']);
    expect(turnstile.mostInside).toBeLessThanOrEqual(3);
    await turnstile.stop();
  });
});

describe('a maildrop', () => {
  const stage = popStage({ extraConfig: 'pop3_lock_session = yes', maxConnectionsPerUser: 3 });

  async function popArena(messages: readonly Uint8Array[]): Promise<{ caller: Caller; turnstile: Turnstile }> {
    const turnstile = await startTurnstile(stage.host.dovecot.ports.pop3);
    return { turnstile, caller: turnstile.through(await stage.callerWith(messages)) };
  }

  it('gets 200 requests at once, and all of them are answered in one session at a time', async () => {
    const { caller, turnstile } = await popArena(letters);
    const { messages } = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
    const requests = Array.from({ length: 200 }, (_, at): Request => {
      const index = Math.floor(at / 4) % letters.length;
      const path = `/v1/pop/messages/${messages[index]?.id}`;
      const kinds: readonly Request[] = [
        {
          path: '/v1/pop/messages?headers=true',
          check: (bytes) => expect(MaildropPageSchema.parse(jsonOf(bytes)).messages).toHaveLength(letters.length),
        },
        { path, check: (bytes) => expect(MaildropEmailSchema.parse(jsonOf(bytes)).text).toBe(text(index)) },
        {
          path: `${path}/raw`,
          check: (bytes) => expect(sha256Of(bytes)).toBe(sha256Of(letters[index] ?? Buffer.of())),
        },
        { path: '/v1/pop/downloads', call: { body: { limit: 3 } }, check: (bytes) => expectDownload(bytes, 3) },
      ];
      return kinds[at % 4] ?? expect.fail('no kind');
    });
    const fares = await allAtOnce(stage.postern, caller, requests);
    console.log(
      `200 requests to one maildrop: ${JSON.stringify(tally(fares))}, longest wait ${longest(fares, 'queueMs')} ms,`,
      `${turnstile.logins} logins, at most ${turnstile.mostInside} at once`,
    );
    expect(tally(fares)).toEqual({ 200: 200 });
    expect(longest(fares, 'queueMs')).toBeLessThan(limits.queueMs);
    expect(turnstile.mostInside).toBe(1);
    await turnstile.stop();
  });

  it('gets as many requests as its session and the queue hold; the rest are told that the limit is ours', async () => {
    const { caller, turnstile } = await popArena(letters);
    const room = 1 + limits.queuedRequests;
    const beyond = 20;
    turnstile.hold();
    let refused = 0;
    const fares = await allAtOnce(
      stage.postern,
      caller,
      Array.from({ length: room + beyond }, () => ({ path: '/v1/pop/messages' })),
      () => {
        refused += 1;
        if (refused === beyond) turnstile.release();
      },
    );
    console.log(`${room + beyond} requests to one maildrop: ${JSON.stringify(tally(fares))}`);
    expect(tally(fares)).toEqual({ 200: room, '429 queue-full': beyond });
    expect(turnstile.mostInside).toBe(1);
    await turnstile.stop();
  });
});

function expectDownload(bytes: Uint8Array, count: number): void {
  const lines = Buffer.from(bytes).toString().trimEnd().split('\n');
  expect(lines).toHaveLength(count + 1);
  expect(lines.at(-1)).toContain(`"count":${count}`);
}
