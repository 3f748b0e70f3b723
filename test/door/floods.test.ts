/**
 * Which calls are one flood?
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { againstFloods, networkOf } from '../../src/door/floods.ts';
import type { Gateway } from '../../src/http/context.ts';
import { answerError } from '../../src/http/faults.ts';

const from = (address: string) => ({ headers: { 'CF-Connecting-IP': address } });

/** An app behind a binding that has had enough of these networks, and of which it was asked. */
function appAgainst(...networks: readonly string[]) {
  const asked: string[] = [];
  const app = new OpenAPIHono<Gateway>();
  app.use(againstFloods);
  app.get('/', (c) => c.text('passed'));
  app.onError(answerError);
  const limit = async ({ key }: { readonly key: string }) => {
    asked.push(key);
    return { success: !networks.includes(key) };
  };
  return { asked, get: (init?: RequestInit) => app.request('/', init, { FLOODS: { limit } }) };
}

it('a call from an address that calls too often is refused, and told when to come again', async () => {
  const response = await appAgainst('203.0.113.7').get(from('203.0.113.7'));
  expect(response.status).toBe(429);
  expect(response.headers.get('Retry-After')).toBe(String(limits.floodSeconds));
  expect(await response.json()).toMatchObject({ limit: 'address', limitedBy: 'postern' });
});

it('any other passes, and one of which the platform tells no address', async () => {
  const app = appAgainst('203.0.113.7');
  expect((await app.get(from('203.0.113.8'))).status).toBe(200);
  expect((await app.get()).status).toBe(200);
  expect(app.asked).toEqual(['203.0.113.8']);
});

it('where there is no such binding nothing is asked', async () => {
  const app = new OpenAPIHono<Gateway>();
  app.use(againstFloods).get('/', (c) => c.text('passed'));
  expect((await app.request('/', from('203.0.113.7'), {})).status).toBe(200);
});

describe('the addresses of one subscriber are one', () => {
  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2:0:0:0:5', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['203.0.113.7', '203.0.113.7'],
  ])('%s is of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
