import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { signingHeaders } from '../../src/watch/delivery/sign.ts';
import { faultsByHand, signatureFaults } from '../support/webhook-signature.ts';

const newest = { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', untilMs: null };
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const nowMs = 1_614_265_330_000;

it('signs what the specification signs as it does', () => {
  expect(signingHeaders(id, '{"test": 2432232314}', [newest], nowMs + 999)).toEqual({
    'webhook-id': id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

it('signs with each secret that is good, and with none that is not any more', () => {
  const other = { secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}`, untilMs: nowMs + 1 };
  const old = { secret: `whsec_${Buffer.alloc(32, 2).toString('base64')}`, untilMs: nowMs };
  const body = '{"text":"größer als ☃"}';
  const headers = signingHeaders(id, body, [newest, other, old], nowMs);
  expect(headers['webhook-signature'].split(' ')).toHaveLength(2);
  const sent = { headers: { ...headers }, body: Buffer.from(body) };
  expect(faultsByHand(sent, newest.secret, nowMs)).toEqual([]);
  expect(faultsByHand(sent, other.secret, nowMs)).toEqual([]);
  expect(faultsByHand(sent, old.secret, nowMs)).toHaveLength(1);
});

it('signs what the library of the standard takes', () => {
  const body = '{}';
  const headers = signingHeaders('evt_1', body, [newest], Date.now());
  expect(signatureFaults({ headers: { ...headers }, body: Buffer.from(body) }, newest.secret)).toEqual([]);
});
