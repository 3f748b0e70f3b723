/**
 * How does a sign-in begin?
 *
 * With what is wished for, judged at once and with the rights of whoever begins it; then with the way to the provider (RFC 6749
 * §4.1.1), by PKCE (RFC 7636).
 */
import type { Context } from 'hono';
import { mayCall } from '../core/caller.ts';
import { Failed, type FieldError } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Protocol } from '../core/server.ts';
import { targetRefusalOf } from '../egress/guarded-fetch.ts';
import type { Gateway } from '../http/context.ts';
import { originOf } from '../http/origin.ts';
import { AuthorizationServer } from './authorization-server.ts';
import { digestOf, markBrowser, random } from './browser.ts';
import { type Provider, providerNamed } from './provider.ts';
import { mayReturnTo } from './return-to.ts';
import type { StartFields } from './schema.ts';
import { type SignIn, stateFor } from './sign-in.ts';

/** Fails with `provider-unknown` or `misconfigured`. */
export function providerOf(c: Context<Gateway>, name: string): Provider {
  const provider = providerNamed(c.env.OAUTH2_PROVIDERS, name);
  if (!provider.ok) throw new Failed(provider.failure);
  return provider.value;
}

/** Fails with `request-invalid`, or with `caller-forbidden`. `place`: where the fields were given. */
export function signInFor(
  c: Context<Gateway>,
  provider: Provider,
  fields: StartFields,
  place: FieldError['in'],
): SignIn {
  const { protocol = 'imap', mailboxes, expiresInSeconds, user } = fields;
  const errors = errorsIn(fields, protocol, provider, c.env.OAUTH2_RETURN_TO);
  if (errors.length > 0)
    throw new Failed({ kind: 'request-invalid', errors: errors.map((error) => ({ in: place, ...error })) });
  const caller = c.get('caller');
  const server = provider.servers[protocol];
  if (server === null || !mayCall(caller, server.host))
    throw new Failed({ kind: 'caller-forbidden', reason: 'server' });
  // Whoever comes back from the provider has no key; so what the key allows is settled here.
  const scopes = fields.scopes ?? caller.scopes;
  if (!scopes.every((scope) => caller.scopes.includes(scope)))
    throw new Failed({ kind: 'caller-forbidden', reason: 'scope' });
  return {
    provider: provider.name,
    protocol,
    scopes: [...scopes],
    mailboxes: mailboxes === undefined ? undefined : [...mailboxes],
    expiresInSeconds,
    user,
    application: applicationIn(fields),
  };
}

const applicationIn = ({ returnTo, codeChallenge, state }: StartFields): SignIn['application'] =>
  returnTo === undefined || codeChallenge === undefined ? null : { returnTo, codeChallenge, state };

type Error = Omit<FieldError, 'in'>;

function errorsIn(fields: StartFields, protocol: Protocol, provider: Provider, allowed: string): Error[] {
  const { returnTo, codeChallenge, mailboxes } = fields;
  const errors: Error[] = [];
  const tell = (field: string, message: string): number => errors.push({ field, message });
  if (provider.servers[protocol] === null)
    tell('protocol', 'This provider has no such server here; give the other one.');
  if (returnTo !== undefined && !mayReturnTo(allowed, returnTo)) {
    tell('returnTo', 'The operator does not allow this address (OAUTH2_RETURN_TO).');
  }
  if (returnTo !== undefined && codeChallenge === undefined) tell('codeChallenge', 'Give one with `returnTo`.');
  for (const field of ['codeChallenge', 'state'] as const) {
    if (returnTo === undefined && fields[field] !== undefined) tell(field, 'Leave it out, or give a `returnTo`.');
  }
  if (mailboxes !== undefined && protocol === 'pop3') tell('mailboxes', 'A maildrop has no mailboxes; leave it out.');
  if (mailboxes !== undefined && mailboxes.join().length > limits.signInCharacters) {
    tell(
      'mailboxes',
      'Name fewer: all of it has to fit into a URL. The capsule can be exchanged for a lesser one later.',
    );
  }
  return errors;
}

/** Where the browser goes, which is marked. Fails with `provider-unavailable` or `misconfigured`. */
export async function authorizationUrl(c: Context<Gateway>, provider: Provider, signIn: SignIn): Promise<URL> {
  const development = c.env.DEVELOPMENT === 'true';
  const endpoint = await new AuthorizationServer(provider, development).authorizationEndpoint();
  if (!endpoint.ok) throw new Failed(endpoint.failure);
  const url = endpoint.value;
  if (targetRefusalOf(url, development) !== null)
    throw new Failed({ kind: 'misconfigured', variable: 'OAUTH2_PROVIDERS' });
  const verifier = random(32);
  const redirectUri = `${originOf(c.env.OAUTH2_ORIGIN, c.req.url)}/v1/oauth/${provider.name}/callback`;
  const parameters = {
    ...provider.parameters,
    response_type: 'code',
    client_id: provider.clientId,
    redirect_uri: redirectUri,
    scope: provider.scopes[signIn.protocol].join(' '),
    state: await stateFor(c.env, { signIn, ...(await markBrowser(c)), verifier, redirectUri }),
    code_challenge: await digestOf(verifier),
    code_challenge_method: 'S256',
    ...(signIn.user === undefined ? {} : { login_hint: signIn.user }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}
