/**
 * Does somebody who listens to a mailbox learn of each change, soon, and of nothing else?
 */
import { describe, expect, it, vi } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { type Changes, listen } from '../support/event-reader.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';
import { openReader } from '../support/slow-reader.ts';
import { startTurnstile } from '../support/turnstile.ts';

const stage = imapStage();
const inbox = '/v1/imap/mailboxes/inbox';
const idsOf = async (caller: Caller) => (await stage.page(caller)).messages.map(({ id }) => id);
const withWrongPassword = (caller: Caller): Caller => ({ ...caller, password: `${caller.password}x` });
/** Nothing but the state. */
const unchanged = { hasMoreChanges: false, created: [], updated: [], destroyed: [] };

async function relayed(...messages: readonly Uint8Array[]) {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = await stage.callerWith(messages);
  const times = (command: string) => relay.commands.filter((sent) => sent === command).length;
  return { relay, caller: relay.through(caller), program: await stage.program(caller), times };
}

describe('somebody who listens', () => {
  it('is told of mail that arrives, of keywords and of messages that go, each within seconds', async () => {
    const caller = await stage.callerWith([letter('1')]);
    const reader = await listen(stage.postern, caller);
    const start = await reader.changes();
    expect(start).toMatchObject({ oldState: null, ...unchanged });
    const program = await stage.program(caller);
    const startedAt = Date.now();
    await program.append('INBOX', letter('2'));
    const arrived = await reader.changes();
    const [two, one] = await idsOf(caller);
    expect(arrived).toMatchObject({ ...unchanged, oldState: start.newState, created: [two] });
    await program.command('UID STORE 1 +FLAGS.SILENT (\\Flagged)');
    const marked = await reader.changes();
    expect(marked).toMatchObject({ ...unchanged, oldState: arrived.newState, updated: [one] });
    await program.command('UID STORE 1 +FLAGS.SILENT (\\Deleted)');
    const deleted = await reader.changes();
    await program.command('UID EXPUNGE 1');
    expect(await reader.changes()).toMatchObject({ ...unchanged, oldState: deleted.newState, destroyed: [one] });
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    reader.leave();
  });

  it('is told first what has changed since the state that it knows, by header rather than by query', async () => {
    const caller = await stage.callerWith([letter('1')]);
    const before = await listen(stage.postern, caller);
    const { newState } = await before.changes();
    before.leave();
    await stage.deliver(caller, 'INBOX', letter('2'));
    const between = await listen(stage.postern, caller, { query: `?since=${newState}` });
    const [two] = await idsOf(caller);
    const second = await between.changes();
    expect(second).toMatchObject({ ...unchanged, oldState: newState, created: [two] });
    between.leave();
    await stage.deliver(caller, 'INBOX', letter('3'));
    const options = { query: `?since=${newState}`, lastEventId: second.newState };
    const after = await listen(stage.postern, caller, options);
    const [three] = await idsOf(caller);
    expect(await after.changes()).toMatchObject({ ...unchanged, oldState: second.newState, created: [three] });
    after.leave();
  });

  it('is told that nothing has changed since, when nothing has, so that it knows that it is up to date', async () => {
    const caller = await stage.callerWith([letter('1')]);
    const before = await listen(stage.postern, caller);
    const { newState } = await before.changes();
    before.leave();
    const after = await listen(stage.postern, caller, { lastEventId: newState });
    expect(await after.changes()).toMatchObject({ ...unchanged, oldState: newState });
    after.leave();
  });

  it('is told in several events what does not fit into one, without a gap or a pause', async () => {
    const { caller, program, relay } = await relayed(letter('1'));
    const reader = await listen(stage.postern, caller);
    const { newState } = await reader.changes();
    reader.leave();
    for (let count = 1; count < 1024; count *= 2) await program.command('COPY 1:* INBOX');
    const later = await listen(stage.postern, caller, { lastEventId: newState });
    const created = new Set<string>();
    for (let lastState = newState, hasMore = true; hasMore; ) {
      const told = await later.changes();
      expect(told.oldState).toBe(lastState);
      for (const id of told.created) created.add(id);
      [lastState, hasMore] = [told.newState, told.hasMoreChanges];
    }
    expect(created.size).toBe(1023);
    later.leave();
    await relay.stop();
  });

  it('shares one session that idles with all who listen to the same mailbox, by whichever name', async () => {
    const { relay, caller, program, times } = await relayed(letter('1'));
    const mailboxes = ['inbox', mailboxIdOf('INBOX'), 'inbox', mailboxIdOf('INBOX'), 'inbox'];
    const readers = await Promise.all(mailboxes.map((mailbox) => listen(stage.postern, caller, { mailbox })));
    for (const reader of readers) await reader.changes();
    await vi.waitUntil(() => times('IDLE') > 0 && relay.commands.at(-1) === 'IDLE', { timeout: 10_000 });
    await program.append('INBOX', letter('2'));
    const told = await Promise.all(readers.map((reader) => reader.changes()));
    const [two] = await idsOf(caller);
    for (const { created } of told) expect(created).toEqual([two]);
    await vi.waitUntil(() => times('IDLE') === times('DONE') + 1, { timeout: 10_000 });
    const idling = relay.commands.filter((sent) => sent === 'IDLE' || sent === 'DONE');
    expect(idling.map((sent, index) => sent === (index % 2 === 0 ? 'IDLE' : 'DONE'))).not.toContain(false);
    // What was new was found out once: it is asked for behind each DONE.
    const asked = relay.commands.slice(relay.commands.lastIndexOf('DONE')).filter((sent) => sent.startsWith('SELECT'));
    expect(asked).toHaveLength(1);
    for (const reader of readers) reader.leave();
    await relay.stop();
  });

  it('learns that the mailbox is gone, and then the stream ends as it should', async () => {
    const caller = await stage.callerWith([]);
    const program = await stage.program(caller);
    await program.command('CREATE Passing');
    const reader = await listen(stage.postern, caller, { mailbox: mailboxIdOf('Passing') });
    await reader.changes();
    await program.command('DELETE Passing');
    expect(await reader.problem()).toMatchObject({ type: '/problems/mailbox-not-found', status: 404 });
    expect(await reader.ended).toBe('whole');
  });

  it('learns at once that the mailbox was renamed here, of which no server tells a session that idles in it', async () => {
    const { relay, caller, program, times } = await relayed();
    await program.command('CREATE Passing');
    const mailbox = mailboxIdOf('Passing');
    const reader = await listen(stage.postern, caller, { mailbox });
    await reader.changes();
    await vi.waitUntil(() => times('IDLE') === 1, { timeout: 10_000 });
    const options = { method: 'PATCH', body: { name: 'Passed' } };
    expect((await stage.postern.call(caller, `/v1/imap/mailboxes/${mailbox}`, options)).status).toBe(200);
    expect(await reader.problem()).toMatchObject({ type: '/problems/mailbox-not-found', status: 404 });
    await relay.stop();
  });

  it('goes on where it was when the connection to the mail server is lost, and misses nothing', async () => {
    const { relay, caller, program } = await relayed(letter('1'));
    const reader = await listen(stage.postern, caller);
    const start = await reader.changes();
    relay.cut();
    await program.append('INBOX', letter('2'));
    const [two] = await idsOf(caller);
    expect(await reader.changes()).toMatchObject({ ...unchanged, oldState: start.newState, created: [two] });
    reader.leave();
    await relay.stop();
  });
});

