/**
 * Whose mail does a request ask for?
 *
 * `Authorization: Bearer pstn_…`, a capsule, says it all; or `Basic …`, or `Bearer …` with `Mail-User`, and `Mail-Server`. The credential is wrapped here, and nothing
 * behind this line sees it bare but the connection that logs in.
 */
import { Buffer } from 'node:buffer';
import type { Context, MiddlewareHandler } from 'hono';
import { fullAccess } from '../core/access.ts';
import type { Account } from '../core/account.ts';
import { type Capsule, capsulePrefix, openCapsule, revokedIn } from '../core/capsule.ts';
import { Failed, type FieldError } from '../core/failure.ts';
import { Secret } from '../core/secret.ts';
import { mailServerRemedy, parseMailServer } from '../core/server.ts';
import { keyringOf } from './account-object.ts';
import { admitted, type Need } from './admission.ts';
import type { Gateway } from './context.ts';

/** Sets `account` and `capsule`, or fails before anything is dialled. Each route says what it does with the account. */
export const mailAccount =
  (protocol: Need['protocol'], scope: Need['scope'], reach: Need['reach'] = 'mailboxes'): MiddlewareHandler<Gateway> =>
  async (c, next) => {
    const capsule = await capsuleIn(c);
    const account = capsule?.account ?? accountOf(c);
    c.set('capsule', capsule);
    c.set('account', await admitted(c, account, { protocol, scope, reach }));
    await next();
  };

function accountOf(c: Context<Gateway>): Account {
  const { user, credential } = proofOf(c, bearerOf(c));
  const header = c.req.header('Mail-Server');
  if (header === undefined) throw invalid('Mail-Server', mailServerRemedy);
  const server = parseMailServer(header);
  if (!server.ok) throw new Failed(server.failure);
  return { server: server.value, user, credential, access: fullAccess };
}

/** RFC 6750 §2.1. */
const bearerOf = (c: Context<Gateway>): string | undefined =>
  /^Bearer +(\S+)$/i.exec(c.req.header('Authorization') ?? '')?.[1];

async function capsuleIn(c: Context<Gateway>): Promise<Capsule | null> {
  const token = bearerOf(c);
  if (token?.startsWith(capsulePrefix) !== true) return null;
  for (const field of ['Mail-Server', 'Mail-User']) {
    if (c.req.header(field) !== undefined)
      throw invalid(field, 'Leave it out: the capsule says whose mail it is, and where.');
  }
  return capsuleOf(c.env, token);
}

type Proof = Pick<Account, 'user' | 'credential'>;

function proofOf(c: Context<Gateway>, accessToken: string | undefined): Proof {
  if (accessToken !== undefined) return tokenProofOf(c.req.header('Mail-User'), accessToken);
  const { user, password } = basicProofOf(c.req.header('Authorization') ?? '');
  if (user === '' || password === '') throw invalid('Authorization', 'Give both a user and a password.');
  // A line break would end the login command and begin another one.
  if (/[\r\n\0]/.test(user + password)) {
    throw invalid('Authorization', 'User and password must not hold CR, LF or NUL.');
  }
  // It would be sent to whichever server is named, and is of no use there but to somebody who collects it.
  if (password.startsWith(capsulePrefix))
    throw invalid('Authorization', 'Send a capsule as Bearer, with nothing beside it.');
  return { user, credential: { kind: 'password', secret: new Secret(password) } };
}

/** RFC 7617: user and password in UTF-8, apart at the first colon. */
function basicProofOf(header: string): { readonly user: string; readonly password: string } {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header.trim()) ?? [];
  if (encoded === undefined) throw new Failed({ kind: 'credentials-missing' });
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) throw new Failed({ kind: 'credentials-missing' });
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function tokenProofOf(user: string | undefined, token: string): Proof {
  if (user === undefined || user === '') throw invalid('Mail-User', 'Say whose mail the access token is for.');
  // SASL separates its fields by control characters (RFC 7628 §3.1).
  const isUnsendable = [user, token].some((text) => /\p{Cc}/u.test(text));
  if (isUnsendable) throw invalid('Mail-User', 'User and access token must not hold control characters.');
  return { user, credential: { kind: 'access-token', secret: new Secret(token) } };
}

const invalid = (field: string, message: string): Failed => {
  const error: FieldError = { in: 'header', field, message };
  return new Failed({ kind: 'request-invalid', errors: [error] });
};

/** Opens a capsule. Fails with `capsule-invalid`, `capsule-expired` or `capsule-revoked`. */
export async function capsuleOf(env: Env, token: string): Promise<Capsule> {
  const opened = await openCapsule(
    keyringOf(env),
    revokedIn(env.REVOKED_CAPSULES),
    Math.floor(Date.now() / 1000),
    token,
  );
  if (!opened.ok) throw new Failed(opened.failure);
  return opened.value;
}
