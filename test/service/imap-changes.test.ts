/**
 * Does `GET …/changes` tell what has changed since a state, in one round trip, and refuse every state that it cannot answer for?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { ChangesSchema } from '../../src/mailbox/schema/changes.ts';
import { startDistantServer } from '../support/distant-server.ts';
import {
  type HidingRelay,
  nothingHidden,
  startHidingRelay,
  withoutCondstore,
  withoutQresync,
} from '../support/imap-hiding.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';
import { changesOf, changesPath } from '../support/sync-client.ts';

const stage = imapStage();

const nothing = { hasMoreChanges: false, created: [], updated: [], destroyed: [] };

const letters = (count: number): Uint8Array[] => Array.from({ length: count }, (_, index) => letter(`${index + 1}`));

const uidsOf = (ids: readonly string[]): number[] => ids.map((id) => Number(id.split('.')[1]));

describe.each([
  ['QRESYNC', nothingHidden, ['SELECT'], 100],
  ['CONDSTORE alone', withoutQresync, ['SELECT', 'UID SEARCH', 'UID FETCH'], 100],
  ['neither', withoutCondstore, ['SELECT', 'UID FETCH'], 100],
])('a server with %s', (_, hidden, warmCommands, mostCharacters) => {
  let relay: HidingRelay;
  beforeAll(async () => {
    relay = await startHidingRelay(stage.host.dovecot.ports.imap, hidden);
  });
  afterAll(async () => {
    expect(relay.refused).toEqual([]);
    await relay.stop();
  });
  const callerWith = async (count: number): Promise<Caller> => relay.through(await stage.callerWith(letters(count)));
  const changes = (caller: Caller, since: string | null, maxChanges = 500, mailbox = 'inbox') =>
    changesOf(stage.postern, caller, mailbox, since, maxChanges);

  it('begins with a state and no changes', async () => {
    const caller = await callerWith(3);
    const begun = await changes(caller, null);
    expect(begun).toMatchObject({ oldState: null, ...nothing });
    expect(begun.newState.length).toBeLessThan(mostCharacters);
    expect(await changes(caller, begun.newState)).toMatchObject({ oldState: begun.newState, ...nothing });
  });

  it('tells what is new, what is marked and what is gone, by the ids of the listing', async () => {
    const caller = await callerWith(4);
    const { newState } = await changes(caller, null);
    const [, third, second, one] = (await stage.page(caller)).messages.map(({ id }) => id);
    const program = await stage.program(caller);
    await program.command('UID STORE 1,3 +FLAGS.SILENT (\\Seen $Later)');
    await program.expunge(2);
    await stage.deliver(caller, 'INBOX', letter('new'));
    const told = await changes(caller, newState);
    const newest = first((await stage.page(caller)).messages).id;
    expect(told).toMatchObject({ created: [newest], updated: [one, third], destroyed: [second] });
    expect(await changes(caller, told.newState)).toMatchObject(nothing);
    // The old state is as good as ever.
    expect(await changes(caller, newState)).toMatchObject({ created: [newest], updated: [one, third] });
  });

  it('says nothing of what came and went in between, and of a keyword that is back', async () => {
    const caller = await callerWith(2);
    const { newState } = await changes(caller, null);
    const program = await stage.program(caller);
    const uid = await program.append('INBOX', letter('short-lived'));
    await program.command('NOOP');
    await program.expunge(uid);
    const told = await changes(caller, newState);
    expect([told.created, told.updated, uidsOf(told.destroyed).filter((one) => one !== uid)]).toEqual([[], [], []]);
  });

  it('takes one round trip in a warm session', async () => {
    const distant = await startDistantServer(relay.port, 20);
    const caller = { ...(await callerWith(3)), mailServer: `imap://localhost:${distant.port}?security=none` };
    const { newState } = await changes(caller, null);
    await (await stage.program(caller)).expunge(2);
    const before = relay.commands.length;
    const ask = async () => expect(uidsOf((await changes(caller, newState)).destroyed)).toEqual([2]);
    expect(await distant.count(ask)).toBe(1);
    const sent = relay.commands.slice(before).map((command) => command.replace(/^((?:UID )?\w+).*/, '$1'));
    expect(sent).toEqual(['NOOP', ...warmCommands]);
    await distant.stop();
  });

  it('cuts its answer at maxChanges, and loses nothing between two of them', async () => {
    const caller = await callerWith(12);
    const { newState } = await changes(caller, null);
    const program = await stage.program(caller);
    await program.command('UID STORE 1:12 +FLAGS.SILENT (\\Flagged)');
    const page = await changes(caller, newState, 5);
    expect([uidsOf(page.updated), page.hasMoreChanges]).toEqual([[1, 2, 3, 4, 5], true]);
    // Below and above the cut.
    await program.command('UID STORE 2 +FLAGS.SILENT (\\Seen)');
    await program.expunge(3, 9);
    const rest = [];
    for (let last = page; last.hasMoreChanges; rest.push(last)) last = await changes(caller, last.newState, 5);
    expect(new Set(uidsOf(rest.flatMap(({ updated }) => updated)))).toEqual(new Set([2, 6, 7, 8, 10, 11, 12]));
    expect(new Set(uidsOf(rest.flatMap(({ destroyed }) => destroyed)))).toEqual(new Set([3, 9]));
    expect(rest.length).toBeLessThanOrEqual(3);
    expect(await changes(caller, rest.at(-1)?.newState ?? null)).toMatchObject(nothing);
  });

  it('tells of an empty mailbox, and of one that has become empty', async () => {
    const caller = await callerWith(0);
    const { newState } = await changes(caller, null);
    expect(await changes(caller, newState)).toMatchObject(nothing);
    await stage.deliver(caller, 'INBOX', letter('1'));
    const told = await changes(caller, newState);
    expect(uidsOf(told.created)).toEqual([1]);
    await (await stage.program(caller)).expunge(1);
    expect(await changes(caller, told.newState)).toMatchObject({ ...nothing, destroyed: told.created });
  });

  it('gives with the first page of a listing a state that misses nothing', async () => {
    const caller = await callerWith(3);
    const { state, messages } = await stage.page(caller);
    const program = await stage.program(caller);
    await program.command('UID STORE 1 +FLAGS.SILENT (\\Flagged)');
    await program.expunge(3);
    const told = await changes(caller, state);
    expect(told).toMatchObject({ created: [], updated: [messages[2]?.id], destroyed: [messages[0]?.id] });
    const { nextCursor } = await stage.page(caller, '?limit=1');
    expect((await stage.page(caller, `?limit=1&cursor=${nextCursor}`)).state).toBeNull();
  });

  it('answers 410 for a state of another mailbox, of a renamed one, and of one that was made anew', async () => {
    const caller = await callerWith(1);
    const program = await stage.program(caller);
    await program.command('CREATE Here');
    const { newState } = await changes(caller, null, 500, mailboxIdOf('Here'));
    const ask = (mailbox: string) => `${changesPath(mailbox)}?since=${newState}`;
    expect((await stage.postern.problem('state-gone', caller, ask('inbox'))).status).toBe(410);
    await program.command('RENAME Here There');
    await stage.postern.problem('mailbox-not-found', caller, ask(mailboxIdOf('Here')));
    await stage.postern.problem('state-gone', caller, ask(mailboxIdOf('There')));
    await program.command('CREATE Here');
    await stage.postern.problem('state-gone', caller, ask(mailboxIdOf('Here')));
  });

  it('keeps the session of use for all else: counts, pages, removals by oneself and others', async () => {
    const caller = await callerWith(6);
    await changes(caller, null);
    const program = await stage.program(caller);
    await program.expunge(1, 4);
    expect((await stage.page(caller)).total).toBe(4);
    const { messages, nextCursor } = await stage.page(caller, '?limit=2');
    expect(uidsOf(messages.map(({ id }) => id))).toEqual([6, 5]);
    const path = `${messagesPath('inbox')}/${messages[0]?.id}`;
    const removed = await stage.postern.call(caller, `${path}?permanent=true`, { method: 'DELETE' });
    expect(removed.status).toBe(204);
    const next = await stage.page(caller, `?limit=2&cursor=${nextCursor}`);
    expect([uidsOf(next.messages.map(({ id }) => id)), next.total, next.nextCursor]).toEqual([[3, 2], 3, null]);
    await stage.postern.problem('message-not-found', caller, path);
  });
});

