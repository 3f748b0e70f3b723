/**
 * What Postern tells about itself, with no mail server anywhere.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { problemKinds } from '../../src/core/problem-kinds.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(async () => {
  await postern.stop();
});

const get = (path: string, headers: Record<string, string> = {}) => postern.call(null, path, { headers });

it('says that it is up, and that this is nothing to keep', async () => {
  const response = await get('/health');
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual({ status: 'ok' });
});

it('serves the contract that is checked in, as YAML and the same as JSON', async () => {
  const yaml = await get('/openapi.yaml');
  expect(yaml.headers.get('content-type')).toBe('application/yaml; charset=utf-8');
  const text = await yaml.text();
  expect(text).toBe(await readFile(join(import.meta.dirname, '..', '..', 'openapi.yaml'), 'utf8'));
  const json = await get('/openapi.json');
  expect(json.headers.get('content-type')).toMatch(/^application\/json/);
  expect(await json.json()).toEqual(parse(text));
});

describe('the page of a problem', () => {
  it.each(Object.entries(problemKinds))(
    '%s says what it means, and can run nothing',
    async (kind, { title, explanation, status }) => {
      const response = await get(`/problems/${kind}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^text\/html/);
      expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
      const page = await response.text();
      const marked = escaped(explanation).replace(/`([^`]*)`/g, '<code>$1</code>');
      for (const word of [kind, String(status), escaped(title), marked]) expect(page).toContain(word);
    },
  );

  it.each(['none', 'toString', '__proto__', '%3Cscript%3E', 'internal%00', 'INTERNAL'])(
    'that nobody has (%s) is a problem itself, and repeats nothing of its name',
    async (kind) => {
      const response = await get(`/problems/${kind}`);
      const text = await response.text();
      expect([response.status, JSON.parse(text)]).toMatchObject([404, { type: '/problems/route-unknown' }]);
      expect(text).not.toContain('script');
    },
  );
});

describe('a path that does not exist', () => {
  it.each([
    '/nothing',
    '/v1',
    '/v1/imap',
    '/v1/imap/mailboxes/',
    '/v2/imap/mailboxes',
    '/v1/imap/mailboxes/inbox/nothing',
    '//',
    '/%00',
  ])('%s is a problem, whoever asks', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) {
      const response = await postern.call(null, path, { method });
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await response.json()).toMatchObject({ type: '/problems/route-unknown', status: 404 });
      expect(response.status).toBe(404);
    }
  });

  it('is another thing than a wrong method', async () => {
    for (const path of ['/health', '/openapi.json', '/openapi.yaml', '/problems/internal']) {
      const response = await postern.call(null, path, { method: 'POST' });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
      expect(await response.json()).toMatchObject({ type: '/problems/method-not-allowed', allow: ['GET', 'HEAD'] });
    }
  });
});

const LogLine = z.looseObject({ event: z.string() });

describe('every answer', () => {
  const paths = ['/health', '/openapi.json', '/problems/internal', '/nothing', '/v1/imap/mailboxes'];

  it.each(paths)('of %s has a request id, which is in the log as well, and its time', async (path) => {
    const response = await get(path);
    await response.arrayBuffer();
    const id = response.headers.get('x-request-id') ?? '';
    expect(id).toMatch(/^[\w-]{8,}$/);
    expect(response.headers.get('server-timing')).toMatch(/(^|, )total;dur=\d+$/);
    await expect.poll(() => postern.log.filter((line) => line.includes(id))).toHaveLength(1);
    const line = postern.log.find((line) => line.includes(id)) ?? '';
    expect(LogLine.parse(JSON.parse(line))).toMatchObject({ event: 'request.answered', status: response.status });
  });

  it('takes over the request id of the caller when it is one, and nothing that could harm a header or the log', async () => {
    const own = await get('/health', { 'X-Request-Id': 'my-own-id_1' });
    expect(own.headers.get('x-request-id')).toBe('my-own-id_1');
    for (const id of ['<script>', 'a b', '"}', 'x'.repeat(300)]) {
      expect((await get('/health', { 'X-Request-Id': id })).headers.get('x-request-id')).not.toBe(id);
    }
  });

  it('is logged by its route, never by its path', async () => {
    const id = 'path-is-private-1';
    await get('/v1/imap/mailboxes/mb_U2VjcmV0/messages/1.1', { 'X-Request-Id': id });
    await expect.poll(() => postern.log.filter((line) => line.includes(id))).toHaveLength(1);
    expect(postern.log.join('\n')).not.toContain('mb_U2VjcmV0');
  });
});

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