describe('who may listen', () => {
  it('is asked of each caller: a wrong password is refused while another listens with the right one', async () => {
    const caller = await stage.callerWith([letter('1')]);
    const reader = await listen(stage.postern, caller);
    const { newState } = await reader.changes();
    const wrong = withWrongPassword(caller);
    await stage.postern.problem('login-refused', wrong, `${inbox}/events?since=${newState}`);
    await stage.postern.problem('login-refused', wrong, `${inbox}/changes?since=${newState}&wait=5`);
    reader.leave();
  });

  it('is decided by the credential: an old password listens no longer than its session, a new one goes on', async () => {
    const { relay, caller: old, program } = await relayed(letter('1'));
    const renewed = { ...old, password: `${old.password}-2` };
    const oldReader = await listen(stage.postern, old);
    await oldReader.changes();
    await stage.host.dovecot.setPassword(old.user, renewed.password);
    const reader = await listen(stage.postern, renewed);
    await reader.changes();
    relay.cut();
    expect(await oldReader.problem()).toMatchObject({ type: '/problems/login-refused', status: 401 });
    await program.append('INBOX', letter('2'));
    expect((await reader.changes()).created).toHaveLength(1);
    reader.leave();
    await relay.stop();
  });

  it('never hears of the mail of another account', async () => {
    const callers = [await stage.callerWith([letter('ada')]), await stage.callerWith([letter('bob')])];
    const readers = await Promise.all(callers.map((caller) => listen(stage.postern, caller)));
    const starts = await Promise.all(readers.map((reader) => reader.changes()));
    const [ada, bob] = [first(callers), first(callers.slice(1))];
    await stage.deliver(ada, 'INBOX', letter('ada-2'));
    await first(readers).changes();
    await stage.deliver(bob, 'INBOX', letter('bob-2'));
    // The first that Bob hears of is his own.
    const [told] = await Promise.all([first(readers.slice(1)).changes()]);
    expect(told).toMatchObject({ ...unchanged, oldState: starts[1]?.newState, created: [(await idsOf(bob))[0]] });
    const foreign = `${inbox}/events?since=${starts[0]?.newState}`;
    const { errors } = await stage.postern.problem('request-invalid', bob, foreign);
    expect(errors).toMatchObject([{ in: 'query', field: 'since' }]);
    for (const reader of readers) reader.leave();
  });
});

