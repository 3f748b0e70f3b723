/**
 * What is told of changes where UIDLs are random, repeated, or not there?
 */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { letter } from '../support/mail.ts';
import { MaildropFollower, maildropChanges, maildropChangesPath, maildropIds } from '../support/maildrop-follower.ts';
import { instead, type Spooled, withPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { seeded } from '../support/random.ts';
import { vouchedStateOf } from '../support/sealed-state.ts';
import { randomUidls } from '../support/uidls.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const spooled = (uidl: string, index = 0): Spooled => ({ uidl, bytes: letter(`m${index}`) });

it('counts what has gone where it is not known which, and still tells which are new', async () => {
  const messages = randomUidls['MD5 of the message'](seeded(12), 3_000).map(spooled);
  await withPopServer({ messages }, async (server) => {
    const caller = server.caller();
    const { newState: since } = await maildropChanges(postern, caller, {});
    expect(since.length).toBeLessThan(48_100);
    messages.splice(1_000, 20);
    messages.push(spooled('new'));
    const { ids } = await maildropIds(postern, caller);
    const told = await maildropChanges(postern, caller, { since });
    expect(told).toMatchObject({ created: [ids.at(-1)], destroyed: null, destroyedCount: 20, hasMoreChanges: false });
    const again = await maildropChanges(postern, caller, { since: told.newState });
    expect(again).toMatchObject({ newState: told.newState, created: [], destroyed: [], destroyedCount: 0 });
  });
});

it('tells of a second message with a known UIDL, by the ids that both have from then on', async () => {
  const messages = ['a', 'b'].map(spooled);
  await withPopServer({ messages }, async (server) => {
    const caller = server.caller();
    const follower = await MaildropFollower.begin(postern, caller);
    for (const change of [() => messages.push(spooled('b', 9)), () => messages.splice(1, 1)]) {
      change();
      const [told] = await follower.follow();
      expect(told?.created.length).toBeGreaterThan(0);
      expect([...follower.ids].sort()).toEqual((await maildropIds(postern, caller)).ids.sort());
    }
  });
});

it('follows a maildrop without UIDL by what stands for it', async () => {
  const messages = ['1', '2', '3'].map(spooled);
  await withPopServer({ messages, answer: instead('UIDL', '-ERR unknown command\r\n') }, async (server) => {
    const caller = server.caller();
    const follower = await MaildropFollower.begin(postern, caller);
    messages.shift();
    messages.push(spooled('4', 4));
    const [told] = await follower.follow();
    expect(told).toMatchObject({ created: [expect.any(String)], destroyed: [expect.any(String)] });
    expect([...follower.ids].sort()).toEqual((await maildropIds(postern, caller)).ids.sort());
  });
});

it('does not tell those who wait what somebody with another credential has seen', async () => {
  const messages = ['a'].map(spooled);
  await withPopServer({ messages }, async (server) => {
    const caller = server.caller();
    const { newState: since } = await maildropChanges(postern, caller, {});
    const waiting = maildropChanges(postern, caller, { since, wait: 3 });
    await vi.waitUntil(() => server.commands.filter((command) => command === 'LIST').length === 2, { timeout: 2_500 });
    messages.push(spooled('b'));
    // This server takes any password.
    const other = { ...caller, password: `${caller.password}-2` };
    const seen = await maildropChanges(postern, other, { since, wait: 3 });
    expect(seen.created).toHaveLength(1);
    expect(await waiting).toMatchObject({ newState: since, created: [] });
  });
});

it('says that a state is gone when it is of a version that is not read any more', async () => {
  await withPopServer({ messages: ['a'].map(spooled) }, async (server) => {
    const since = await vouchedStateOf(server.caller(), Uint8Array.of(99, 1, 2, 3));
    const problem = await postern.problem('state-gone', server.caller(), `${maildropChangesPath}?since=${since}`);
    expect(problem.status).toBe(410);
    const body = { since, wait: 50 };
    await postern.problem('state-gone', server.caller(), maildropChangesPath, { body });
  });
});
