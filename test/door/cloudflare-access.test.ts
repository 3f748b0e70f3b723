/**
 * What do ACCESS_TEAM_DOMAIN and ACCESS_AUDIENCE have to look like?
 */
import { expect, it } from 'vitest';
import { Failed, type MailFailure } from '../../src/core/failure.ts';
import { type AccessPolicy, accessPolicyOf } from '../../src/door/cloudflare-access.ts';

const issuer = 'https://team.cloudflareaccess.com';

function policyOf(domain: string, audience: string, development = 'false'): AccessPolicy | MailFailure | null {
  try {
    return accessPolicyOf({ ACCESS_TEAM_DOMAIN: domain, ACCESS_AUDIENCE: audience, DEVELOPMENT: development });
  } catch (error) {
    if (error instanceof Failed) return error.failure;
    throw error;
  }
}

it('are a team and its applications', () => {
  expect(policyOf(issuer, 'one, two')).toEqual({ issuer, audiences: ['one', 'two'], isDevelopment: false });
});

it('are both empty where Access is not used', () => {
  expect(policyOf('', '')).toBeNull();
  expect(policyOf('', ' ,')).toBeNull();
});

it.each([
  ['ACCESS_AUDIENCE', issuer, ''],
  ['ACCESS_TEAM_DOMAIN', '', 'one'],
  ['ACCESS_TEAM_DOMAIN', 'team.cloudflareaccess.com', 'one'],
  ['ACCESS_TEAM_DOMAIN', 'team', 'one'],
  ['ACCESS_TEAM_DOMAIN', `${issuer}/`, 'one'],
  ['ACCESS_TEAM_DOMAIN', `${issuer}/cdn-cgi/access/certs`, 'one'],
  ['ACCESS_TEAM_DOMAIN', 'http://team.cloudflareaccess.com', 'one'],
])('fail when %s is missing or is no origin (%s, %s)', (variable, domain, audience) => {
  expect(policyOf(domain, audience)).toEqual({ kind: 'misconfigured', variable });
});

it('may name a team of one’s own in development', () => {
  expect(policyOf('http://127.0.0.1:8080', 'one', 'true')).toMatchObject({ issuer: 'http://127.0.0.1:8080' });
});
