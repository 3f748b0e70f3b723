/**
 * How long is a receiver waited for?
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readWorker } from '../../scripts/workers/wrangler-config.ts';
import { limits } from '../../src/core/limits.ts';
import type { Called } from '../../src/watch/delivery/attempt.ts';
import type { Errand } from '../support/delivery/worker.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type Behaviour, silent, trickling } from '../support/receiver-behaviour.ts';

let receiver: Receiver;
let postern: Postern;
beforeAll(async () => {
  const front = await readWorker(join(import.meta.dirname, '..', '..'), 'test/support/delivery/delivery.toml');
  receiver = await startReceiver();
  postern = await startPostern({ front });
});
afterAll(async () => {
  await postern.stop();
  await receiver.stop();
});

/** Says that it is well, and then nothing. */
const stalled: Behaviour = {
  name: 'stalled',
  isAcceptance: false,
  act: (response) => void response.writeHead(200).write('the beginning'),
};
const behaviours: Readonly<Record<string, Behaviour>> = {
  '/silent': silent,
  '/trickle': trickling(500),
  '/stalled': stalled,
};

it.concurrent.each([
  ['/silent', null, ''],
  ['/trickle', null, ''],
  ['/stalled', 200, 'the beginning'],
])('a receiver is waited for ten seconds from the call to the end of its answer: %s', async (path, status, answer) => {
  receiver.behave((request) => behaviours[request.path] ?? silent);
  const secrets = [{ secret: receiver.secret, untilMs: null }];
  const call = { url: receiver.url(path), secrets, id: 'evt_1', body: '{}' };
  const response = await postern.call(null, '/', { body: { kind: 'call', call } satisfies Errand });
  const { attempt } = await response.json<Called>();
  expect(attempt).toMatchObject({ status, failure: 'timeout', answer });
  expect(attempt.durationMs).toBeGreaterThanOrEqual(limits.deliveryMs - 100);
  // Less than one deadline more: a machine that is busy may be late.
  expect(attempt.durationMs).toBeLessThan(1.9 * limits.deliveryMs);
  expect(await (await receiver.next((received) => received.path === path)).done).toBe('abandoned');
});
