/**
 * What is said to a request that is wrong, before any mail server is called?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PopServer, startPopServer } from '../support/pop-script.ts';
import { type Call, type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
let server: PopServer;
beforeAll(async () => {
  postern = await startPostern({});
  server = await startPopServer();
});
afterAll(async () => {
  expect(server.connections, 'connections for requests that were refused').toBe(0);
  await server.stop();
  await postern.stop();
});

const list = '/v1/pop/messages';
const downloads = '/v1/pop/downloads';
const ack = '/v1/pop/downloads/ack';

describe('a field that is wrong is named, with a remedy', () => {
  const cases: readonly [string, 'query' | 'body', readonly string[], Call?][] = [
    [`${list}?limit=0`, 'query', ['limit']],
    [`${list}?limit=501`, 'query', ['limit']],
    [`${list}?limit=ten`, 'query', ['limit']],
    [`${list}?limit=1.5`, 'query', ['limit']],
    [`${list}?headers=maybe`, 'query', ['headers']],
    [`${list}?cursor=!!!`, 'query', ['cursor']],
    [`${list}?cursor=`, 'query', ['cursor']],
    [`${list}?page=2`, 'query', ['page']],
    [`${list}?limit=0&headers=maybe&page=2`, 'query', ['headers', 'limit', 'page']],
    [`${list}/YQ?maxBodyBytes=-1`, 'query', ['maxBodyBytes']],
    [`${list}/YQ?maxBodyBytes=99999999`, 'query', ['maxBodyBytes']],
    [`${list}/YQ?fields=text,nonsense`, 'query', ['fields.1']],
    [downloads, 'body', ['limit'], { body: { limit: 0 } }],
    [downloads, 'body', ['limit'], { body: { limit: 1001 } }],
    [downloads, 'body', ['limit'], { body: { limit: '10' } }],
    [downloads, 'body', ['maxBytes'], { body: { maxBytes: 0 } }],
    [downloads, 'body', ['format'], { body: { format: 'xml' } }],
    [downloads, 'body', ['delete', 'limit'], { body: { limit: -1, delete: true } }],
    [downloads, 'body', ['body'], { body: [] }],
    [ack, 'body', ['receipt'], { body: {} }],
    [ack, 'body', ['receipt'], { body: { receipt: '' } }],
    [ack, 'body', ['receipt'], { body: { receipt: 'x'.repeat(70_000) } }],
    [ack, 'body', ['ids'], { body: { receipt: 'x', ids: 'all' } }],
    [ack, 'body', ['ids.1'], { body: { receipt: 'x', ids: ['YQ', 7] } }],
  ];
  it.each(cases)('%s: %s %j', async (path, place, fields, call) => {
    const problem = await postern.problem('request-invalid', server.caller(), path, call);
    expect(problem.status).toBe(400);
    expect(problem.errors?.map(({ field }) => field).sort()).toEqual(fields);
    expect(problem.errors?.every((error) => error.in === place && error.message.length > 5)).toBe(true);
  });
});

it.each([downloads, ack])('calls a body malformed that is no JSON (%s)', async (path) => {
  const response = await fetch(postern.url + path, {
    method: 'POST',
    body: '{"limit":',
    headers: { 'Content-Type': 'application/json', ...authorization(), 'Mail-Server': server.caller().mailServer },
  });
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({
    type: '/problems/request-invalid',
    errors: [{ in: 'body', field: 'body' }],
  });
});

it.each([downloads, ack])('takes JSON only (%s)', async (path) => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
    const call = { body: { limit: 1 }, headers: { 'Content-Type': type } };
    const problem = await postern.problem('media-type-unsupported', server.caller(), path, call);
    expect(problem).toMatchObject({ status: 415, expected: 'application/json' });
  }
});

it.each([downloads, ack])('takes no body beyond its limit (%s)', async (path) => {
  const call = { body: { receipt: 'x'.repeat(1_100_000) } };
  const problem = await postern.problem('body-too-large', server.caller(), path, call);
  expect(problem).toMatchObject({ status: 413, limitBytes: 1024 * 1024 });
});

const wrongMethods: readonly [string, string, string][] = [
  ['PUT', list, 'GET, HEAD'],
  ['POST', `${list}/YQ`, 'DELETE, GET, HEAD'],
  ['DELETE', `${list}/YQ/raw`, 'GET, HEAD'],
  ['PATCH', `${list}/YQ/parts/1`, 'GET, HEAD'],
  ['GET', downloads, 'POST'],
  ['DELETE', ack, 'POST'],
];
it.each(wrongMethods)('says which methods there are instead of %s %s: %s', async (method, path, allow) => {
  const response = await postern.call(server.caller(), path, { method });
  expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
  expect(await response.json()).toMatchObject({ type: '/problems/method-not-allowed', allow: allow.split(', ') });
});

it.each(['/v1/pop', '/v1/pop/nothing', `${list}/YQ/raw/more`])('finds nothing at %s', async (path) => {
  expect((await postern.problem('route-unknown', server.caller(), path)).status).toBe(404);
});

describe('whose mail it is', () => {
  it.each([list, `${list}/YQ`, `${list}/YQ/raw`])('has to be said (%s)', async (path) => {
    const response = await postern.call(null, path);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="mail account", charset="UTF-8"');
    await postern.problem('credentials-missing', null, path);
  });

  it.each(['Basic', 'Basic !!!!', 'Basic bm8tY29sb24=', 'Bearer', 'Bearer two words', 'Digest x'])(
    'is not said by "%s"',
    async (text) => {
      const call = { headers: { Authorization: text } };
      await postern.problem('credentials-missing', server.caller(), list, call);
    },
  );

  it.each([{}, { 'Mail-User': '' }])('is not said by an access token alone (%j)', async (headers) => {
    const call = { headers: { Authorization: 'Bearer abc', ...headers } };
    const problem = await postern.problem('request-invalid', server.caller(), list, call);
    expect(problem).toMatchObject({ status: 400, errors: [{ in: 'header', field: 'Mail-User' }] });
  });

  it('is not said by a Mail-User with a control character in it', async () => {
    const call = { headers: { Authorization: 'Bearer abc', 'Mail-User': 'ada\tx' } };
    const problem = await postern.problem('request-invalid', server.caller(), list, call);
    expect(problem).toMatchObject({ status: 400, errors: [{ in: 'header', field: 'Mail-User' }] });
  });

  it('is said by a user and a password, neither empty', async () => {
    for (const [user, password] of [
      ['', 'x'],
      ['ada', ''],
    ]) {
      const caller = { ...server.caller(), user: user ?? '', password: password ?? '' };
      const problem = await postern.problem('request-invalid', caller, list);
      expect(problem.errors).toMatchObject([{ in: 'header', field: 'Authorization' }]);
    }
  });

  it.each(['\r', '\n', '\r\nDELE 1', '\0'])('never brings a command of its own (%j)', async (injected) => {
    const caller = server.caller();
    for (const changed of [{ user: `ada${injected}x` }, { password: `x${injected}y` }]) {
      const problem = await postern.problem('request-invalid', { ...caller, ...changed }, list);
      expect(problem.errors).toMatchObject([{ in: 'header', field: 'Authorization' }]);
    }
  });
});

describe('the mail server', () => {
  const notServers = [
    'localhost',
    'https://pop.example.com',
    'pop3s://',
    'pop3s://pop.example.com/INBOX',
    'pop3s://ada:secret@pop.example.com',
    'pop3s://pop.example.com:99999',
    'pop3s://pop.example.com?security=none',
    'pop3://pop.example.com?security=tls',
    'pop3://pop.example.com?security=none&x=y',
    'pop3s://pop.example.com#x',
    'pop3s://pop example.com',
    '',
  ];
  it.each(notServers)('is not named by "%s"', async (mailServer) => {
    const problem = await postern.problem('request-invalid', server.caller(mailServer), list);
    expect(problem.errors).toMatchObject([{ in: 'header', field: 'Mail-Server' }]);
  });

  it('has to be named', async () => {
    const response = await fetch(postern.url + list, { headers: authorization() });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ in: 'header', field: 'Mail-Server' }] });
  });

  it.each(['imaps://imap.example.com', 'imap://127.0.0.1:1143'])(
    'speaks POP3 here, and %s does not',
    async (mailServer) => {
      const problem = await postern.problem('protocol-mismatch', server.caller(mailServer), list);
      expect(problem).toMatchObject({ status: 400, route: '/v1/imap' });
    },
  );
});

const authorization = () => ({ Authorization: `Basic ${Buffer.from('ada:lovelace').toString('base64')}` });
