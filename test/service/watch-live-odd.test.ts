/**
 * What if a server does not let anybody wait for news?
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type ImapServer, startImapServer } from '../support/imap-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { quickTimes, subscriptionsPath } from '../support/watch-stage.ts';

let postern: Postern;
let receiver: Receiver;
const servers: ImapServer[] = [];
beforeAll(async () => {
  receiver = await startReceiver();
  postern = await startPostern({ variables: quickTimes });
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  await receiver.stop();
  await postern.stop();
});

it('one that hangs up on whoever waits is polled, and not logged in to again and again', async () => {
  const server = await startImapServer({
    capabilities: ['IDLE', 'UIDPLUS'],
    answer: (command, socket) => {
      if (command !== 'IDLE') return undefined;
      socket.destroy();
      return null;
    },
  });
  servers.push(server);
  const body = { url: receiver.url(), mode: 'live', pollSeconds: 1 };
  await postern.json(z.looseObject({}), server.caller(), subscriptionsPath, { body });
  const count = (command: string): number => server.commands.filter((one) => one.startsWith(command)).length;
  await expect.poll(() => count('IDLE')).toBe(1);
  const before = count('STATUS');
  await expect.poll(() => count('STATUS') - before).toBeGreaterThanOrEqual(4);
  expect(count('IDLE')).toBe(1);
});
