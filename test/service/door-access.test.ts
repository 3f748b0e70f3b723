/**
 * Whom does a Postern behind Cloudflare Access let in?
 */
import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { exportSPKI, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AccessTeam,
  audience,
  email,
  newTeamKey,
  person,
  startAccessTeam,
  type TeamKey,
} from '../support/access-team.ts';
import { apiKeys, newKey, withKey } from '../support/api-keys.ts';
import { type PopServer, startPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

const list = '/v1/pop/messages';
const key = newKey();

let team: AccessTeam;
let teamKey: TeamKey;
let postern: Postern;
let server: PopServer;
beforeAll(async () => {
  teamKey = await newTeamKey('first');
  team = await startAccessTeam(teamKey, await newTeamKey('second', 'ES256'));
  postern = await startPostern({
    variables: {
      ACCESS_TEAM_DOMAIN: team.issuer,
      ACCESS_AUDIENCE: `${'0'.repeat(64)}, ${audience}`,
      API_KEYS: apiKeys({ key, label: 'web' }),
    },
  });
  server = await startPopServer();
});
afterAll(async () => {
  await server.stop();
  await postern.stop();
  await team.stop();
});

const asserted = (assertion: string, id?: string) => ({
  headers: { 'Cf-Access-Jwt-Assertion': assertion, ...(id === undefined ? {} : { 'X-Request-Id': id }) },
});
const statusWith = async (assertion: string, id?: string): Promise<number> =>
  (await postern.call(server.caller(), list, asserted(assertion, id))).status;

/** The label that a call was logged with. */
async function labelOf(id: string): Promise<string> {
  const lines = () => postern.log.filter((line) => line.includes(id));
  await expect.poll(lines).toHaveLength(1);
  return /"caller":"([^"]*)"/.exec(lines()[0] ?? '')?.[1] ?? '';
}

describe('somebody whom Access has let through', () => {
  it('is let in, and called by a label that tells neither address nor name', async () => {
    expect(await statusWith(await team.assertion(teamKey), 'a-person-1')).toBe(200);
    expect(await labelOf('a-person-1')).toMatch(/^access-user-[\w-]{12}$/);
    expect(postern.log.join('\n')).not.toContain(email);
    expect(postern.log.join('\n')).not.toContain(person);
  });

  it('is called the same each time, and unlike anybody else', async () => {
    await statusWith(await team.assertion(teamKey), 'a-person-2');
    await statusWith(await team.assertion(teamKey, { sub: 'another' }), 'a-person-3');
    const labels = await Promise.all(['a-person-1', 'a-person-2', 'a-person-3'].map(labelOf));
    expect(new Set(labels.slice(0, 2)).size).toBe(1);
    expect(new Set(labels).size).toBe(2);
  });

  it('may be a program with a service token', async () => {
    const claims = { sub: '', email: null, common_name: '0123456789abcdef.access' };
    expect(await statusWith(await team.assertion(teamKey, claims), 'a-service-1')).toBe(200);
    expect(await labelOf('a-service-1')).toMatch(/^access-service-[\w-]{12}$/);
  });

  it('may have been signed for with any of the keys that the team shows', async () => {
    expect(await statusWith(await team.assertion(team.keys[1] ?? teamKey))).toBe(200);
  });

  it('costs no question to the team, but the first', async () => {
    const { asked } = team;
    await Promise.all(Array.from({ length: 20 }, async () => statusWith(await team.assertion(teamKey))));
    expect(team.asked).toBe(asked);
  });
});

