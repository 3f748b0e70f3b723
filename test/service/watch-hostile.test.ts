/**
 * How often is a mail server asked that wants to be left alone, or that hangs up?
 */
import { afterAll, expect, it } from 'vitest';
import { startImapServer } from '../support/imap-script.ts';
import { startPopServer } from '../support/pop-script.ts';
import { watchStage } from '../support/watch-stage.ts';

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
