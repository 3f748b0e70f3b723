/**
 * What a change answers of the state before it, so that it can be undone.
 */
import { describe, expect, it } from 'vitest';
import { PatchedEmailSchema, TrashedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { startImapServer } from '../support/imap-script.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
type Change = Readonly<Record<string, unknown>>;

const patched = (caller: Caller, path: string, body: Change, headers = {}) =>
  stage.postern.json(PatchedEmailSchema, caller, path, { method: 'PATCH', body, headers });

/** The mailbox id of the INBOX. */
const inboxId = 'mb_SU5CT1g';

it('tells the keywords from before a change, as another program has set them last', async () => {
  const caller = await stage.callerWith([letter('one'), letter('two')]);
  const path = first(await stage.paths(caller));
  const program = await stage.program(caller);
  let before: Record<string, true> = {};
  for (const theirs of ['theirs0', 'theirs1', 'theirs2']) {
    await program.command(`UID STORE 2 +FLAGS.SILENT (${theirs})`);
    before = { ...before, [theirs]: true };
    const ours = `ours-${theirs}`;
    const { previous, keywords } = await patched(caller, path, { keywords: { [ours]: true } });
    expect(previous).toEqual({ id: path.split('/').at(-1), mailboxId: inboxId, keywords: before });
    before = { ...before, [ours]: true };
    expect(keywords).toEqual(before);
  }
});

it.each([
  ['set that is set', { $flagged: true }],
  ['set and taken away', { $flagged: null, other: true }],
  ['taken away that is not there', { missing: null }],
])('tells them when a keyword is %s, and by them the change can be undone', async (_, keywords) => {
  const caller = await stage.callerWith([letter('one')]);
  const path = first(await stage.paths(caller));
  const before = { $flagged: true, mine: true };
  await patched(caller, path, { keywords: before });
  const changed = await patched(caller, path, { keywords });
  expect(changed.previous?.keywords).toEqual(before);
  const gone = Object.keys(changed.keywords).filter((keyword) => !Object.hasOwn(before, keyword));
  const back = { ...changed.previous?.keywords, ...Object.fromEntries(gone.map((keyword) => [keyword, null])) };
  expect((await patched(caller, path, { keywords: back })).keywords).toEqual(before);
});

it('tells them of a conditional change too', async () => {
  const caller = await stage.callerWith([letter('one')]);
  const path = first(await stage.paths(caller));
  await patched(caller, path, { keywords: { $flagged: true } });
  const changed = await patched(caller, path, { keywords: { $seen: true } }, { 'If-Match': '*' });
  expect(changed.previous?.keywords).toEqual({ $flagged: true });
});

it('tells where a message was that was moved and marked, and it goes back there', async () => {
  const caller = await stage.callerWith([letter('one')]);
  const path = first(await stage.paths(caller));
  const moved = await patched(caller, path, { mailboxId: 'archive', keywords: { $seen: true } });
  expect(moved.previous).toEqual({ id: path.split('/').at(-1), mailboxId: inboxId, keywords: {} });
  const back = { mailboxId: moved.previous?.mailboxId, keywords: { $seen: null } };
  const returned = await patched(caller, `${messagesPath(moved.mailboxId)}/${moved.id}`, back);
  expect(returned).toMatchObject({ mailboxId: inboxId, keywords: {} });
  expect((await stage.page(caller)).messages.map(({ id }) => id)).toEqual([returned.id]);
});

it('tells where a message was that was thrown away', async () => {
  const caller = await stage.callerWith([letter('one')]);
  const path = first(await stage.paths(caller));
  await patched(caller, path, { keywords: { $flagged: true, $deleted: true } });
  const trashed = await stage.postern.json(TrashedEmailSchema, caller, path, { method: 'DELETE' });
  const keywords = { $flagged: true, $deleted: true };
  expect(trashed.previous).toEqual({ id: path.split('/').at(-1), mailboxId: inboxId, keywords });
});

describe('a session that turns out to be dead at a change of keywords', () => {
  const path = `${messagesPath('inbox')}/1000.1`;

  /** Ends the connection at a STORE that a test has asked for: `done` is whether it was executed. */
  async function dying(done: boolean) {
    const state = { isDying: false };
    const server = await startImapServer({
      capabilities: ['UIDPLUS', 'MOVE'],
      messages: [letter('1')],
      answer: (command, socket) => {
        if (!state.isDying || !command.startsWith('UID STORE')) return undefined;
        state.isDying = false;
        if (done) server.inbox[0]?.flags.add('\\Seen');
        socket.destroy();
        return null;
      },
    });
    await patched(server.caller(), path, { keywords: { $flagged: true } });
    state.isDying = true;
    return server;
  }

  it.each([true, false])('has it made once more, and nobody is told a state from before (%s)', async (done) => {
    const server = await dying(done);
    const changed = await patched(server.caller(), path, { keywords: { $seen: true } });
    expect(changed).toMatchObject({ keywords: { $seen: true, $flagged: true }, previous: null });
    expect(server.connections).toBe(2);
    await server.stop();
  });

  it.each([
    ['that is conditional', { keywords: { $seen: true } }, { 'If-Match': '*' }],
    ['with a move', { keywords: { $seen: true }, mailboxId: 'trash' }, {}],
  ])('does not have it made once more %s', async (_, body, headers) => {
    const server = await dying(false);
    await stage.postern.problem('connection-lost', server.caller(), path, { method: 'PATCH', body, headers });
    expect([server.inbox.map(({ flags }) => [...flags]), server.trash]).toEqual([[['\\Flagged']], []]);
    await server.stop();
  });
});

it('asks once more when a server tells older news behind its answer, and nothing of the change', async () => {
  const server = await startImapServer({
    messages: [letter('1')],
    answer: (command) => {
      if (command.startsWith('UID FETCH') && command.includes('INTERNALDATE')) {
        return '* 1 FETCH (UID 1 FLAGS () INTERNALDATE "23-Nov-2026 10:00:00 +0000")\r\n* 1 FETCH (FLAGS ())\r\n$ OK done\r\n';
      }
      if (!command.startsWith('UID STORE')) return undefined;
      server.inbox[0]?.flags.add('\\Seen');
      return '$ OK done\r\n';
    },
  });
  const changed = await patched(server.caller(), `${messagesPath('inbox')}/1000.1`, { keywords: { $seen: true } });
  expect(changed).toMatchObject({ keywords: { $seen: true }, previous: { keywords: {} } });
  expect(changed.previous?.keywords).toEqual({});
  await server.stop();
});
