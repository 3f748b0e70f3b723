/**
 * `POST /v1/pop/prune` over a real server: does what is old go, all but the newest, and nothing that only claims to be old?
 */
import { describe, expect, it } from 'vitest';
import { digestsIn, sha256Of } from '../support/maildir.ts';
import { aged, pruned, prunePath } from '../support/pop-aged.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';

const stage = popStage();
const prune = (caller: Caller, body: Parameters<typeof pruned>[2]) => pruned(stage.postern, caller, body);
const onDisk = ({ user }: Caller) => digestsIn(stage.host.dovecot.maildir(user));
const digests = (...letters: readonly Uint8Array[]) => letters.map(sha256Of);

const received = (...days: readonly number[]) => days.map((day) => aged(`received-${day}`, { received: day }));

it('deletes what is older than so many days, tells by which field, and keeps the rest', async () => {
  const [thirty, ten, two] = [
    aged('30', { received: 30, date: 1 }),
    aged('10', { date: 10 }),
    aged('2', { received: 2 }),
  ];
  const caller = await stage.callerWith([thirty, ten, two]);
  const answer = await prune(caller, { olderThanDays: 7 });
  expect(answer).toMatchObject({ deleted: 2, kept: 1, notDeleted: [], hasMore: false });
  expect(answer.messages.map(({ datedBy, size }) => [datedBy, size])).toEqual([
    ['received', thirty.length],
    ['date', ten.length],
  ]);
  const days = answer.messages.map(({ date }) => Math.round((Date.now() - Date.parse(date ?? '')) / 86_400_000));
  expect(days).toEqual([30, 10]);
  expect(await onDisk(caller)).toEqual(digests(two));
});

it('deletes all but the newest, by their order in the maildrop', async () => {
  const letters = received(4, 3, 2, 1);
  const caller = await stage.callerWith(letters);
  const answer = await prune(caller, { keepNewest: 3 });
  expect([answer.deleted, answer.kept, answer.messages.length]).toEqual([1, 3, 1]);
  expect(await onDisk(caller)).toEqual(digests(...letters.slice(1)));
});

it.each([
  ['old, and not among the newest', 2, 4, 2],
  ['old, although all but one could go for their number', 1, 15, 2],
  ['not among the newest, although all are old', 3, 1, 1],
  ['nothing, where there are no more than are kept', 9, 1, 0],
] as const)('deletes with both what both say: %s', async (_what, keepNewest, olderThanDays, gone) => {
  const letters = received(30, 20, 10, 5);
  const caller = await stage.callerWith(letters);
  const { messages, kept } = await prune(caller, { keepNewest, olderThanDays });
  const expected = letters.slice(gone);
  expect(await onDisk(caller)).toEqual(digests(...expected));
  expect([messages.length, kept]).toEqual([gone, expected.length]);
});

it('tells what would go, and deletes nothing, as a dry run', async () => {
  const letters = received(30, 20, 1);
  const caller = await stage.callerWith(letters);
  const dry = await prune(caller, { olderThanDays: 7, dryRun: true });
  expect([dry.messages.length, dry.deleted, dry.kept, dry.hasMore]).toEqual([2, 0, 1, false]);
  expect(await onDisk(caller)).toEqual(digests(...letters));
  const { messages, deleted } = await prune(caller, { olderThanDays: 7 });
  expect([messages, deleted]).toEqual([dry.messages, 2]);
  expect(await onDisk(caller)).toEqual(digests(...letters.slice(2)));
});

it('finds nothing more to do when it is called again', async () => {
  const caller = await stage.callerWith(received(30, 1));
  expect((await prune(caller, { olderThanDays: 7 })).deleted).toBe(1);
  expect(await prune(caller, { olderThanDays: 7 })).toEqual({
    messages: [],
    deleted: 0,
    kept: 1,
    notDeleted: [],
    hasMore: false,
  });
});

it('has nothing to do in an empty maildrop', async () => {
  const caller = await stage.callerWith([]);
  expect(await prune(caller, { keepNewest: 1, olderThanDays: 1 })).toMatchObject({ deleted: 0, kept: 0 });
});