describe('before a stream begins', () => {
  it('a mailbox that is not there, or a state that was altered or is of another mailbox, is a problem', async () => {
    const caller = await stage.callerWith([letter('1')]);
    await stage.postern.problem('mailbox-not-found', caller, `/v1/imap/mailboxes/${mailboxIdOf('Nowhere')}/events`);
    const reader = await listen(stage.postern, caller);
    const { newState } = await reader.changes();
    const headers = { 'Last-Event-ID': `${newState.slice(0, -1)}${newState.endsWith('A') ? 'B' : 'A'}` };
    const { errors } = await stage.postern.problem('request-invalid', caller, `${inbox}/events`, { headers });
    expect(errors).toMatchObject([{ in: 'header', field: 'Last-Event-ID' }]);
    await (await stage.program(caller)).command('CREATE Other');
    const other = `/v1/imap/mailboxes/${mailboxIdOf('Other')}/events?since=${newState}`;
    await stage.postern.problem('state-gone', caller, other);
    const unknown = await stage.postern.problem('request-invalid', caller, `${inbox}/events?from=1`);
    expect(unknown.errors).toMatchObject([{ in: 'query', field: 'from' }]);
    reader.leave();
  });

  it('HEAD is answered without listening', async () => {
    const { relay, caller, times } = await relayed(letter('1'));
    const response = await stage.postern.call(caller, `${inbox}/events`, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    await stage.page(caller);
    expect(times('IDLE')).toBe(0);
    await relay.stop();
  });
});

describe('the session that idles', () => {
  it('is given back when nobody listens any more, and serves the next request', async () => {
    const { relay, caller, times } = await relayed(letter('1'));
    const reader = await openReader(stage.postern, caller, `${inbox}/events`);
    await vi.waitUntil(() => times('IDLE') === 1, { timeout: 10_000 });
    const connections = relay.connections;
    reader.reset();
    await vi.waitUntil(() => times('DONE') === 1, { timeout: 10_000 });
    await Promise.all([1, 2, 3].map(() => stage.page(caller)));
    expect(relay.connections).toBeLessThanOrEqual(Math.max(connections, 3));
    expect(times('IDLE')).toBe(1);
    await relay.stop();
  });

  it('is given back at whatever moment the last one leaves', async () => {
    const caller = await stage.callerWith([letter('1')]);
    const turnstile = await startTurnstile(stage.host.dovecot.ports.imap);
    const through = turnstile.through(caller);
    for (let round = 0; round < 30; round++) {
      const reader = await openReader(stage.postern, through, `${inbox}/events`);
      // The first event has more than that.
      await reader.read(round * 8);
      reader.reset();
    }
    // Had one of them kept its session, there would be none left for three at once.
    await Promise.all(Array.from({ length: 9 }, () => stage.page(through)));
    expect(turnstile.mostInside).toBeLessThanOrEqual(3);
    await turnstile.stop();
  });

  it('is left to whoever needs it, so that those who listen hinder nobody', async () => {
    const { relay, caller, program, times } = await relayed(letter('1'));
    for (const name of ['One', 'Two', 'Three']) await program.command(`CREATE ${name}`);
    const mailboxes = ['INBOX', 'One', 'Two', 'Three'].map(mailboxIdOf);
    const readers = await Promise.all(mailboxes.map((mailbox) => listen(stage.postern, caller, { mailbox })));
    for (const reader of readers) await reader.changes();
    const path = first(await stage.paths(caller));
    // As many as there may be streams.
    await vi.waitUntil(() => times('IDLE') === times('DONE') + 2, { timeout: 10_000 });
    const targets = [`${path}/raw`, `${path}/parts/1`, messagesPath('inbox'), '/v1/imap/mailboxes'];
    const startedAt = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 24 }, async (_, index) => {
        const response = await stage.postern.call(caller, targets[index % targets.length] ?? path);
        await response.arrayBuffer();
        return response.status;
      }),
    );
    expect(answers).toEqual(Array(24).fill(200));
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    expect(relay.mostAtOnce).toBeLessThanOrEqual(3);
    // Those that have no session of their own are asked about all the same.
    for (const name of ['INBOX', 'One', 'Two', 'Three']) await program.append(name, letter(name));
    for (const reader of readers) expect((await reader.changes()).created).toHaveLength(1);
    for (const reader of readers) reader.leave();
    await relay.stop();
  });

  it('is not opened for more mailboxes than may be listened to, and the answer says whose limit it is', async () => {
    const { relay, caller, program } = await relayed();
    const names = Array.from({ length: 9 }, (_, index) => `Box${index}`);
    for (const name of names) await program.command(`CREATE ${name}`);
    const ids = names.map(mailboxIdOf);
    const readers = await Promise.all(ids.slice(0, 8).map((mailbox) => listen(stage.postern, caller, { mailbox })));
    const problem = await stage.postern.problem('listeners-full', caller, `/v1/imap/mailboxes/${ids[8]}/events`);
    expect(problem).toMatchObject({ status: 429, limitedBy: 'postern', limit: 'watchedMailboxes', most: 8 });
    for (const reader of readers) reader.leave();
    await relay.stop();
  });
});

