/**
 * How is a request counted, and what becomes of one that cannot be?
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import type { Gateway } from '../../src/http/context.ts';
import { answerError } from '../../src/http/faults.ts';
import { counted, metered } from '../../src/http/metering.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const passed = 'what is behind';

/** An answer where what counts is this, and what was written to the log. */
async function answerWith(count: () => Promise<unknown>): Promise<{ response: Response; log: string[] }> {
  const log: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => log.push(line));
  const app = new OpenAPIHono<Gateway>();
  app.use(metered);
  app.get('/', async (c) => {
    const rate = { requests: 1, perSeconds: 1 };
    await Promise.all([counted(c, 'account', 'name', rate), counted(c, 'account', 'name', rate)]);
    await counted(c, 'account', 'name', rate);
    return c.text(passed);
  });
  app.onError(answerError);
  const response = app.request('/', undefined, { RATE_METER: { getByName: () => ({ count }) } });
  await vi.advanceTimersByTimeAsync(limits.meterMs);
  return { response: await response, log };
}

it('is counted once, however often it names the same account, and passes when it is within the rate', async () => {
  let times = 0;
  const { response } = await answerWith(async () => {
    times += 1;
    return { isWithin: true, remaining: 0, resetMs: 1000, retryAfterMs: 1000 };
  });
  expect(times).toBe(1);
  expect([response.status, await response.text()]).toEqual([200, passed]);
  expect(response.headers.get('RateLimit')).toBe('"account";r=0;t=1');
});

it.each<[string, () => Promise<unknown>]>([
  ['is out of reach', () => Promise.reject(new Error('Durable Object is overloaded: user ada'))],
  ['does not answer', () => new Promise(() => {})],
])('does not pass when what counts %s, and the operator is told', async (_what, count) => {
  const { response, log } = await answerWith(count);
  expect(response.status).toBe(429);
  expect(await response.json()).toMatchObject({ limit: 'account', retryAfterSeconds: limits.meterRetrySeconds });
  expect(response.headers.get('RateLimit')).toBeNull();
  expect(log.map((line) => JSON.parse(line))).toMatchObject([{ event: 'meter.failed', of: 'account' }]);
  expect(log.join()).not.toContain('ada');
});
