/**
 * Whom does the operator's door let in, and what for?
 */
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { apiKeys, hashOf, newKey, withKey } from '../support/api-keys.ts';
import { type PopServer, startPopServer } from '../support/pop-script.ts';
import { accountHeaders, type Postern, startPostern } from '../support/postern.ts';

const keys = {
  all: newKey(),
  following: newKey(),
  expired: newKey(),
  elsewhere: newKey(),
  reading: newKey(),
  here: newKey(),
  foreign: newKey(),
};
const list = '/v1/pop/messages';

let postern: Postern;
let server: PopServer;
beforeAll(async () => {
  postern = await startPostern({
    variables: {
      API_KEYS: apiKeys(
        { key: keys.all, label: 'web-app' },
        { key: keys.following, label: 'web-app', expiresAt: '2999-01-01T00:00:00Z' },
        { key: keys.expired, label: 'old-app', expiresAt: '2020-01-01T00:00:00Z' },
        { key: keys.elsewhere, label: 'elsewhere', servers: ['imap.example.com', '*.example.org'] },
        { key: keys.here, label: 'here', servers: ['127.0.0.1'] },
        { key: keys.reading, label: 'reader', servers: ['127.0.0.1'], scopes: ['read'] },
      ),
    },
  });
  server = await startPopServer();
});
afterAll(async () => {
  await server.stop();
  await postern.stop();
});

it('lets in whoever has a key, by each of the keys of one label', async () => {
  for (const key of [keys.all, keys.following]) {
    expect((await postern.call(server.caller(), list, withKey(key))).status).toBe(200);
  }
});

it('writes down who called by the label, and nobody whom it did not let in', async () => {
  const id = (name: string) => ({ 'X-Request-Id': `caller-${name}-1` });
  await postern.call(null, list, { headers: { ...withKey(keys.all).headers, ...id('known') } });
  await postern.call(null, list, { headers: { ...withKey(keys.foreign).headers, ...id('unknown') } });
  const lineOf = (name: string) => postern.log.find((line) => line.includes(`caller-${name}-1`));
  await expect.poll(() => lineOf('known')).toContain('"caller":"web-app"');
  await expect.poll(() => lineOf('unknown')).toContain('"caller":"nobody"');
});

describe('a call without a key', () => {
  it.each(['/v1/pop/messages', '/v1/imap/mailboxes', '/v1/consolidations', '/v1/nothing', '/nothing'])(
    'of %s is told to bring one, and nothing else',
    async (path) => {
      const connections = server.connections;
      const problem = await postern.problem('caller-unknown', server.caller(), path);
      expect(problem).toMatchObject({ status: 401, reason: 'missing' });
      expect(server.connections).toBe(connections);
    },
  );

  it('is answered so that no browser asks its user for a password', async () => {
    const response = await postern.call(null, list);
    expect(response.headers.get('www-authenticate')).toBe('ApiKey realm="postern", header="X-API-Key"');
    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
  });

  it.each(['/health', '/openapi.yaml', '/openapi.json', '/problems/caller-unknown'])(
    'may read %s, which is about nobody',
    async (path) => {
      expect((await postern.call(null, path)).status).toBe(200);
    },
  );

  it.each([
    '/health/',
    '//health',
    '/health/../v1/nothing',
    '/problems/../v1/nothing',
    '/problems/x/y',
    '/HEALTH',
    '/health%2f..',
  ])('may read nothing whose path only looks like that (%s)', async (path) => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const { hostname, port } = new URL(postern.url);
      request({ hostname, port, path }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(401);
  });
});

describe('a browser on its way to a provider and back', () => {
  it.each(['/v1/oauth/google/callback?state=x', '/v1/oauth/google/start?ticket=x'])(
    'is let through to where what it carries is judged (%s)',
    async (path) => {
      expect(await (await postern.call(null, path)).text()).not.toContain('/problems/caller-unknown');
    },
  );

  it.each([
    ['GET', '/v1/oauth/google/start'],
    ['GET', '/v1/oauth/google/start?state=ticket'],
    ['POST', '/v1/oauth/google/start?ticket=x'],
    ['POST', '/v1/oauth/google/callback'],
    ['POST', '/v1/oauth/token'],
    ['GET', '/v1/oauth/token?ticket=x'],
    ['GET', '/v1/oauth/google/callback/'],
    ['GET', '/v1/oauth/a/b/callback'],
    ['GET', '/v1/pop/messages?path=/v1/oauth/google/callback'],
    ['GET', '/v1/pop/messages?ticket=x'],
  ])('is nobody else: %s %s asks for a key', async (method, path) => {
    await postern.problem('caller-unknown', server.caller(), path, { method });
  });
});