describe('changes with wait', () => {
  const changes = async (caller: Caller, query: string): Promise<Changes> => {
    const response = await stage.postern.call(caller, `${inbox}/changes${query}`);
    expect(response.status).toBe(200);
    return response.json();
  };

  it('are answered at once when there are any, when there is one, or after that time with none', async () => {
    const caller = await stage.callerWith([letter('1')]);
    const start = await changes(caller, '');
    const startedAt = Date.now();
    expect(await changes(caller, `?since=${start.newState}&wait=1`)).toMatchObject(unchanged);
    expect(Date.now() - startedAt).toBeGreaterThan(900);
    const waited = changes(caller, `?since=${start.newState}&wait=40`);
    const program = await stage.program(caller);
    await program.append('INBOX', letter('2'));
    const [two] = await idsOf(caller);
    expect(await waited).toMatchObject({ ...unchanged, oldState: start.newState, created: [two] });
    expect(await changes(caller, `?since=${start.newState}&wait=40`)).toMatchObject({ created: [two] });
    expect(Date.now() - startedAt).toBeLessThan(20_000);
  });

  it('need a state to wait from, and wait no longer than a request may last', async () => {
    const caller = await stage.callerWith([]);
    const missing = await stage.postern.problem('request-invalid', caller, `${inbox}/changes?wait=5`);
    expect(missing.errors).toMatchObject([{ in: 'query', field: 'since' }]);
    const { newState } = await changes(caller, '');
    const long = await stage.postern.problem('request-invalid', caller, `${inbox}/changes?since=${newState}&wait=51`);
    expect(long.errors).toMatchObject([{ in: 'query', field: 'wait' }]);
  });

  it('are told to all who wait, as many as may', async () => {
    const caller = await stage.callerWith([letter('1')]);
    const { newState } = await changes(caller, '');
    const waiting = `${inbox}/changes?since=${newState}&wait=40`;
    const all = Array.from({ length: 101 }, () => stage.postern.call(caller, waiting));
    // One of them is one too many, whichever comes last.
    const refused = await Promise.race(all);
    expect(await refused.json()).toMatchObject({ type: '/problems/listeners-full', limit: 'listeners', most: 100 });
    await stage.deliver(caller, 'INBOX', letter('2'));
    const [two] = await idsOf(caller);
    const startedAt = Date.now();
    const answers = await Promise.all(all);
    expect(Date.now() - startedAt).toBeLessThan(20_000);
    const told = answers.filter(({ status }) => status === 200);
    expect(told).toHaveLength(100);
    for (const response of told) expect(await response.json()).toMatchObject({ created: [two] });
  });
});
