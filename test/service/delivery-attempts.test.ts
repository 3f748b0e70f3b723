/**
 * What comes of calling a receiver, whatever it does?
 *
 * What each status means is tested in `test/watch/delivery-outcome.test.ts`; here it is what the runtime makes of real answers. Those that
 * never come are in `test/patience/delivery-slow.test.ts`.
 */

import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readWorker } from '../../scripts/workers/wrangler-config.ts';
import type { Called } from '../../src/watch/delivery/attempt.ts';
import type { Errand } from '../support/delivery/worker.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { accepting, answering, endless, resetting, saying } from '../support/receiver-behaviour.ts';

let receiver: Receiver;
let inside: Postern;
let outside: Postern;
beforeAll(async () => {
  const front = await readWorker(join(import.meta.dirname, '..', '..'), 'test/support/delivery/delivery.toml');
  receiver = await startReceiver();
  inside = await startPostern({ front });
  // The rule lets loopback through, as in development; the runtime is that of production.
  outside = await startPostern({ front, development: false, variables: { DEVELOPMENT: 'true' } });
});
afterAll(async () => {
  await Promise.all([inside.stop(), outside.stop()]);
  await receiver.stop();
});
beforeEach(() => {
  receiver.behave(accepting);
  receiver.take();
});

async function call(url = receiver.url(), postern = inside, body = '{"a":"größer als ☃"}'): Promise<Called> {
  const secrets = [{ secret: receiver.secret, untilMs: null }];
  const errand: Errand = { kind: 'call', call: { url, secrets, id: 'evt_1', body } };
  const response = await postern.call(null, '/', { body: errand });
  return response.json();
}

const attempt = (status: number | null, failure: string | null, answer: string) => ({
  attempt: { status, failure, answer },
  failure,
});

describe('a receiver', () => {
  it('gets a POST of JSON that is signed, by the name of its event', async () => {
    expect(await call()).toMatchObject(attempt(204, null, ''));
    const { method, headers, body, faults } = await receiver.next();
    expect({ method, faults, body: Buffer.from(body).toString() }).toEqual({
      method: 'POST',
      faults: [],
      body: '{"a":"größer als ☃"}',
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Postern',
      'webhook-id': 'evt_1',
      'webhook-timestamp': expect.stringMatching(/^\d{10}$/),
    });
    expect(headers).not.toHaveProperty('cookie');
  });

  it('gets five megabytes, signed', async () => {
    const body = JSON.stringify({ text: 'ü'.repeat(2_600_000) });
    expect(await call(receiver.url(), inside, body)).toMatchObject(attempt(204, null, ''));
    const received = await receiver.next(({ body: { length } }) => length > 5_000_000);
    expect(received.faults).toEqual([]);
  });

  it('that refuses is told of by its status and the beginning of its answer', async () => {
    receiver.behave(answering(500, {}, `\u001b[2Joops\u202e\r\n${'é'.repeat(1000)}`));
    const { attempt: told } = await call();
    expect(told).toMatchObject({ status: 500, failure: 'status' });
    expect(told.answer).toMatch(/^\ufffd\[2Joops\ufffd\ufffd\ufffdé+$/);
    expect(Buffer.byteLength(told.answer.replaceAll('\ufffd', ''))).toBeLessThan(512);
  });

  it('that asks for time is given it', async () => {
    receiver.behave(answering(429, { 'Retry-After': '120' }));
    expect(await call()).toMatchObject({ ...attempt(429, 'status', ''), retryAfterMs: 120_000 });
  });

  it('that is gone says so', async () => {
    receiver.behave(answering(410, {}, 'no more'));
    expect(await call()).toMatchObject({ ...attempt(410, 'status', 'no more'), isReceiverGone: true });
  });

  it.each([301, 302, 303, 307, 308])('that sends elsewhere (%i) is not followed', async (status) => {
    receiver.behave(answering(status, { Location: receiver.url('/elsewhere') }));
    expect(await call()).toMatchObject(attempt(status, 'redirect', ''));
    expect((await receiver.next()).path).toBe('/hook');
    expect(receiver.take()).toEqual([]);
  });

  it('that is not there is a connection that failed', async () => {
    await receiver.refuse();
    expect(await call()).toMatchObject(attempt(null, 'connection', ''));
    await receiver.listen();
  });

  it.each(['before', 'headers'] as const)('that resets the connection has not taken it: %s', async (where) => {
    receiver.behave(resetting(where));
    expect(await call()).toMatchObject(attempt(null, 'connection', ''));
  });

  it('that breaks off in the middle of its answer has not taken it', async () => {
    receiver.behave(resetting('body'));
    expect(await call()).toMatchObject({ attempt: { status: 200, failure: 'connection' }, failure: 'connection' });
    receiver.behave(saying('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthe beginning', false));
    expect(await call()).toMatchObject(attempt(200, 'connection', 'the beginning'));
  });

  it.each([
    ['speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nold', 'old'],
    ['sends no reason', 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok', 'ok'],
    ['ends its answer by hanging up', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbye', 'bye'],
    [
      'sends an interim answer first',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      'ok',
    ],
  ])('that %s has taken it', async (_what, octets, answer) => {
    receiver.behave(saying(octets, true));
    expect(await call()).toMatchObject(attempt(200, null, answer));
  });

  it.each([
    ['is no HTTP server', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['says nothing and hangs up', ''],
    ['sends a header that never ends', `HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(1_000_000)}`],
  ])('that %s has not', async (_what, octets) => {
    receiver.behave(saying(octets, false));
    expect(await call()).toMatchObject(attempt(null, 'connection', ''));
  });

  it('that never stops talking has taken it, and is not listened to', async () => {
    receiver.behave(endless);
    expect(await call()).toMatchObject(attempt(200, null, 'x'.repeat(512)));
    expect(await (await receiver.next()).done).toBe('abandoned');
  });

  it('that answers with fifty megabytes in little is not listened to either', async () => {
    const bomb = gzipSync(new Uint8Array(50_000_000).fill(0x78));
    receiver.behave({
      name: 'bomb',
      isAcceptance: true,
      act: (response) => void response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bomb),
    });
    expect(await call()).toMatchObject(attempt(200, null, 'x'.repeat(512)));
  });
});

describe('what may not be called is not', () => {
  it.each([
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/',
    'https://user:secret@receiver.example/',
    'ftp://localhost/',
  ])('%s', async (url) => {
    const { attempt: told } = await call(url);
    expect(told).toMatchObject({ status: null, failure: 'target-forbidden', answer: '' });
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  it('neither by a redirection', async () => {
    receiver.behave(answering(307, { Location: 'http://169.254.169.254/latest/' }));
    expect(await call()).toMatchObject(attempt(307, 'redirect', ''));
  });

  it('nor by a name that resolves to this machine, in plain workerd as in production', async () => {
    const url = receiver.url().replace('127.0.0.1', 'localhost');
    expect(await call(url)).toMatchObject({ failure: null });
    expect(await call(url, outside)).toMatchObject(attempt(null, 'connection', ''));
    expect(receiver.take()).toHaveLength(1);
  });
});