describe('what is not a key', () => {
  const prefix = keys.all.slice(0, -1);
  it.each([
    ['of another deployment', keys.foreign],
    ['that has expired', keys.expired],
    ['that is the beginning of one', prefix],
    ['that is one with more behind it', `${keys.all}A`],
    ['that is one but for its last octet', `${prefix}${keys.all.endsWith('A') ? 'B' : 'A'}`],
    ['in other capitals', keys.all.toUpperCase()],
    ['that is the hash of one', hashOf(keys.all)],
    ['that is the hash of one, with the prefix', `pstk_${hashOf(keys.all)}`],
    ['without the prefix', keys.all.slice(5)],
    ['that is a label', 'web-app'],
    ['that is empty', ''],
    ['as a bearer token', `Bearer ${keys.all}`],
    ['twice in one header', `${keys.all}, ${keys.all}`],
    ['with a space in it', `${keys.all.slice(0, 10)} ${keys.all.slice(10)}`],
    ['with other letters than ASCII', `${prefix}é`],
    ['of 8,000 octets', 'pstk_'.padEnd(8_000, 'A')],
    ['that is JSON', '{"label":"web-app"}'],
  ])('%s is refused', async (_what, key) => {
    const connections = server.connections;
    const problem = await postern.problem('caller-unknown', server.caller(), list, withKey(key));
    expect(problem).toMatchObject({ status: 401, reason: 'refused' });
    expect(Object.keys(problem).sort()).toEqual(['detail', 'reason', 'status', 'title', 'type']);
    expect(server.connections).toBe(connections);
  });

  it('two headers are, even when both are the same', async () => {
    const { hostname, port } = new URL(postern.url);
    const headers = { ...accountHeaders(server.caller()), 'X-API-Key': [keys.all, keys.all] };
    const status = await new Promise((resolve, reject) => {
      request({ hostname, port, path: list, headers }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(401);
  });

  it('a key anywhere else is as if there were none', async () => {
    const elsewhere = [
      { path: `${list}?api_key=${keys.all}` },
      { path: `${list}?X-API-Key=${keys.all}` },
      { path: list, headers: { Cookie: `X-API-Key=${keys.all}` } },
      { path: list, headers: { Authorization: `ApiKey ${keys.all}` } },
      { path: list, headers: { 'Api-Key': keys.all } },
    ];
    for (const { path, headers = {} } of elsewhere) {
      const problem = await postern.problem('caller-unknown', null, path, { headers });
      expect(problem).toMatchObject({ reason: 'missing' });
    }
  });
});

describe('a key for some servers', () => {
  it('is for those alone, before any is called', async () => {
    const connections = server.connections;
    const problem = await postern.problem('caller-forbidden', server.caller(), list, withKey(keys.elsewhere));
    expect(problem).toMatchObject({ status: 403, reason: 'server' });
    expect(server.connections).toBe(connections);
    expect((await postern.call(server.caller(), list, withKey(keys.reading))).status).toBe(200);
  });

  it.each([
    ['127.1', 200],
    ['0x7f000001', 200],
    ['127.0.0.1.', 200],
    ['localhost', 403],
    ['[::1]', 403],
    ['[::ffff:127.0.0.1]', 403],
  ])('knows a server in every spelling, and takes no other for it (%s)', async (host, status) => {
    const caller = server.caller(`pop3://${host}:${server.port}?security=none`);
    expect((await postern.call(caller, list, withKey(keys.reading))).status).toBe(status);
  });

  it('does nothing by any operation on another server', async () => {
    const connections = server.connections;
    const operations = await operationsOf();
    expect(operations.length).toBeGreaterThan(30);
    for (const { method, path, body } of operations) {
      const caller = server.caller(
        path.startsWith('/v1/imap') ? server.caller().mailServer.replace('pop3', 'imap') : undefined,
      );
      const headers = { ...accountHeaders(caller), ...withKey(keys.elsewhere).headers };
      const answer = await fetch(postern.url + path, {
        method,
        headers: {
          ...headers,
          ...(method === 'GET' ? {} : { 'Content-Type': body === null ? 'message/rfc822' : 'application/json' }),
        },
        ...(method === 'GET' || method === 'DELETE' ? {} : { body: body ?? '' }),
      });
      expect(`${method} ${path}: ${await answer.text()}`).toContain('/problems/caller-forbidden');
    }
    expect(server.connections).toBe(connections);
  });
});

it.each([
  ['a maildrop', 'localhost', '127.0.0.1'],
  ['the mailbox', '127.0.0.1', 'localhost'],
])('a key for some servers gathers nothing where %s is on another one', async (_what, fromHost, intoHost) => {
  const connections = server.connections;
  const { user, password } = server.caller();
  const accountAt = (protocol: string, host: string) => ({
    server: `${protocol}://${host}:${server.port}?security=none`,
    user,
    password,
  });
  const body = {
    from: [accountAt('pop3', fromHost)],
    into: { ...accountAt('imap', intoHost), mailboxId: 'inbox' },
    keep: true,
  };
  const call = { body, ...withKey(keys.here) };
  const problem = await postern.problem('caller-forbidden', null, '/v1/consolidations', call);
  expect(problem).toMatchObject({ reason: 'server' });
  expect(server.connections).toBe(connections);
});

describe('a key for some scopes', () => {
  it('is for nothing else, whatever the account allows', async () => {
    const calls = [
      ['DELETE', `${list}/YQ`, {}],
      ['POST', '/v1/pop/prune', { olderThanDays: 1 }],
      ['POST', '/v1/pop/downloads/ack', { receipt: 'x' }],
    ] as const;
    for (const [method, path, body] of calls) {
      const call = { method, ...withKey(keys.reading), ...(method === 'POST' ? { body } : {}) };
      const problem = await postern.problem('caller-forbidden', server.caller(), path, call);
      expect(problem).toMatchObject({ status: 403, reason: 'scope' });
    }
    expect(server.commands.filter((command) => command.startsWith('DELE'))).toEqual([]);
  });
});

interface Operation {
  readonly method: string;
  readonly path: string;
  /** JSON; null where a message is sent. */
  readonly body: string | null;
}

/** What a body has to say so that it names an account: of each operation whose account is not in the headers. */
const bodies: Readonly<Record<string, () => unknown>> = {
  createCapsule: () => {
    const { user, password, mailServer } = server.caller();
    return { server: mailServer, user, password };
  },
  consolidateMaildrops: () => {
    const { user, password, mailServer } = server.caller();
    const into = { server: mailServer.replace('pop3', 'imap'), user: 'ada', password, mailboxId: 'inbox' };
    return { from: [{ server: mailServer, user, password }], into };
  },
};

/** What names no account that is there already: who may call which server by them, their own tests say. */
const withoutAccount = ['discoverServers', 'startSignIn', 'prepareSignIn', 'finishSignIn', 'redeemSignIn'];

/** All operations of the contract that are about somebody's mail. */
async function operationsOf(): Promise<readonly Operation[]> {
  const contract = parse(await readFile(join(import.meta.dirname, '..', '..', 'openapi.yaml'), 'utf8'));
  const operations: Operation[] = [];
  for (const [template, item] of Object.entries<Record<string, unknown>>(contract.paths)) {
    for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
      const operation = item[method];
      if (!template.startsWith('/v1/') || typeof operation !== 'object' || operation === null) continue;
      const isMessage = JSON.stringify(operation).includes(
        '"message/rfc822":{"schema":{"type":"string","format":"binary"',
      );
      const id = 'operationId' in operation ? String(operation.operationId) : '';
      if (withoutAccount.includes(id)) continue;
      const path = template.replace(/\{mailbox\}/, 'inbox').replace(/\{\w+\}/g, '1.1');
      const body = isMessage && method !== 'get' ? null : JSON.stringify(bodies[id]?.() ?? {});
      operations.push({ method: method.toUpperCase(), path, body });
    }
  }
  return operations;
}
