/**
 * Where the operator asks for keys: who may begin a sign-in, and does it come to no more than the key allows?
 */
import { expect, it } from 'vitest';
import { StartedSchema } from '../../src/oauth2/schema.ts';
import { apiKeys, newKey, withKey } from '../support/api-keys.ts';
import { application, challengeOf, codeVerifier, locationOf, oauth2Stage } from '../support/oauth2-stage.ts';

const reader = newKey();
const elsewhere = newKey();
const keys = apiKeys(
  { label: 'reader', key: reader, scopes: ['read'] },
  { label: 'elsewhere', key: elsewhere, servers: ['imap.other.example'] },
);
const stage = oauth2Stage({ variables: { API_KEYS: keys } });

const start = '/v1/oauth/acme/start';

const linkFor = async (body: object): Promise<string> => {
  const answer = await stage.postern.call(null, start, { body, ...withKey(reader) });
  return new URL(StartedSchema.parse(await answer.json()).url).search;
};

it('nobody begins one without a key, but by a link that somebody made who has one', async () => {
  const { user } = await stage.somebody();
  await stage.postern.problem('caller-unknown', null, start);
  await stage.postern.problem('caller-unknown', null, start, { body: {} });
  const capsule = await stage.capsule(await linkFor({}));
  expect(capsule.account.user).toBe(user);
  expect(capsule.access.scopes).toEqual(['read']);
});

it('nothing is asked for that the key does not allow', async () => {
  const wide = { body: { scopes: ['read', 'delete'] }, ...withKey(reader) };
  expect(await stage.postern.problem('caller-forbidden', null, start, wide)).toMatchObject({ reason: 'scope' });
  const far = { body: {}, ...withKey(elsewhere) };
  expect(await stage.postern.problem('caller-forbidden', null, start, far)).toMatchObject({ reason: 'server' });
});

it('an application fetches what it came to with a key, and not without', async () => {
  await stage.somebody();
  const link = await linkFor({ returnTo: application, codeChallenge: challengeOf(codeVerifier) });
  const code = locationOf(await stage.callback(await stage.returning(link))).searchParams.get('code');
  const body = { code, codeVerifier };
  await stage.postern.problem('caller-unknown', null, '/v1/oauth/token', { body });
  const other = { body, ...withKey(elsewhere) };
  expect(await stage.postern.problem('caller-forbidden', null, '/v1/oauth/token', other)).toMatchObject({
    reason: 'server',
  });
});

it('a callback is let in without a key, and no further than its state allows', async () => {
  const problem = await stage.postern.problem('authorization-failed', null, '/v1/oauth/acme/callback?code=1&state=x');
  expect(problem).toMatchObject({ reason: 'state-invalid' });
  const ticket = await stage.postern.problem('authorization-failed', null, `${start}?ticket=x`);
  expect(ticket).toMatchObject({ reason: 'state-invalid' });
});
