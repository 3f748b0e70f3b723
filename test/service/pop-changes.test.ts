/**
 * `/v1/pop/changes` over a real server: is it told what has come and gone, and to nobody else?
 */
import { describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { MaildropChangesSchema } from '../../src/maildrop/schema/changes.ts';
import { letter } from '../support/mail.ts';
import { MaildropFollower, maildropChanges, maildropChangesPath, maildropIds } from '../support/maildrop-follower.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';
import { seeded } from '../support/random.ts';
import { startTurnstile } from '../support/turnstile.ts';

const stage = popStage();
const letters = (count: number) => Array.from({ length: count }, (_, index) => letter(`m${index}`));
const get = (caller: Caller, query: Readonly<Record<string, string>> = {}) =>
  stage.postern.json(MaildropChangesSchema, caller, `${maildropChangesPath}?${new URLSearchParams(query)}`);

/** By another program: an object of its own stands for it. */
async function deleteElsewhere(caller: Caller, id: string | undefined): Promise<void> {
  const other = stage.host.as(caller, 'pop3', 'STARTTLS');
  expect((await stage.postern.call(other, `/v1/pop/messages/${id}`, { method: 'DELETE' })).status).toBe(204);
}

it('tells what has come and gone since a listing, whoever did it, and then nothing more', async () => {
  const caller = await stage.callerWith(letters(3));
  const { ids, states } = await maildropIds(stage.postern, caller);
  const since = states[0] ?? '';
  await stage.deliver(caller, letter('new'));
  await deleteElsewhere(caller, ids[1]);
  const now = await maildropIds(stage.postern, caller);
  const told = await get(caller, { since });
  expect(told).toEqual({
    oldState: since,
    newState: expect.any(String),
    hasMoreChanges: false,
    created: now.ids.filter((id) => !ids.includes(id)),
    updated: [],
    destroyed: [ids[1]],
    destroyedCount: 1,
  });
  expect(told.newState).toBe(now.states[0]);
  const { newState } = told;
  const nothing = { oldState: newState, newState, created: [], updated: [], destroyed: [], destroyedCount: 0 };
  expect(await get(caller, { since: newState })).toEqual({ ...nothing, hasMoreChanges: false });
});

it('begins with a state and nothing else', async () => {
  const caller = await stage.callerWith(letters(2));
  const { states } = await maildropIds(stage.postern, caller);
  const nothing = { oldState: null, created: [], updated: [], destroyed: [], destroyedCount: 0, hasMoreChanges: false };
  expect(await get(caller)).toEqual({ ...nothing, newState: states[0] });
});

it('gives a state on the first page of a listing alone', async () => {
  const caller = await stage.callerWith(letters(5));
  expect((await maildropIds(stage.postern, caller, 2)).states).toEqual([expect.any(String), null, null]);
});

it('tells as much at a time as was asked for, and all of it in the end', async () => {
  const caller = await stage.callerWith(letters(6));
  const follower = await MaildropFollower.begin(stage.postern, caller);
  for (const id of [...follower.ids].slice(0, 3)) await deleteElsewhere(caller, id);
  await stage.deliver(caller, ...letters(4));
  const told = await follower.follow(2);
  expect(told.map(({ created, destroyed }) => created.length + (destroyed?.length ?? 0))).toEqual([2, 2, 2, 1]);
  expect([...follower.ids].sort()).toEqual((await maildropIds(stage.postern, caller)).ids.sort());
});

it('leads through random changes to the list that there is', async () => {
  const random = seeded(11);
  const caller = await stage.callerWith(letters(5));
  const follower = await MaildropFollower.begin(stage.postern, caller);
  for (let round = 0; round < 12; round++) {
    const { ids } = await maildropIds(stage.postern, caller);
    for (const id of ids) if (random.chance(0.3)) await deleteElsewhere(caller, id);
    if (random.chance(0.8)) await stage.deliver(caller, ...letters(1 + random.below(3)));
    await follower.follow(1 + random.below(4));
    expect([...follower.ids].sort()).toEqual((await maildropIds(stage.postern, caller)).ids.sort());
  }
});

describe('a state', () => {
  it('is refused when any part of it was changed, and names the field', async () => {
    const caller = await stage.callerWith(letters(2));
    const { newState } = await get(caller);
    for (const at of [0, 10, newState.length - 10]) {
      const since = `${newState.slice(0, at)}${newState[at] === 'A' ? 'B' : 'A'}${newState.slice(at + 1)}`;
      const byGet = await stage.postern.problem('request-invalid', caller, `${maildropChangesPath}?since=${since}`);
      expect(byGet).toMatchObject({ status: 400, errors: [{ in: 'query', field: 'since' }] });
      const byPost = await stage.postern.problem('request-invalid', caller, maildropChangesPath, { body: { since } });
      expect(byPost).toMatchObject({ errors: [{ in: 'body', field: 'since' }] });
    }
  });

  it('is refused when it is that of another account, or of the same user over IMAP', async () => {
    const [one, other] = [await stage.callerWith(letters(1)), await stage.callerWith(letters(1))];
    const { newState } = await get(one);
    const ofMailbox = stage.host.as(one, 'imap');
    const imapPath = '/v1/imap/mailboxes/inbox/changes';
    const told: unknown = await (await stage.postern.call(ofMailbox, imapPath)).json();
    const imapState = String(Reflect.get(Object(told), 'newState'));
    await stage.postern.problem('request-invalid', other, `${maildropChangesPath}?since=${newState}`);
    await stage.postern.problem('request-invalid', one, `${maildropChangesPath}?since=${imapState}`);
    await stage.postern.problem('request-invalid', ofMailbox, `${imapPath}?since=${newState}`);
  });

  it('is needed to wait, and nothing unknown may be given', async () => {
    const caller = await stage.callerWith([]);
    const field = (name: string) => ({ errors: [{ field: name }] });
    const bodies = [
      [{ wait: 5 }, 'since'],
      [{ sinse: 'x' }, 'sinse'],
      [{ wait: 51 }, 'wait'],
      [{ wait: '5' }, 'wait'],
    ];
    for (const [body, name] of bodies) {
      const problem = await stage.postern.problem('request-invalid', caller, maildropChangesPath, { body });
      expect(problem).toMatchObject(field(String(name)));
    }
    const path = `${maildropChangesPath}?wait=5`;
    expect(await stage.postern.problem('request-invalid', caller, path)).toMatchObject(field('since'));
    const call = { method: 'POST', bytes: Buffer.from('{}'), headers: { 'Content-Type': 'text/plain' } };
    await stage.postern.problem('media-type-unsupported', caller, maildropChangesPath, call);
  });
});

describe.concurrent('waiting', () => {
  it('is over at once when something has changed already', async ({ expect }) => {
    const caller = await stage.callerWith(letters(1));
    const { newState: since } = await get(caller);
    await stage.deliver(caller, letter('new'));
    const start = Date.now();
    expect((await maildropChanges(stage.postern, caller, { since, wait: 50 })).created).toHaveLength(1);
    expect(Date.now() - start).toBeLessThan(8_000);
  });

  it('ends with the state as it was when nothing has changed for so long', async ({ expect }) => {
    const caller = await stage.callerWith(letters(1));
    const { newState: since } = await get(caller);
    const start = Date.now();
    const told = await get(caller, { since, wait: '2' });
    expect(told).toMatchObject({ newState: since, created: [], destroyed: [], destroyedCount: 0 });
    expect(Date.now() - start).toBeGreaterThanOrEqual(1_900);
  });

  it('takes one login for each who waits, and leaves the maildrop to others', async ({ expect }) => {
    const turnstile = await startTurnstile(stage.host.dovecot.ports.pop3);
    const caller = turnstile.through(await stage.callerWith(letters(1)));
    const { newState: since } = await get(caller);
    const before = turnstile.logins;
    const waiting = Promise.all(
      Array.from({ length: 10 }, () => maildropChanges(stage.postern, caller, { since, wait: 6 })),
    );
    await vi.waitUntil(() => turnstile.logins === before + 10, { timeout: 5_000 });
    // Not after the time for which a session is kept for those who list and read.
    await vi.waitUntil(() => turnstile.open === 0, { timeout: limits.idleMaildropSessionMs - 500 });
    for (const { newState } of await waiting) expect(newState).toBe(since);
    expect(turnstile.logins).toBe(before + 10);
    expect(turnstile.mostInside).toBe(1);
    await turnstile.stop();
  });

  it('ends for all with the same credential when one of them has seen something new', async ({ expect }) => {
    const turnstile = await startTurnstile(stage.host.dovecot.ports.pop3);
    const account = await stage.callerWith(letters(1));
    const caller = turnstile.through(account);
    const { newState: since } = await get(caller);
    const before = turnstile.logins;
    const first = maildropChanges(stage.postern, caller, { since, wait: 50 });
    await vi.waitUntil(() => turnstile.logins === before + 1 && turnstile.open === 0, { timeout: 5_000 });
    await stage.deliver(account, letter('new'));
    const second = await maildropChanges(stage.postern, caller, { since, wait: 50 });
    expect(second.created).toHaveLength(1);
    expect(await first).toEqual(second);
    expect(turnstile.logins).toBe(before + 2);
    await turnstile.stop();
  });

  it('is for those alone who can log in', async ({ expect }) => {
    const turnstile = await startTurnstile(stage.host.dovecot.ports.pop3);
    const caller = turnstile.through(await stage.callerWith(letters(1)));
    const { newState: since } = await get(caller);
    const before = turnstile.logins;
    const waiting = maildropChanges(stage.postern, caller, { since, wait: 4 });
    await vi.waitUntil(() => turnstile.logins === before + 1 && turnstile.open === 0, { timeout: 3_000 });
    const stranger = { ...caller, password: `${caller.password}-wrong` };
    const body = { since, wait: 50 };
    await stage.postern.problem('login-refused', stranger, maildropChangesPath, { body });
    expect(turnstile.logins).toBe(before + 2);
    expect((await waiting).created).toEqual([]);
    await turnstile.stop();
  });
});
