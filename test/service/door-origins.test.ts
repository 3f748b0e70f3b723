/**
 * Which web pages may call, and read what is answered?
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { apiKeys, newKey, withKey } from '../support/api-keys.ts';
import { type PopServer, startPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

const list = '/v1/pop/messages';
const page = 'https://app.example.com';
const key = newKey();

let postern: Postern;
let server: PopServer;
beforeAll(async () => {
  postern = await startPostern({
    variables: {
      API_KEYS: apiKeys({ key, label: 'web' }),
      ALLOWED_ORIGINS: `${page}, https://*.example.org`,
    },
  });
  server = await startPopServer({ messages: [{ uidl: 'a', bytes: Buffer.from('Subject: x\r\n\r\nHello\r\n') }] });
});
afterAll(async () => {
  await server.stop();
  await postern.stop();
});

const from = (origin: string, headers: Readonly<Record<string, string>> = {}) => ({
  headers: { Origin: origin, ...headers },
});
const varies = (response: Response): string[] => (response.headers.get('vary') ?? '').toLowerCase().split(/\s*,\s*/);

/** Whatever the contract has, and HEAD, which comes with GET. */
function methodsOfContract(): Set<string> {
  const contract = parse(readFileSync(join(import.meta.dirname, '..', '..', 'openapi.yaml'), 'utf8'));
  const operations = Object.values<object>(contract.paths).flatMap(Object.keys);
  const methods = operations.filter((name) => /^(?:get|post|put|patch|delete)$/.test(name));
  return new Set(['HEAD', ...methods.map((name) => name.toUpperCase())]);
}

describe('a preflight', () => {
  const asked = {
    'Access-Control-Request-Method': 'PATCH',
    'Access-Control-Request-Headers': 'authorization,x-api-key',
  };
  const preflight = (origin: string, path = list) =>
    postern.call(null, path, { method: 'OPTIONS', ...from(origin, asked) });

  it('of an allowed page is answered without a key, and allows what our calls need', async () => {
    for (const origin of [page, 'https://a.example.org']) {
      const response = await preflight(origin);
      expect([response.status, await response.text()]).toEqual([204, '']);
      expect(response.headers.get('access-control-allow-origin')).toBe(origin);
      const methods = (response.headers.get('access-control-allow-methods') ?? '').split(',');
      expect(new Set(methods)).toEqual(methodsOfContract());
      const allowed = (response.headers.get('access-control-allow-headers') ?? '').toLowerCase().split(',');
      for (const header of [
        'authorization',
        'x-api-key',
        'mail-server',
        'mail-user',
        'if-match',
        'idempotency-key',
        'range',
      ]) {
        expect(allowed).toContain(header);
      }
      expect(response.headers.get('access-control-max-age')).toBe('7200');
      expect(varies(response)).toContain('origin');
    }
  });

  it.each(['https://evil.test', 'null', 'http://app.example.com', 'https://example.org', 'https://evilexample.org'])(
    'of any other allows nothing (%s)',
    async (origin) => {
      const response = await preflight(origin);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      expect(varies(response)).toContain('origin');
    },
  );

  it('tells nothing of what there is: it is answered alike for any path', async () => {
    const [known, unknown] = [await preflight(page), await preflight(page, '/v1/nothing')];
    const headsOf = ({ headers }: Response) => [...headers].filter(([name]) => name.startsWith('access-control-'));
    expect(headsOf(known)).toEqual(headsOf(unknown));
    expect(known.status).toBe(unknown.status);
  });

  it('is what a browser sends ahead: any other OPTIONS is asked for a key', async () => {
    const response = await postern.call(null, list, { method: 'OPTIONS', ...from(page) });
    expect(response.status).toBe(401);
  });
});

describe('an answer to an allowed page', () => {
  it.each<[string, () => Promise<Response>]>([
    ['of JSON', () => postern.call(server.caller(), list, from(page, withKey(key).headers))],
    ['that is a problem', () => postern.call(null, list, from(page, withKey(key).headers))],
    ['that refuses the caller', () => postern.call(server.caller(), list, from(page))],
    ['to a path that is not there', () => postern.call(null, '/v1/nothing', from(page, withKey(key).headers))],
    ['that is open to all', () => postern.call(null, '/health', from(page))],
    [
      'that is streamed',
      () =>
        postern.call(server.caller(), '/v1/pop/downloads', {
          method: 'POST',
          body: {},
          ...from(page, withKey(key).headers),
        }),
    ],
    ['of bytes', () => postern.call(server.caller(), `${list}/YQ/raw`, from(page, withKey(key).headers))],
  ])('%s can be read there', async (_what, call) => {
    const response = await call();
    await response.arrayBuffer();
    expect(response.headers.get('access-control-allow-origin')).toBe(page);
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(varies(response)).toContain('origin');
    const exposed = (response.headers.get('access-control-expose-headers') ?? '').toLowerCase().split(',');
    for (const header of [
      'etag',
      'link',
      'location',
      'ratelimit',
      'ratelimit-policy',
      'retry-after',
      'server-timing',
      'x-request-id',
      'content-range',
      'content-disposition',
    ]) {
      expect(exposed).toContain(header);
    }
  });

  it('that nothing has changed can be read there as well', async () => {
    const call = () => from(page, withKey(key).headers);
    const etag = (await postern.call(server.caller(), `${list}/YQ`, call())).headers.get('etag') ?? '';
    const again = from(page, { ...withKey(key).headers, 'If-None-Match': etag });
    const response = await postern.call(server.caller(), `${list}/YQ`, again);
    expect(response.status).toBe(304);
    expect(response.headers.get('access-control-allow-origin')).toBe(page);
    expect(response.headers.get('access-control-expose-headers')).toContain('ETag');
  });

  it('still says what else it depends on: never is one account’s answer another’s', async () => {
    const response = await postern.call(server.caller(), list, from(page, withKey(key).headers));
    expect(varies(response)).toEqual(expect.arrayContaining(['authorization', 'mail-server', 'mail-user', 'origin']));
  });
});

it('no other page can read an answer, nor can a cache give it the answer to an allowed one', async () => {
  const response = await postern.call(server.caller(), list, from('https://evil.test', withKey(key).headers));
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  expect(varies(response)).toContain('origin');
});

describe('where the list', () => {
  it('is a star, any page may call, and none with cookies', async () => {
    const open = await startPostern({ variables: { ALLOWED_ORIGINS: '*' } });
    const response = await open.call(null, '/health', from('https://evil.test'));
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    await open.stop();
  });

  it('is empty, no page may, and nothing is said about pages', async () => {
    const shut = await startPostern({});
    const method = { 'Access-Control-Request-Method': 'GET' };
    const preflight = await shut.call(null, '/v1/nothing', { method: 'OPTIONS', ...from(page, method) });
    const answer = await shut.call(server.caller(), list, from(page));
    for (const { headers } of [preflight, answer]) {
      expect([...headers].filter(([name]) => name.startsWith('access-control-'))).toEqual([]);
    }
    expect(preflight.status).toBe(404);
    await shut.stop();
  });
});
