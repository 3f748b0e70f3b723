/**
 * Whom has Cloudflare Access let through?
 *
 * It puts a JWT into `Cf-Access-Jwt-Assertion`, signed with a key of the team's, for one application (`aud`). That header is worth nothing
 * before it is verified: whoever reaches the Worker around Access can send one.
 */
import {
  base64url,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { anyone, type Caller } from '../core/caller.ts';
import { Failed } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { guardedFetch } from '../egress/guarded-fetch.ts';

export interface AccessPolicy {
  /** Of the team: `https://team.cloudflareaccess.com`. */
  readonly issuer: string;
  /** The application's AUD tags. */
  readonly audiences: readonly string[];
  readonly isDevelopment: boolean;
}

type AccessEnv = Pick<Env, 'ACCESS_TEAM_DOMAIN' | 'ACCESS_AUDIENCE' | 'DEVELOPMENT'>;

/** Null when the operator does not use Access. Fails with `misconfigured`, also when only half of it is set. */
export function accessPolicyOf(env: AccessEnv): AccessPolicy | null {
  const { ACCESS_TEAM_DOMAIN: issuer } = env;
  const audiences = env.ACCESS_AUDIENCE.split(/[\s,]+/).filter((audience) => audience !== '');
  if (issuer === '' && audiences.length === 0) return null;
  const isDevelopment = env.DEVELOPMENT === 'true';
  const isOrigin = URL.canParse(issuer) && new URL(issuer).origin === issuer;
  if (!isOrigin || !(isDevelopment || issuer.startsWith('https:'))) {
    throw new Failed({ kind: 'misconfigured', variable: 'ACCESS_TEAM_DOMAIN' });
  }
  if (audiences.length === 0) throw new Failed({ kind: 'misconfigured', variable: 'ACCESS_AUDIENCE' });
  return { issuer, audiences, isDevelopment };
}

/** Whom the assertion is about; null when it is not good. Fails with `caller-unverified` when that cannot be found out. */
export async function callerOfAssertion(policy: AccessPolicy, assertion: string): Promise<Caller | null> {
  try {
    const { payload } = await jwtVerify(assertion, teamKeys(policy), {
      algorithms: ['RS256', 'ES256'],
      issuer: policy.issuer,
      audience: [...policy.audiences],
      requiredClaims: ['exp'],
      clockTolerance: limits.accessClockSeconds,
    });
    const label = await labelOf(payload);
    return label === null ? null : { ...anyone, label };
  } catch (error) {
    // Whatever is wrong with a token: there is nothing in it to tell whoever forged it.
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

/** A person is told by `sub`, a service token by `common_name`. Hashed: the log shall not have either, nor is either bound to a form. */
async function labelOf({ sub, common_name: name }: JWTPayload): Promise<string | null> {
  const [kind, id] = typeof name === 'string' && name !== '' ? ['service', name] : ['user', sub ?? ''];
  if (id === '') return null;
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(id));
  return `access-${kind}-${base64url.encode(new Uint8Array(digest)).slice(0, 12)}`;
}

/** Of one team each; an isolate serves one. */
const known = new Map<string, JWTVerifyGetKey>();

function teamKeys({ issuer, isDevelopment }: AccessPolicy): JWTVerifyGetKey {
  const keys = known.get(issuer) ?? remoteKeys(issuer, isDevelopment);
  known.set(issuer, keys);
  return keys;
}

/** They are asked for again after a while, and when a token names one that is not among them: the team has got a new one. */
function remoteKeys(issuer: string, isDevelopment: boolean): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL('/cdn-cgi/access/certs', issuer), {
    [customFetch]: guardedFetch(isDevelopment),
    timeoutDuration: limits.accessKeysMs,
    cooldownDuration: limits.accessKeysAgainMs,
    cacheMaxAge: limits.accessKeysAgeMs,
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw new Failed({ kind: 'caller-unverified', retryAfterSeconds: limits.accessRetrySeconds });
    }
  };
}
