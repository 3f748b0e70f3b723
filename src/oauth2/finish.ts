/**
 * What does a sign-in come to?
 *
 * The provider's code becomes a refresh token, and that a capsule, once the provider's own mail server has let it in.
 */
import type { Context } from 'hono';
import { type MintedCapsule, mintCapsule } from '../account/mint.ts';
import { fullAccess } from '../core/access.ts';
import { Failed, ok, type Result } from '../core/failure.ts';
import type { Gateway } from '../http/context.ts';
import { AuthorizationServer, type Tokens } from './authorization-server.ts';
import { providerOf } from './begin.ts';
import type { Provider } from './provider.ts';
import { failedAs, type Returned, type SignIn } from './sign-in.ts';

/** Fails with `authorization-failed`, `provider-unavailable`, `misconfigured`, or as a first capsule does. */
export async function capsuleFrom(c: Context<Gateway>, { signIn, ...redemption }: Returned): Promise<MintedCapsule> {
  const provider = providerOf(c, signIn.provider);
  const authorizationServer = new AuthorizationServer(provider, c.env.DEVELOPMENT === 'true');
  const tokens = unfailed(await authorizationServer.redeemed(redemption));
  if (tokens.refreshToken === null) throw failedAs('refresh-token-missing');
  const claims = unfailed(await claimsOf(authorizationServer, provider, tokens));
  const server = provider.servers[signIn.protocol];
  // The operator has taken it away meanwhile.
  if (server === null) throw new Failed({ kind: 'provider-unknown' });
  const credential = { kind: 'refresh-token' as const, provider: provider.name, secret: tokens.refreshToken };
  const account = { server, user: userIn(claims, provider, signIn), credential, access: fullAccess };
  const { scopes, mailboxes, expiresInSeconds } = signIn;
  return mintCapsule(c, account, { scopes, mailboxes, expiresInSeconds });
}

type Claims = Readonly<Record<string, unknown>>;

function claimsOf(
  server: AuthorizationServer,
  { userFrom }: Provider,
  tokens: Tokens,
): Promise<Result<Claims>> | Result<Claims> {
  return userFrom.place === 'userinfo' ? server.userInfo(tokens) : ok(tokens.claims);
}

/** The provider's word before that of whoever began; the mail server has the last one. */
function userIn(claims: Claims, { userFrom }: Provider, { user }: SignIn): string {
  const told = userFrom.place === 'request' ? undefined : claims[userFrom.claim];
  const name = told ?? user;
  // It goes into commands of a login, and into SASL, whose fields end with control characters (RFC 7628 §3.1).
  const isName = typeof name === 'string' && name !== '' && name.length <= longestName && !/\p{Cc}/u.test(name);
  if (!isName) throw failedAs('user-unknown');
  return name;
}

/** An address has 254 octets at most (RFC 5321 §4.5.3.1.3); some servers know users by longer names. */
const longestName = 320;

function unfailed<T>(result: Result<T>): T {
  if (!result.ok) throw new Failed(result.failure);
  return result.value;
}
