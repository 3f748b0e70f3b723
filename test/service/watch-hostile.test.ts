/**
 * What is asked of a mail server that wants to be left alone, that hangs up, or that cannot answer?
 */
import { afterAll, expect, it } from 'vitest';
import { startImapServer } from '../support/imap-script.ts';
import { letter } from '../support/mail.ts';
import { instead, startPopServer } from '../support/pop-script.ts';
import { subscriptionsPath, watchStage } from '../support/watch-stage.ts';

const stage = watchStage();
const servers: { stop(): Promise<void> }[] = [];
afterAll(async () => {
  for (const server of servers) await server.stop();
});

it('a server that ends each session that waits is polled meanwhile, and not logged into without end', async () => {
  const server = await startImapServer({
    capabilities: ['IDLE', 'UIDPLUS'],
    answer: (command, socket) => {
      if (command !== 'IDLE') return undefined;
      socket.end('* BYE not here\r\n');
      return null;
    },
  });
  servers.push(server);
  await stage.subscribe(server.caller(), { mode: 'live' });
  const count = (verb: string): number => server.commands.filter((command) => command.startsWith(verb)).length;
  await expect.poll(() => count('IDLE')).toBe(1);
  const logins = count('LOGIN');
  // It is looked at each second, whatever becomes of sessions that wait.
  await expect.poll(() => count('LOGIN') - logins).toBeGreaterThanOrEqual(4);
  expect(count('IDLE')).toBe(1);
});

it('a maildrop is not logged into again before the server wants that', async () => {
  const delayMs = 2_000;
  const logins: number[] = [];
  const server = await startPopServer({
    capabilities: ['USER', 'TOP', 'UIDL', `LOGIN-DELAY ${delayMs / 1000}`],
    answer: (command) => {
      if (command.startsWith('PASS')) logins.push(Date.now());
      return undefined;
    },
  });
  servers.push(server);
  await stage.subscribe(server.caller());
  const asked = logins.length;
  await expect.poll(() => logins.length - asked).toBe(2);
  const pauses = logins.slice(asked).map((atMs, index) => atMs - (logins[asked + index - 1] ?? 0));
  for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(delayMs);
});

it('nobody is promised what the server can never answer', async () => {
  const imap = await startImapServer({ capabilities: ['UIDPLUS'] });
  const answer = instead('TOP', '-ERR unknown command\r\n');
  const pop = await startPopServer({ answer, messages: [{ uidl: 'a', bytes: letter('a') }] });
  servers.push(imap, pop);
  const url = stage.receiver.url();
  const raw = { url, q: 'raw:"larger:1M"' };
  await stage.postern.problem('unsupported-by-server', imap.caller(), subscriptionsPath, { body: raw });
  const from = { url, from: ['@weaver.example'] };
  await stage.postern.problem('unsupported-by-server', pop.caller(), subscriptionsPath, { body: from });
  const { id } = await stage.subscribe(imap.caller());
  const patch = { method: 'PATCH', body: { q: raw.q } };
  await stage.postern.problem('unsupported-by-server', imap.caller(), `${subscriptionsPath}/${id}`, patch);
});
