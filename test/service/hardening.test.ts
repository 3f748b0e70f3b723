/**
 * What does every answer tell a browser, and what is refused before it is understood?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
let production: Postern;
beforeAll(async () => {
  [postern, production] = await Promise.all([startPostern({}), startPostern({ development: false })]);
});
afterAll(async () => {
  await Promise.all([postern.stop(), production.stop()]);
});

/** No mail server is there: whatever gets as far as being asked for an account has passed. */
const nobody = { user: 'nobody', password: 'nothing', mailServer: 'imap://localhost:1?security=none' };

describe('every answer', () => {
  it.each([
    ['JSON', 'GET', '/health', 200],
    ['the contract', 'GET', '/openapi.json', 200],
    ['a page', 'GET', '/problems/internal', 200],
    ['a path that is none', 'GET', '/nothing', 404],
    ['a wrong method', 'DELETE', '/health', 405],
    ['a request without an account', 'GET', '/v1/imap/mailboxes', 401],
    ['a body that is too large', 'POST', '/v1/pop/downloads', 413],
  ])('cannot be run, framed, sniffed or told on: %s', async (_what, method, path, status) => {
    const call = status === 413 ? { bytes: new Uint8Array(1024 * 1024 + 1) } : {};
    const { headers, status: answered } = await postern.call(null, path, { method, ...call });
    expect(answered).toBe(status);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'content-security-policy': expect.stringMatching(/^default-src 'none'/),
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  it('is to be had by HTTPS alone from then on, but in development', async () => {
    const outside = await production.call(null, '/health');
    expect(outside.headers.get('strict-transport-security')).toBe('max-age=31536000');
    expect((await postern.call(null, '/health')).headers.has('strict-transport-security')).toBe(false);
  });

  it('keeps what a part of it says itself', async () => {
    const { headers } = await postern.call(null, '/problems/internal');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; style-src 'unsafe-inline'");
  });
});

describe('nothing of a request is in its answer', () => {
  const hostile = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '{{7*7}}',
    '\u202e',
    "';--",
    '%0d%0aX-Injected:1',
  ];
  const places: readonly ((text: string) => readonly [string, { headers?: Record<string, string>; body?: unknown }])[] =
    [
      (text) => [`/${encodeURIComponent(text)}`, {}],
      (text) => [`/problems/${encodeURIComponent(text)}`, {}],
      (text) => [`/v1/imap/mailboxes/${encodeURIComponent(text)}/messages?limit=${encodeURIComponent(text)}`, {}],
      (text) => [`/v1/imap/mailboxes/inbox/messages/${encodeURIComponent(text)}`, {}],
      (text) => ['/v1/imap/mailboxes', { headers: { 'Mail-Server': encodeURIComponent(text) } }],
      (text) => [
        '/v1/imap/mailboxes/inbox/messages',
        { headers: { Range: encodeURIComponent(text), Accept: 'text/html' } },
      ],
      (text) => ['/v1/imap/mailboxes', { body: { name: 1, role: text } }],
      (text) => ['/v1/imap/mailboxes', { body: text }],
    ];

  it.each(hostile)('%s', async (text) => {
    for (const place of places) {
      const [path, { headers, body }] = place(text);
      const response = await postern.call(nobody, path, {
        headers: headers ?? {},
        ...(body === undefined ? {} : { body }),
      });
      const answer = await response.text();
      expect(response.status, path).toBeGreaterThanOrEqual(400);
      expect(response.headers.get('content-type'), path).toBe('application/problem+json');
      for (const form of [text, encodeURIComponent(text)]) expect(answer, path).not.toContain(form);
      expect(response.headers.has('x-injected')).toBe(false);
    }
  });
});

describe('is refused before it is understood:', () => {
  it('a URL that is too long', async () => {
    const problem = await postern.problem('uri-too-long', nobody, `/v1/imap/mailboxes?x=${'a'.repeat(16 * 1024)}`);
    expect(problem).toMatchObject({ status: 414, limitBytes: 16 * 1024 });
    await postern.problem('uri-too-long', null, `/${'a'.repeat(17 * 1024)}`);
    await postern.problem('request-invalid', nobody, `/v1/imap/mailboxes?x=${'a'.repeat(15 * 1024)}`);
  });

  it('headers that are too large, together', async () => {
    // As much as the runtime takes in one piece, and as many as it takes.
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`X-${index}`, 'a'.repeat(80)]));
    for (const headers of [{ 'X-One': 'a'.repeat(33 * 1024) }, many]) {
      const problem = await postern.problem('header-too-large', nobody, '/v1/imap/mailboxes', { headers });
      expect(problem).toMatchObject({ status: 431, limitBytes: 32 * 1024 });
    }
    const some = await postern.call(null, '/health', { headers: { 'X-One': 'a'.repeat(31 * 1024) } });
    expect(some.status).toBe(200);
  });

  it('more parameters than there are', async () => {
    const problem = await postern.problem('request-invalid', nobody, `/v1/imap/mailboxes?${'a=b&'.repeat(64)}`);
    expect(problem.errors).toEqual([{ in: 'query', field: 'query', message: 'Give at most 64 parameters.' }]);
  });

  it('a parameter that is given twice', async () => {
    const problem = await postern.problem(
      'request-invalid',
      nobody,
      '/v1/imap/mailboxes/inbox/messages?limit=1&limit=2',
    );
    expect(problem.errors).toMatchObject([{ in: 'query', field: 'limit' }]);
  });

  const filterOf = (levels: number) => `${'{"operator":"NOT","conditions":['.repeat(levels)}{}${']}'.repeat(levels)}`;

  it.each([
    ['arrays', '['.repeat(500_000)],
    ['objects', '{"a":'.repeat(150_000)],
    ['filters', `{"filter":${filterOf(16)}}`],
    ['filters that would fill a megabyte', `{"filter":${filterOf(20_000)}}`],
  ])('JSON that is too deep: %s', async (_what, text) => {
    const call = {
      method: 'POST',
      bytes: new TextEncoder().encode(text),
      headers: { 'Content-Type': 'application/json' },
    };
    const problem = await postern.problem('request-invalid', nobody, '/v1/imap/mailboxes/inbox/messages/search', call);
    expect(problem.errors).toMatchObject([
      { in: 'body', field: 'body', message: expect.stringContaining('32 levels') },
    ]);
  });

  it.each([
    ['{"__proto__":{"name":"x"}}', '__proto__'],
    ['{"constructor":{"prototype":{"name":"x"}}}', 'constructor'],
    ['{"name":"x","__proto__":null}', '__proto__'],
    ['{"name":"x","toString":"y"}', 'toString'],
  ])('a member that every object has: %s', async (text, field) => {
    const call = {
      method: 'POST',
      bytes: new TextEncoder().encode(text),
      headers: { 'Content-Type': 'application/json' },
    };
    const problem = await postern.problem('request-invalid', nobody, '/v1/imap/mailboxes', call);
    expect(problem.errors).toContainEqual(expect.objectContaining({ in: 'body', field }));
  });

  it('the earlier one of two members of the same name, so that it cannot hide behind a good one', async () => {
    const bytes = new TextEncoder().encode('{"name":"good","name":7}');
    const call = { method: 'POST', bytes, headers: { 'Content-Type': 'application/json' } };
    const problem = await postern.problem('request-invalid', nobody, '/v1/imap/mailboxes', call);
    expect(problem.errors).toMatchObject([{ in: 'body', field: 'name' }]);
  });

  it('and a request id that could harm a header or a log is another one', async () => {
    for (const id of ['a b', '<b>', 'a;b', 'x'.repeat(300)]) {
      const response = await postern.call(null, '/health', { headers: { 'X-Request-Id': id } });
      expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
    }
  });
});
