/**
 * Who may call a Postern whose operator has said nothing, or nothing that can be understood?
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { apiKeys, newKey, withKey } from '../support/api-keys.ts';
import { type PopServer, startPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

const list = '/v1/pop/messages';
const open = ['/health', '/openapi.yaml', '/openapi.json', '/problems/misconfigured'];

let server: PopServer;
beforeAll(async () => {
  server = await startPopServer();
});
afterAll(async () => {
  await server.stop();
});

async function withPostern(options: Parameters<typeof startPostern>[0], use: (postern: Postern) => Promise<void>) {
  const postern = await startPostern(options);
  try {
    await use(postern);
  } finally {
    await postern.stop();
  }
}

/** Every path of the contract, each with one of its methods. */
async function operations(): Promise<readonly (readonly [path: string, method: string])[]> {
  const contract = parse(await readFile(join(import.meta.dirname, '..', '..', 'openapi.yaml'), 'utf8'));
  return Object.entries<object>(contract.paths).flatMap(([template, item]) =>
    Object.keys(item).map((method) => [template.replace(/\{\w+\}/g, 'inbox'), method.toUpperCase()] as const),
  );
}

describe('outside of development', () => {
  it('nobody, when nothing is set: by no operation, but to read what Postern tells about itself', async () => {
    await withPostern({ development: false, variables: { ANYONE_MAY_CALL: 'false' } }, async (postern) => {
      for (const [path, method] of await operations()) {
        if (/^\/(?:health|openapi|problems\/)/.test(path)) continue;
        const problem = await postern.problem('misconfigured', server.caller(), path, {
          method,
          headers: { 'X-API-Key': newKey() },
        });
        expect(problem).toMatchObject({ status: 500, variable: 'API_KEYS' });
      }
      for (const path of open) expect((await postern.call(null, path)).status).toBe(200);
      expect(server.connections).toBe(0);
    });
  });

  it('anyone, when that is what the operator says', async () => {
    await withPostern({ development: false, variables: { ANYONE_MAY_CALL: 'true' } }, async (postern) => {
      await postern.problem('server-forbidden', server.caller(), list);
    });
  });

  it('nobody, when it is said in another way', async () => {
    await withPostern({ development: false, variables: { ANYONE_MAY_CALL: 'TRUE' } }, async (postern) => {
      await postern.problem('misconfigured', server.caller(), list);
    });
  });
});

describe('wherever it runs', () => {
  const key = newKey();
  const good = apiKeys({ key, label: 'web' });

  it.each([
    ['API_KEYS', { API_KEYS: good.slice(0, -1) }],
    // The other way in does not make up for it.
    ['ACCESS_AUDIENCE', { API_KEYS: good, ACCESS_TEAM_DOMAIN: 'https://team.cloudflareaccess.com' }],
    ['ALLOWED_ORIGINS', { API_KEYS: good, ALLOWED_ORIGINS: 'app.example.com' }],
    ['ACCOUNT_RATE', { API_KEYS: good, ACCOUNT_RATE: 'often' }],
  ])('nobody, when %s cannot be understood, whatever else is set', async (variable, variables) => {
    await withPostern({ variables }, async (postern) => {
      const problem = await postern.problem('misconfigured', server.caller(), list, withKey(key));
      expect(problem).toMatchObject({ status: 500, variable });
    });
  });

  it('nobody without a key, when there are keys, also where anyone else might call', async () => {
    await withPostern({ variables: { API_KEYS: good, ANYONE_MAY_CALL: 'true' } }, async (postern) => {
      await postern.problem('caller-unknown', server.caller(), list);
      expect((await postern.call(server.caller(), list, withKey(key))).status).toBe(200);
    });
  });

  it('nobody, when the list of keys is empty', async () => {
    await withPostern({ variables: { API_KEYS: '[]' } }, async (postern) => {
      await postern.problem('caller-unknown', server.caller(), list);
      await postern.problem('caller-unknown', server.caller(), list, withKey(key));
    });
  });
});