const now = (): number => Math.floor(Date.now() / 1000);
const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('an assertion', () => {
  const claimed = (claims: Readonly<Record<string, unknown>>) => () => team.assertion(teamKey, claims);
  const parts = async (): Promise<[string, string, string]> => {
    const [header = '', payload = '', signature = ''] = (await team.assertion(teamKey)).split('.');
    return [header, payload, signature];
  };

  it.each<[string, () => Promise<string>]>([
    ['for another application', claimed({ aud: ['e'.repeat(64)] })],
    ['for no application', claimed({ aud: null })],
    ['for the list of our applications as one', claimed({ aud: [`${'0'.repeat(64)}, ${audience}`] })],
    ['of another team', claimed({ iss: 'https://other.cloudflareaccess.com' })],
    ['of no team', claimed({ iss: null })],
    ['of a team whose name only begins like ours', claimed({ iss: `${'http://127.0.0.1'}:1` })],
    ['that has expired', claimed({ exp: now() - 60 })],
    ['that never expires', claimed({ exp: null })],
    ['that is not good yet', claimed({ nbf: now() + 600 })],
    ['about nobody', claimed({ sub: '' })],
    ['about nobody at all', claimed({ sub: null })],
    ['whose signature was cut off', async () => `${(await parts()).slice(0, 2).join('.')}.`],
    [
      'whose claims were changed',
      async () => {
        const [header, , signature] = await parts();
        return `${header}.${json({ iss: team.issuer, aud: [audience], sub: 'root', exp: now() + 300 })}.${signature}`;
      },
    ],
    [
      'that says that it needs no signature',
      async () => {
        const [, payload] = await parts();
        return `${json({ alg: 'none', kid: 'first', typ: 'JWT' })}.${payload}.`;
      },
    ],
    [
      'signed with the public key, as if it were a password',
      async () => {
        const [, payload] = await parts();
        const publicKey = await importJWK({ ...teamKey.publicJwk, ext: true }, 'RS256', { extractable: true });
        if (publicKey instanceof Uint8Array) throw new Error('no key pair');
        const signed = `${json({ alg: 'HS256', kid: 'first', typ: 'JWT' })}.${payload}`;
        return `${signed}.${createHmac('sha256', await exportSPKI(publicKey))
          .update(signed)
          .digest('base64url')}`;
      },
    ],
    ['signed with another key of the same name', async () => team.assertion(await newTeamKey('first'))],
    ['with a key that nobody knows', async () => team.assertion(await newTeamKey('unknown'))],
    [
      'that brings its key along',
      async () => {
        const own = await newTeamKey('own');
        const [, payload] = await parts();
        const [, , signature] = (await team.assertion(own)).split('.');
        return `${json({ alg: 'RS256', kid: 'own', jwk: own.publicJwk, jku: `${team.issuer}/own` })}.${payload}.${signature}`;
      },
    ],
    ['that is none', async () => 'abc'],
    ['that is empty', async () => ''],
    ['twice', async () => `${await team.assertion(teamKey)}, ${await team.assertion(teamKey)}`],
  ])('%s is refused', async (_what, made) => {
    const connections = server.connections;
    const problem = await postern.problem('caller-unknown', server.caller(), list, asserted(await made()));
    expect(problem).toMatchObject({ status: 401, reason: 'refused' });
    expect(server.connections).toBe(connections);
  });

  it('is not looked for in a cookie', async () => {
    const headers = { Cookie: `CF_Authorization=${await team.assertion(teamKey)}` };
    const problem = await postern.problem('caller-unknown', server.caller(), list, { headers });
    expect(problem).toMatchObject({ reason: 'missing' });
  });

  it('does not make up for a wrong key, and a key needs none', async () => {
    const both = { headers: { ...withKey(newKey()).headers, ...asserted(await team.assertion(teamKey)).headers } };
    await postern.problem('caller-unknown', server.caller(), list, both);
    expect((await postern.call(server.caller(), list, withKey(key))).status).toBe(200);
  });
});

describe('the keys of the team', () => {
  it('may change: a new one is known soon, without anybody starting anything', async () => {
    const next = await newTeamKey('third');
    team.keys = [next];
    await expect.poll(async () => statusWith(await team.assertion(next)), { timeout: 20_000, interval: 200 }).toBe(200);
    expect(await statusWith(await team.assertion(teamKey))).toBe(401);
  });

  it.each([
    { status: 500, body: '{}' },
    { status: 200, body: '<html>' },
    { status: 200, body: '{"keys":"none"}' },
    { status: 302, body: '' },
  ])('are missing: nobody is let in by them, and told to come again ($status $body)', async (failure) => {
    const other = await startAccessTeam(teamKey);
    other.failure = failure;
    const variables = { ACCESS_TEAM_DOMAIN: other.issuer, ACCESS_AUDIENCE: audience };
    const alone = await startPostern({ variables });
    const call = asserted(await other.assertion(teamKey));
    const problem = await alone.problem('caller-unverified', server.caller(), list, call);
    expect(problem).toMatchObject({ status: 503, retryAfterSeconds: 5 });
    other.failure = null;
    expect((await alone.call(server.caller(), list, call)).status).toBe(200);
    await alone.stop();
    await other.stop();
  });

  it('cannot be had: nobody is let in', async () => {
    const gone = await startAccessTeam(teamKey);
    const assertion = await gone.assertion(teamKey);
    await gone.stop();
    const alone = await startPostern({ variables: { ACCESS_TEAM_DOMAIN: gone.issuer, ACCESS_AUDIENCE: audience } });
    await alone.problem('caller-unverified', server.caller(), list, asserted(assertion));
    await alone.stop();
  });
});
