/**
 * Does a limit hold while nobody calls?
 */
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { apiKeys, newKey, withKey } from '../support/api-keys.ts';
import { startPostern } from '../support/postern.ts';

it('an idle object that counts is not dropped before its limit has passed', async () => {
  const key = newKey();
  const rate = { requests: 1, perSeconds: 60 };
  const postern = await startPostern({ variables: { API_KEYS: apiKeys({ key, label: 'seldom', rate }) } });
  const called = () => postern.call(null, '/nothing', withKey(key));
  expect((await called()).status).toBe(404);
  // The runtime drops idle objects after ten seconds or so; to look whether it did would be to call.
  await wait(35_000);
  const refused = await called();
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(25);
  await postern.stop();
});
