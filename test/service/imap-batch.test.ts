/**
 * `POST …/messages/batch` over a real server: an outcome for each message, and each is what it says.
 */
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { OutcomesSchema } from '../../src/mailbox/schema/changing.ts';
import { type ImapRelay, startImapRelay } from '../support/imap-relay.ts';
import { imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
const inbox = messagesPath('inbox');
const path = `${inbox}/batch`;

type Outcome = z.output<typeof OutcomesSchema>['outcomes'][number];

async function batch(caller: Caller, body: unknown): Promise<{ status: number; outcomes: Outcome[] }> {
  const response = await stage.postern.call(caller, path, { body });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return { status: response.status, outcomes: OutcomesSchema.parse(JSON.parse(text)).outcomes };
}

const labels = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index + 1}`);
const callerWith = (count: number): Promise<Caller> => stage.callerWith(labels(count).map((label) => letter(label)));

/** The ids of a mailbox, oldest first. */
const idsIn = async (caller: Caller, mailbox = 'inbox'): Promise<string[]> =>
  (await stage.page(caller, '?limit=500', mailbox)).messages.map(({ id }) => id).reverse();

/** What the messages of a mailbox are called, by id. */
const subjectsIn = async (caller: Caller, mailbox: string): Promise<Record<string, string | undefined>> =>
  Object.fromEntries(
    (await stage.page(caller, '?limit=500', mailbox)).messages.map(({ id, subject }) => [
      id,
      subject?.split(' ').at(-1),
    ]),
  );

const inboxId = 'mb_SU5CT1g';

async function relayed(count: number): Promise<{ relay: ImapRelay; caller: Caller }> {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  return { relay, caller: relay.through(await callerWith(count)) };
}

const changing = ({ commands }: ImapRelay) =>
  commands.filter((command) => /^(UID )?(STORE|COPY|MOVE|EXPUNGE|CLOSE)/.test(command));

it('marks messages with one STORE, and tells of each in the order in which they were named', async () => {
  const { relay, caller } = await relayed(4);
  const [one = '', two = '', three = '', four = ''] = await idsIn(caller);
  const program = await stage.program(caller);
  await program.command('UID STORE 2 +FLAGS (\\Flagged)');
  await program.expunge(3);
  const otherValidity = one.replace(/^\d+/, '7');
  const ids = [four, 'nonsense', two, three, otherValidity, one];
  const { status, outcomes } = await batch(caller, { ids, patch: { keywords: { $seen: true } } });
  expect(status).toBe(207);
  const done = (id: string, before: Record<string, true>) => ({
    id,
    status: 200,
    mailboxId: inboxId,
    keywords: { ...before, $seen: true },
    previous: { id, mailboxId: inboxId, keywords: before },
  });
  const problem = (id: string, status: number, kind: string) =>
    expect.objectContaining({ id, status, problem: expect.objectContaining({ type: `/problems/${kind}`, status }) });
  expect(outcomes).toEqual([
    done(four, {}),
    problem('nonsense', 404, 'message-not-found'),
    done(two, { $flagged: true }),
    problem(three, 404, 'message-not-found'),
    problem(otherValidity, 410, 'state-gone'),
    done(one, {}),
  ]);
  // What was expunged a moment ago may be named still: the server tells of it behind its answer to the first question.
  expect(changing(relay)).toEqual([expect.stringMatching(/^UID STORE (1:2,4|1:4) \+FLAGS \(\\Seen\)$/)]);
  expect(await program.flags()).toEqual({ 1: ['\\Seen'], 2: ['\\Flagged', '\\Seen'], 4: ['\\Seen'] });
  await relay.stop();
});

it('moves messages with one MOVE, after they were marked, and tells the new id of each', async () => {
  const { relay, caller } = await relayed(5);
  const ids = await idsIn(caller);
  const [one = '', two = '', three = '', four = '', five = ''] = ids;
  const program = await stage.program(caller);
  await program.command('UID STORE 4 +FLAGS (\\Deleted kept)');
  const named = [five, two, four];
  const patch = { keywords: { $flagged: true }, mailboxId: 'archive' };
  const { status, outcomes } = await batch(caller, { ids: named, patch });
  expect(status).toBe(200);
  expect(outcomes.map(({ id }) => id)).toEqual(named);
  const subjects = await subjectsIn(caller, 'archive');
  expect(outcomes.map(({ newId }) => subjects[newId ?? ''])).toEqual(['m5', 'm2', 'm4']);
  expect(outcomes[2]).toMatchObject({
    status: 200,
    keywords: { $flagged: true, kept: true },
    previous: { id: four, mailboxId: inboxId, keywords: { $deleted: true, kept: true } },
  });
  expect(await idsIn(caller)).toEqual([one, three]);
  expect(changing(relay).filter((command) => command.startsWith('UID MOVE'))).toEqual(['UID MOVE 2,4:5 "Archive"']);
  const elsewhere = await stage.program(caller, 'Archive');
  expect(Object.values(await elsewhere.flags()).flat()).not.toContain('\\Deleted');
  await relay.stop();
});

it('copies messages with one COPY, and leaves them where they are', async () => {
  const { relay, caller } = await relayed(3);
  const [one = '', two = '', three = ''] = await idsIn(caller);
  const { status, outcomes } = await batch(caller, { ids: [three, one, two.replace(/2$/, '9')], copyTo: 'archive' });
  expect([status, ...outcomes.map((outcome) => outcome.status)]).toEqual([207, 201, 201, 404]);
  const subjects = await subjectsIn(caller, 'archive');
  expect(outcomes.map(({ newId }) => subjects[newId ?? ''])).toEqual(['m3', 'm1', undefined]);
  expect(await idsIn(caller)).toEqual([one, two, three]);
  expect(changing(relay)).toEqual(['UID COPY 1,3 "Archive"']);
  await relay.stop();
});

it('moves messages to the trash', async () => {
  const caller = await callerWith(3);
  const [one = '', two = '', three = ''] = await idsIn(caller);
  const { outcomes } = await batch(caller, { ids: [one, three], delete: 'trash' });
  const subjects = await subjectsIn(caller, 'trash');
  expect(outcomes.map(({ newId, status }) => [subjects[newId ?? ''], status])).toEqual([
    ['m1', 200],
    ['m3', 200],
  ]);
  expect(await idsIn(caller)).toEqual([two]);
  const again = await stage.postern.call(caller, `${messagesPath('trash')}/batch`, {
    body: { ids: Object.keys(subjects), delete: 'trash' },
  });
  expect(await again.json()).toMatchObject({ type: '/problems/already-in-trash' });
});

it('expunges exactly those that were named, and not what others have marked as deleted', async () => {
  const { relay, caller } = await relayed(4);
  const [one = '', two = '', three = '', four = ''] = await idsIn(caller);
  const program = await stage.program(caller);
  await program.command('UID STORE 1,2 +FLAGS (\\Deleted)');
  const { status, outcomes } = await batch(caller, { ids: [four, two], delete: 'permanent' });
  expect([status, ...outcomes.map((outcome) => outcome.status)]).toEqual([200, 204, 204]);
  expect(outcomes[1]?.previous?.keywords).toEqual({ $deleted: true });
  expect(await idsIn(caller)).toEqual([one, three]);
  expect(await program.flags()).toEqual({ 1: ['\\Deleted'], 3: [] });
  expect(changing(relay)).toEqual(['UID STORE 2,4 +FLAGS (\\Deleted)', 'UID EXPUNGE 2,4']);
  await relay.stop();
});

it('changes 500 messages at once in as few commands as one', async () => {
  const { relay, caller } = await relayed(0);
  const program = await stage.program(caller);
  await program.append('INBOX', letter('first'));
  // Every second of 1000 is named, so that no range says several of them.
  let count = 1;
  while (count < 1000) {
    await program.command(`COPY 1:${Math.min(count, 1000 - count)} INBOX`);
    count += Math.min(count, 1000 - count);
  }
  const validity = (await idsIn(caller))[0]?.split('.')[0];
  const ids = Array.from({ length: 500 }, (_, index) => `${validity}.${2 * index + 1}`);
  const moved = await batch(caller, { ids, patch: { mailboxId: 'archive', keywords: { $seen: true } } });
  expect([moved.status, moved.outcomes.length]).toEqual([200, 500]);
  expect(new Set(moved.outcomes.map(({ newId }) => newId))).toEqual(new Set(await idsIn(caller, 'archive')));
  expect(changing(relay).map((command) => command.split(' ', 2).join(' '))).toEqual(['UID STORE', 'UID MOVE']);
  expect((await stage.page(caller)).total).toBe(500);
  await relay.stop();
});

it('moves each message once, when it is asked twice at the same time', async () => {
  const caller = await callerWith(20);
  const ids = await idsIn(caller);
  const body = { ids, patch: { mailboxId: 'archive' } };
  const answers = await Promise.all([batch(caller, body), batch(caller, { ...body, ids: ids.toReversed() })]);
  const moved = answers.flatMap(({ outcomes }) => outcomes.filter(({ status }) => status === 200));
  const failed = answers.flatMap(({ outcomes }) => outcomes.filter(({ status }) => status !== 200));
  expect(moved.map(({ id }) => id).sort()).toEqual(ids.toSorted());
  expect(new Set(failed.map(({ problem }) => problem?.type))).toEqual(new Set(['/problems/message-not-found']));
  expect(await idsIn(caller, 'archive')).toHaveLength(20);
});

describe('a batch whose connection is cut', () => {
  const changes = [
    ['marking', { patch: { keywords: { $seen: true } } }, /^UID STORE/],
    ['moving', { patch: { mailboxId: 'archive' } }, /^UID MOVE/],
    ['copying', { copyTo: 'archive' }, /^UID COPY/],
    ['deleting, at the mark', { delete: 'permanent' }, /^UID STORE/],
    ['deleting, at the end', { delete: 'permanent' }, /^UID EXPUNGE/],
  ] as const;
  const cases = changes.flatMap((change) =>
    (['unsent', 'unanswered'] as const).map((loss) => [...change, loss] as const),
  );

  it.each(cases)('while %s says of each that nobody knows, and is not repeated', async (_, change, command, loss) => {
    const { relay, caller } = await relayed(3);
    const ids = await idsIn(caller);
    const missing = `${ids[0]}9`;
    relay.loseAt(command, loss);
    const { status, outcomes } = await batch(caller, { ids: [...ids.slice(0, 2), missing], ...change });
    expect(status).toBe(207);
    expect(outcomes.map(({ problem }) => problem?.type)).toEqual([
      '/problems/connection-lost',
      '/problems/connection-lost',
      '/problems/message-not-found',
    ]);
    expect(relay.commands.filter((sent) => command.test(sent))).toHaveLength(1);
    const places = [await idsIn(caller), await idsIn(caller, 'archive')].map((found) => found.length);
    const isLost = loss === 'unsent';
    if (String(command).includes('MOVE')) expect(places).toEqual(isLost ? [3, 0] : [1, 2]);
    else if (String(command).includes('COPY')) expect(places).toEqual(isLost ? [3, 0] : [3, 2]);
    else expect(places).toEqual(String(command).includes('EXPUNGE') && !isLost ? [1, 0] : [3, 0]);
    await relay.stop();
  });

  it('before anything was changed is made on another', async () => {
    const { relay, caller } = await relayed(2);
    const ids = await idsIn(caller);
    relay.loseAt(/^NOOP/, 'unanswered');
    const { status } = await batch(caller, { ids, patch: { mailboxId: 'archive' } });
    expect([status, relay.connections]).toEqual([200, 2]);
    await relay.stop();
  });
});

describe('a batch that is refused as a whole', () => {
  const one = '1.1';
  it.each([
    [{ ids: [one] }, 'body'],
    [{ ids: [one], copyTo: 'trash', delete: 'trash' }, 'body'],
    [{ ids: [], delete: 'trash' }, 'ids'],
    [{ ids: [one, one], delete: 'trash' }, 'ids'],
    [{ ids: Array.from({ length: 501 }, (_, index) => `1.${index + 1}`), delete: 'trash' }, 'ids'],
    [{ ids: one, delete: 'trash' }, 'ids'],
    [{ ids: [1], delete: 'trash' }, 'ids.0'],
    [{ ids: [one], delete: true }, 'delete'],
    [{ ids: [one], patch: {} }, 'patch'],
    [{ ids: [one], patch: { keywords: { 'a b': true } } }, 'patch.keywords.a b'],
    [{ ids: [one], delete: 'trash', permanent: true }, 'permanent'],
    [null, 'body'],
  ])('%j names the field', async (body, field) => {
    const caller = await stage.callerWith([]);
    const problem = await stage.postern.problem('request-invalid', caller, path, { body, method: 'POST' });
    expect(problem.errors).toMatchObject([{ in: 'body', field, message: expect.stringMatching(/^[A-Z].*\.$/) }]);
  });

  it('is not conditional', async () => {
    const caller = await stage.callerWith([]);
    const call = { body: { ids: [one], delete: 'trash' }, headers: { 'If-Match': '*' } };
    const problem = await stage.postern.problem('request-invalid', caller, path, call);
    expect(problem.errors).toMatchObject([{ in: 'header', field: 'If-Match' }]);
  });

  it.each([
    [{ copyTo: 'mb_Tm9uZQ' }, 'copyTo'],
    [{ patch: { mailboxId: 'mb_Tm9uZQ', keywords: { $seen: true } } }, 'mailboxId'],
    [{ copyTo: 'nowhere' }, 'copyTo'],
    [{ copyTo: 'flagged' }, 'copyTo'],
  ])('%j names the mailbox that is missing, and nothing was changed', async (change, field) => {
    const caller = await callerWith(1);
    const ids = await idsIn(caller);
    const problem = await stage.postern.problem('mailbox-not-found', caller, path, { body: { ids, ...change } });
    expect(problem).toMatchObject({ status: 404, field });
    expect((await stage.page(caller)).messages[0]?.keywords).toEqual({});
  });
});