it('tells all of it or nothing when the connection is cut, wherever that is', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith(letters(6)));
  const { newState } = await changesOf(stage.postern, caller);
  const program = await stage.program(caller);
  await program.command('UID STORE 1:5 +FLAGS.SILENT (\\Flagged)');
  await program.expunge(2, 6);
  const answers = [];
  for (let bytes = 1; bytes < 1_200; bytes += 29) {
    relay.cutAfter(bytes);
    const response = await stage.postern.call(caller, `${changesPath('inbox')}?since=${newState}`);
    if (response.ok) answers.push(ChangesSchema.parse(await response.json()));
    else expect(await response.json()).toMatchObject({ type: '/problems/connection-lost' });
  }
  for (const { updated, destroyed } of answers) {
    expect([uidsOf(updated), uidsOf(destroyed)]).toEqual([
      [1, 3, 4, 5],
      [2, 6],
    ]);
  }
  expect(answers.length).toBeGreaterThan(5);
  await relay.stop();
});

it('takes a state for another account, or with anything changed in it, for none, and says what to do', async () => {
  const [ada, bob] = [await stage.callerWith([letter('1')]), await stage.callerWith([letter('1')])];
  const { newState } = await changesOf(stage.postern, ada);
  const swapped = newState.replace(/^./, (one) => (one === 'A' ? 'B' : 'A'));
  for (const [caller, since] of [
    [bob, newState],
    [ada, swapped],
    [ada, ''],
    [ada, 'x'],
  ] as const) {
    const problem = await stage.postern.problem('request-invalid', caller, `${changesPath('inbox')}?since=${since}`);
    expect(problem.errors).toEqual([{ in: 'query', field: 'since', message: expect.stringContaining('newState') }]);
  }
});

it.each(['maxChanges=0', 'maxChanges=501', 'maxChanges=x', 'until=1'])('refuses ?%s', async (query) => {
  const caller = await stage.callerWith([]);
  const problem = await stage.postern.problem('request-invalid', caller, `${changesPath('inbox')}?${query}`);
  expect(problem.errors?.[0]?.field).toBe(query.split('=')[0]);
});
