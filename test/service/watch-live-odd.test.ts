/**
 * What if a server does not let anybody wait for news?
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { quickTimes, subscriptionsPath } from '../support/watch-stage.ts';

const stage = imapScriptStage({}, quickTimes);
let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(() => receiver.stop());

it('one that hangs up on whoever waits is polled, and not logged in to again and again', async () => {
  const server = await stage.serve({
    capabilities: ['IDLE', 'UIDPLUS'],
    answer: (command, socket) => {
      if (command !== 'IDLE') return undefined;
      socket.destroy();
      return null;
    },
  });
  const body = { url: receiver.url(), mode: 'live', pollSeconds: 1 };
  await stage.postern.json(z.looseObject({}), server.caller(), subscriptionsPath, { body });
  const count = (command: string): number => server.commands.filter((one) => one.startsWith(command)).length;
  await expect.poll(() => count('IDLE')).toBe(1);
  const before = count('STATUS');
  await expect.poll(() => count('STATUS') - before).toBeGreaterThanOrEqual(4);
  expect(count('IDLE')).toBe(1);
});
