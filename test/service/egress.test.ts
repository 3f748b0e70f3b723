/**
 * What does Postern call, of what it is told to, and how much does it put up with?
 *
 * The rule itself is tested in `test/core/public-host.test.ts` and `test/egress/`; here it is what the runtime makes of it.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWorker } from '../../scripts/workers/wrangler-config.ts';
import type { Errand, Outcome } from '../support/egress/worker.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { startWeb, type Web } from '../support/web.ts';

let web: Web;
let inside: Postern;
let outside: Postern;
beforeAll(async () => {
  const front = await readWorker(join(import.meta.dirname, '..', '..'), 'test/support/egress/egress.toml');
  web = await startWeb();
  inside = await startPostern({ front });
  // The rule lets loopback through, as in development; the runtime is that of production.
  outside = await startPostern({ front, development: false, variables: { DEVELOPMENT: 'true' } });
});
afterAll(async () => {
  await Promise.all([inside.stop(), outside.stop()]);
  await web.stop();
});

async function run(postern: Postern, errand: Errand): Promise<Outcome> {
  const response = await postern.call(null, '/', { body: errand });
  return response.json();
}

const to = (path: string) => `${web.url}${path}`;
const redirect = (target: string) => to(`/redirect?to=${encodeURIComponent(target)}`);

describe('a call', () => {
  it('says who calls, keeps no cookies and brings the answer', async () => {
    const headers = { Cookie: 'a=b', 'User-Agent': 'somebody', Accept: 'text/xml', 'X-Own': 'kept' };
    await run(inside, { url: to('/cookie'), init: { headers } });
    const outcome = await run(inside, { url: to('/hello'), init: { headers } });
    expect(outcome).toMatchObject({ kind: 'answered', status: 200, text: 'hello' });
    const sent = web.seen.at(-1)?.headers ?? {};
    expect(sent).toMatchObject({ 'user-agent': 'Postern', accept: 'text/xml', 'x-own': 'kept' });
    expect(sent).not.toHaveProperty('cookie');
  });

  it.each(['http://user:secret@localhost:1/', 'http://10.0.0.1/', 'http://exam\nple.com/', 'ftp://localhost/'])(
    'of what may not be called never leaves: %j',
    async (url) => {
      const before = web.seen.length;
      expect(await run(inside, { url })).toMatchObject({ kind: 'failed', failure: { kind: 'target-forbidden' } });
      expect(web.seen.length).toBe(before);
    },
  );

  it('ends with its deadline when nothing is answered', async () => {
    const outcome = await run(inside, { url: to('/silent'), init: { deadlineMs: 100 } });
    expect(outcome).toEqual({ kind: 'threw', name: 'TimeoutError' });
  });

  it('ends with its deadline when an answer never ends', async () => {
    const outcome = await run(inside, { url: to('/stalled'), init: { deadlineMs: 100 } });
    expect(outcome).toEqual({ kind: 'threw', name: 'TimeoutError' });
  });
});

describe('a redirection', () => {
  it('is answered as it came', async () => {
    const before = web.seen.length;
    const outcome = await run(inside, { url: redirect(to('/hello')) });
    expect(outcome).toMatchObject({ kind: 'answered', status: 302, location: to('/hello') });
    expect(web.seen.length).toBe(before + 1);
  });

  it.each([301, 302, 303, 307, 308])(
    '%i is followed once where that is wanted, and no credential goes along',
    async (status) => {
      const headers = { Authorization: 'Bearer x', Accept: 'text/xml', 'X-Own': 'own' };
      const url = `${to('/redirect')}?status=${status}&to=/hello`;
      const outcome = await run(inside, { url, init: { follow: 1, headers } });
      expect(outcome).toMatchObject({ kind: 'answered', status: 200, text: 'hello' });
      const sent = web.seen.at(-1)?.headers ?? {};
      expect(sent).toMatchObject({ accept: 'text/xml', 'user-agent': 'Postern' });
      expect(sent).not.toHaveProperty('authorization');
      expect(sent).not.toHaveProperty('x-own');
    },
  );

  it('is followed no second time', async () => {
    const outcome = await run(inside, { url: redirect(redirect(to('/hello'))), init: { follow: 1 } });
    expect(outcome).toMatchObject({ kind: 'answered', status: 302, location: to('/hello') });
  });

  it('is not followed with what was to be done there', async () => {
    const init = { follow: 1, method: 'POST', body: 'secret' } as const;
    const outcome = await run(inside, { url: redirect(to('/hello')), init });
    expect(outcome).toMatchObject({ kind: 'answered', status: 302 });
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    '//10.0.0.1/',
    'http://user@localhost:1/',
    'file:///etc/passwd',
  ])('leads nowhere that may not be called: %s', async (target) => {
    const outcome = await run(inside, { url: redirect(target), init: { follow: 1 } });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { kind: 'target-forbidden' } });
  });
});

describe('of an answer', () => {
  it('as much is read as was said', async () => {
    expect(await run(inside, { url: to('/octets?count=1000'), limitBytes: 1000 })).toMatchObject({
      text: 'x'.repeat(1000),
    });
    expect(await run(inside, { url: to('/octets?count=1001'), limitBytes: 1000 })).toMatchObject({ text: null });
  });

  it.each(['/endless', '/bomb'])('%s no more than that is taken', async (path) => {
    expect(await run(inside, { url: to(path), limitBytes: 100_000 })).toMatchObject({ kind: 'answered', text: null });
  });

  it('nothing is asked for any more after that', async () => {
    const before = web.abandoned;
    await run(inside, { url: to('/endless'), limitBytes: 100_000 });
    await expect.poll(() => web.abandoned).toBeGreaterThan(before);
  });
});

describe('plain workerd, as in production, refuses what a name resolves to', () => {
  it.each(['fetch', 'connect'] as const)('by %s', async (bare) => {
    const before = web.seen.length;
    const names = ['localhost', '127.0.0.1'];
    for (const name of names) {
      const url = web.url.replace('localhost', name);
      expect(await run(inside, { url: `${url}/hello`, bare }), name).toMatchObject({ kind: 'answered' });
      expect(await run(outside, { url: `${url}/hello`, bare }), name).toMatchObject({ kind: 'threw' });
    }
    expect(web.seen.length).toBe(before + (bare === 'fetch' ? names.length : 0));
  });

  it('also when the rule has let it through', async () => {
    expect(await run(inside, { url: to('/hello') })).toMatchObject({ kind: 'answered' });
    expect(await run(outside, { url: to('/hello') })).toMatchObject({ kind: 'threw' });
  });
});
