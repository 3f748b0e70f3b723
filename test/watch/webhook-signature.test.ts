/**
 * Do the tests tell a request that is signed as Standard Webhooks says from one that is not?
 */
import { Buffer } from 'node:buffer';
import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { bodyJson, startReceiver } from '../support/receiver.ts';
import { faultsByHand, signatureFaults } from '../support/webhook-signature.ts';

/** Published with the specification. */
const vector = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  atMs: 1_614_265_330_000,
  signed: {
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: Buffer.from('{"test": 2432232314}'),
  },
};

it('by hand, the published example has no fault, and whatever is changed in it has one', () => {
  const { secret, atMs, signed } = vector;
  const faults = (headers: object, body: Uint8Array = signed.body, nowMs = atMs, key = secret) =>
    faultsByHand({ headers: { ...signed.headers, ...headers }, body }, key, nowMs);
  const signature = signed.headers['webhook-signature'];
  expect(faults({})).toEqual([]);
  expect(faults({ 'webhook-signature': `v1,${'A'.repeat(43)}= ${signature}` })).toEqual([]);
  for (const changed of [
    faults({ 'webhook-id': 'msg_other' }),
    faults({ 'webhook-timestamp': '1614265331' }),
    faults({ 'webhook-signature': signature.replace('v1', 'v1a') }),
    faults({}, Buffer.from('{"test": 2432232315}')),
    faults({}, signed.body, atMs + 301_000),
    faults({}, signed.body, atMs - 301_000),
    faults({}, signed.body, atMs, `whsec_${Buffer.alloc(24).toString('base64')}`),
  ]) {
    expect(changed).not.toEqual([]);
  }
});

it('the library and the hand agree on what a receiver takes in', async () => {
  const receiver = await startReceiver();
  const body = '{"type":"subscription.test","of":"Zoë"}';
  const post = async (key: string) => {
    const now = new Date();
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(key).sign('msg_1', now, body),
    };
    await fetch(receiver.url(), { method: 'POST', body, headers });
    return receiver.next();
  };
  const good = await post(receiver.secret);
  expect([good.faults, bodyJson(good), await good.done]).toEqual([[], JSON.parse(body), 'answered']);
  const bad = await post(`whsec_${Buffer.alloc(32, 1).toString('base64')}`);
  expect(bad.faults).toEqual([expect.stringMatching(/^by hand/), expect.stringMatching(/^standardwebhooks/)]);
  expect(signatureFaults(good, receiver.secret, Date.now() + 600_000)).not.toEqual([]);
  await receiver.stop();
});