describe('keeps what only claims to be old', () => {
  const claims = {
    'by a Date of long ago below a Received of today': aged('claim', { received: 0, date: 3000 }),
    'by a Date before there was such mail': aged('claim', { date: 'Thu, 1 Jan 1970 00:00:00 +0000' }),
    'by a Date, where what the server wrote cannot be read': aged('claim', { received: 'some day', date: 3000 }),
  };
  it.each(Object.entries(claims))('%s', async (_how, claim) => {
    const caller = await stage.callerWith([claim, aged('old', { received: 30 })]);
    expect((await prune(caller, { olderThanDays: 7 })).kept).toBeGreaterThan(0);
    expect(await onDisk(caller)).toContain(sha256Of(claim));
  });

  it('behind a message that is young: it came later still', async () => {
    const letters = [aged('old', { received: 30 }), aged('young', { received: 1 }), aged('claim', { date: 3000 })];
    const caller = await stage.callerWith(letters);
    expect((await prune(caller, { olderThanDays: 7 })).deleted).toBe(1);
    expect(await onDisk(caller)).toEqual(digests(...letters.slice(1)));
  });
});

it('keeps what has no date or one to come, and does not stop at it', async () => {
  const unknown = [aged('undated', {}), aged('to-come', { received: -400 }), aged('no-date', { date: 'yesterday' })];
  const young = aged('young', { received: 1 });
  const caller = await stage.callerWith([...unknown, aged('old', { received: 30 }), young]);
  expect(await prune(caller, { olderThanDays: 7 })).toMatchObject({ deleted: 1, kept: 4 });
  expect(await onDisk(caller)).toEqual(digests(...unknown, young));
});

describe('a maildrop that begins with its newest message', () => {
  it('is refused where the newest are to be kept, and nothing is deleted', async () => {
    const letters = [aged('undated', {}), ...received(1, 2, 30)];
    const caller = await stage.callerWith(letters);
    for (const body of [{ keepNewest: 1 }, { keepNewest: 1, olderThanDays: 7 }, { keepNewest: 1, dryRun: true }]) {
      const problem = await stage.postern.problem('unsupported-by-server', caller, prunePath, { body });
      expect(problem).toMatchObject({ status: 422, feature: 'a maildrop that begins with its oldest message' });
    }
    expect(await onDisk(caller)).toEqual(digests(...letters));
  });

  it('keeps all as long as its first is young, where age alone counts', async () => {
    const caller = await stage.callerWith(received(1, 2, 30));
    expect(await prune(caller, { olderThanDays: 7 })).toMatchObject({ deleted: 0, kept: 3 });
  });
});

describe('is refused, and nothing is deleted,', () => {
  const refused: readonly [unknown, string, RegExp][] = [
    [{}, 'body', /olderThanDays, keepNewest or both/],
    [{ dryRun: true }, 'body', /olderThanDays, keepNewest or both/],
    [{ olderThanDays: 0 }, 'olderThanDays', /from 1 to/],
    [{ olderThanDays: 1.5 }, 'olderThanDays', /from 1 to/],
    [{ olderThanDays: '7' }, 'olderThanDays', /from 1 to/],
    [{ olderThanDays: null }, 'olderThanDays', /from 1 to/],
    [{ keepNewest: 0 }, 'keepNewest', /from 1 to/],
    [{ keepNewest: -1 }, 'keepNewest', /from 1 to/],
    [{ keepNewest: 1, dryrun: true }, 'dryrun', /no such field/],
    [{ keepNewest: 1, dryRun: 'false' }, 'dryRun', /boolean/],
  ];
  it.each(refused)('a request of %j', async (body, field, message) => {
    const caller = await stage.callerWith(received(30));
    const problem = await stage.postern.problem('request-invalid', caller, prunePath, { body });
    expect(problem.status).toBe(400);
    expect(problem.errors).toEqual([{ in: 'body', field, message: expect.stringMatching(message) }]);
    expect(await onDisk(caller)).toHaveLength(1);
  });

  it('one for an IMAP account, or with a wrong password', async () => {
    const caller = await stage.callerWith(received(30));
    const body = { keepNewest: 1 };
    const imap = stage.host.as(caller, 'imap');
    await stage.postern.problem('protocol-mismatch', imap, prunePath, { body });
    await stage.postern.problem('login-refused', { ...caller, password: 'no' }, prunePath, { body });
    expect(await onDisk(caller)).toHaveLength(1);
  });
});
