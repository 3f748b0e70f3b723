/**
 * Who waits for changes of a maildrop, and what does that cost the mail server, when nothing happens for most of a minute?
 *
 * All at the same time, since each of them waits.
 */
import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { stateOctets } from '../../src/maildrop/sync/state.ts';
import { letter } from '../support/mail.ts';
import { maildropChanges, maildropChangesPath } from '../support/maildrop-follower.ts';
import { type AnswerTo, type PopScript, type PopServer, type Spooled, startPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { vouchedFor } from '../support/sealed-state.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const spooled = (uidl: string): Spooled => ({ uidl, bytes: letter(uidl) });
/** What a busy machine may take longer. */
const leewayMs = 8_000;

/** Answers the logins with these numbers, counted from 1, in another way. */
function atLogin(isMeant: (login: number) => boolean, answer: string): AnswerTo {
  let login = 0;
  return (command) => {
    if (!command.startsWith('PASS')) return undefined;
    login += 1;
    return isMeant(login) ? answer : undefined;
  };
}

const locked = '-ERR [IN-USE] locked by another session\r\n';

/** A maildrop of one message, and its state. */
async function maildrop(script: Omit<PopScript, 'messages'> = {}) {
  const messages = [spooled('old')];
  const server = await startPopServer({ ...script, messages });
  const { newState } = await maildropChanges(postern, server.caller(), {});
  return { messages, server, since: newState };
}

const connected = (server: PopServer, count: number) =>
  vi.waitUntil(() => server.connections === count, { timeout: 60_000, interval: 50 });

/** So many have seen what there is. */
const looked = (server: PopServer, count: number) =>
  vi.waitUntil(() => server.commands.filter((command) => command === 'LIST').length === count, {
    timeout: 60_000,
    interval: 50,
  });

describe.concurrent('while somebody waits', () => {
  it('it is looked every few seconds, and told what has come', async ({ expect }) => {
    const { messages, server, since } = await maildrop();
    const waiting = maildropChanges(postern, server.caller(), { since, wait: 50 });
    await looked(server, 2);
    const start = Date.now();
    messages.push(spooled('new'));
    expect((await waiting).created).toHaveLength(1);
    expect(server.connections).toBe(3);
    expect(Date.now() - start).toBeLessThan(limits.livePollMs + leewayMs);
    await server.stop();
  });

  it('twenty who wait are told by one look', async ({ expect }) => {
    const { messages, server, since } = await maildrop();
    const body = { since, wait: 50 };
    const waiting = Array.from({ length: 20 }, () => maildropChanges(postern, server.caller(), body));
    await looked(server, 21);
    messages.shift();
    for (const { destroyedCount } of await Promise.all(waiting)) expect(destroyedCount).toBe(1);
    expect(server.connections).toBe(22);
    await server.stop();
  });

  it('a server that demands a pause between logins is looked at no sooner', async ({ expect }) => {
    const capabilities = ['UIDL', 'TOP', 'LOGIN-DELAY 40'];
    const { server, since } = await maildrop({ capabilities });
    const waiting = maildropChanges(postern, server.caller(), { since, wait: 50 });
    await connected(server, 2);
    const start = Date.now();
    await connected(server, 3);
    expect(Date.now() - start).toBeGreaterThan(39_000);
    expect((await waiting).newState).toBe(since);
    expect(server.connections).toBe(3);
    await server.stop();
  });

  it('a maildrop that somebody else has is tried again, from the first look on', async ({ expect }) => {
    const answer = atLogin((login) => login === 2 || login === 4, locked);
    const { messages, server, since } = await maildrop({ answer });
    const waiting = maildropChanges(postern, server.caller(), { since, wait: 50 });
    // The second was locked, the third shows nothing new, and the fourth is locked again.
    await connected(server, 4);
    messages.push(spooled('new'));
    expect((await waiting).created).toHaveLength(1);
    expect(server.connections).toBe(5);
    await server.stop();
  });

  it('a maildrop that is never free in all that time is said to be locked', async ({ expect }) => {
    const server = await startPopServer({ answer: atLogin(() => true, locked) });
    const body = { since: await vouchedFor(server.caller(), await stateOctets(['old'])), wait: 15 };
    await postern.problem('maildrop-locked', server.caller(), maildropChangesPath, { body });
    expect(server.connections).toBe(2);
    await server.stop();
  });

  it('a password that is refused from then on ends it', async ({ expect }) => {
    const answer = atLogin((login) => login > 2, '-ERR [AUTH] the password has changed\r\n');
    const { server, since } = await maildrop({ answer });
    const body = { since, wait: 50 };
    const problem = await postern.problem('login-refused', server.caller(), maildropChangesPath, { body });
    expect(problem.status).toBe(401);
    expect(server.connections).toBe(3);
    await server.stop();
  });

  it('a connection that is lost is replaced at the next look', async ({ expect }) => {
    let logins = 0;
    const answer: AnswerTo = (command, socket) => {
      if (command.startsWith('PASS')) logins += 1;
      if (!command.startsWith('UIDL') || logins !== 3) return undefined;
      socket.destroy();
      return null;
    };
    const { messages, server, since } = await maildrop({ answer });
    const waiting = maildropChanges(postern, server.caller(), { since, wait: 50 });
    await connected(server, 3);
    messages.push(spooled('new'));
    expect((await waiting).created).toHaveLength(1);
    expect(server.connections).toBe(4);
    await server.stop();
  });

  it('nobody looks any more when the last one has his answer', async ({ expect }) => {
    const { server, since } = await maildrop();
    await maildropChanges(postern, server.caller(), { since, wait: 5 });
    const before = server.connections;
    const other = await maildrop();
    await maildropChanges(postern, other.server.caller(), { since: other.since, wait: 40 });
    expect(server.connections).toBe(before);
    await Promise.all([server.stop(), other.server.stop()]);
  });

  it('one more than may is refused, and told so', async ({ expect }) => {
    const { server, since } = await maildrop();
    const body = { since, wait: 12 };
    const waiting = Array.from({ length: limits.listeners }, () => maildropChanges(postern, server.caller(), body));
    await looked(server, 1 + limits.listeners);
    const problem = await postern.problem('listeners-full', server.caller(), maildropChangesPath, { body });
    expect(problem).toMatchObject({ status: 429, limit: 'listeners', most: limits.listeners });
    for (const { newState } of await Promise.all(waiting)) expect(newState).toBe(since);
    await server.stop();
  });
});
