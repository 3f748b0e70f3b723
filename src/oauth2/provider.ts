/**
 * Which providers may people sign in with, and what does each of them ask for?
 *
 * The operator's secret OAUTH2_PROVIDERS says it, a JSON object with a member for each. Both Workers read it: the gateway sends
 * people to a provider, the proxy gets access tokens from it. Nothing of its values is ever printed.
 */
import { z } from 'zod';
import { err, ok, type Result } from '../core/failure.ts';
import { logEvent } from '../core/log.ts';
import { Secret } from '../core/secret.ts';
import { type MailServer, type Protocol, parseMailServer } from '../core/server.ts';
import { google, microsoft } from './known-providers.ts';

export interface Provider {
  readonly name: string;
  readonly clientId: string;
  /** Null for a public client (RFC 6749 §2.1), which PKCE alone protects. */
  readonly clientSecret: Secret | null;
  readonly clientAuthentication: 'post' | 'basic';
  readonly issuer: string;
  /** Null: as its metadata tell (RFC 8414). */
  readonly endpoints: Endpoints | null;
  readonly scopes: Readonly<Record<Protocol, readonly string[]>>;
  /** The only servers that its tokens are for; null where it has none of that protocol. */
  readonly servers: Readonly<Record<Protocol, MailServer | null>>;
  readonly userFrom: UserSource;
  /** More parameters of the authorization request. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Endpoints {
  readonly authorization: string;
  readonly token: string;
  readonly userInfo: string | null;
}

/** Where it is said whose mail it is: in a claim (OpenID Connect Core §5.1), or by whoever begins the sign-in. */
export type UserSource =
  | { readonly place: 'id_token' | 'userinfo'; readonly claim: string }
  | { readonly place: 'request' };

const text = z.string().min(1);
const url = z.url({ protocol: /^https?$/ });
const scopes = z.array(text.regex(/^[!#-[\]-~]+$/)).min(1);
const mailServer = (protocol: Protocol) =>
  text.transform((value, context): MailServer => {
    const server = parseMailServer(value);
    if (server.ok && server.value.protocol === protocol) return server.value;
    context.addIssue({ code: 'custom', message: `a URL of a server that speaks ${protocol}` });
    return z.NEVER;
  });

const client = {
  clientId: text,
  clientSecret: text.optional(),
  clientAuthentication: z.enum(['post', 'basic']).optional(),
};

const Fields = z
  .strictObject({
    ...client,
    issuer: text,
    authorizationEndpoint: url.optional(),
    tokenEndpoint: url.optional(),
    userInfoEndpoint: url.optional(),
    scopes: z.union([
      scopes.transform((both) => ({ imap: both, pop3: both })),
      z.strictObject({ imap: scopes, pop3: scopes }),
    ]),
    imap: mailServer('imap').optional(),
    pop3: mailServer('pop3').optional(),
    userFrom: z.union([z.literal('request'), z.templateLiteral([z.enum(['id_token', 'userinfo']), '.', text])]),
    parameters: z.record(z.string(), z.string()).default({}),
  })
  .refine(
    ({ authorizationEndpoint, tokenEndpoint }) =>
      (authorizationEndpoint === undefined) === (tokenEndpoint === undefined),
  )
  .refine(({ issuer, tokenEndpoint }) => tokenEndpoint !== undefined || URL.canParse(issuer), { path: ['issuer'] })
  .refine(({ imap, pop3 }) => imap !== undefined || pop3 !== undefined);

export type ProviderFields = z.input<typeof Fields>;

/** Google and Microsoft are known: their operator says the client, and may say nothing else that would send tokens elsewhere. */
const Providers = z
  .strictObject({
    google: z
      .strictObject(client)
      .transform((own) => ({ ...google, ...own }))
      .pipe(Fields)
      .optional(),
    microsoft: z
      .strictObject({
        ...client,
        tenant: z
          .string()
          .regex(/^[A-Za-z0-9.-]{1,100}$/)
          .default('common'),
      })
      .transform(({ tenant, ...own }) => ({ ...microsoft(tenant), ...own }))
      .pipe(Fields)
      .optional(),
  })
  .catchall(Fields);

const isName = (name: string): boolean => /^[a-z0-9][a-z0-9-]{0,31}$/.test(name);

/** All that there are. Fails with `misconfigured`. */
export function providersIn(json: string | undefined): Result<ReadonlyMap<string, Provider>> {
  if (json === undefined || json.trim() === '') return ok(new Map());
  const parsed = Providers.safeParse(parsedOf(json));
  if (!parsed.success) return misconfigured(parsed.error.issues.map(({ path }) => path.join('.')));
  const providers = new Map<string, Provider>();
  for (const [name, fields] of Object.entries(parsed.data)) {
    if (!isName(name)) return misconfigured([name]);
    if (fields !== undefined) providers.set(name, providerOf(name, fields));
  }
  return ok(providers);
}

/** Fails with `provider-unknown`, or with `misconfigured`. */
export function providerNamed(json: string | undefined, name: string): Result<Provider> {
  const providers = providersIn(json);
  if (!providers.ok) return providers;
  const provider = providers.value.get(name);
  return provider === undefined ? err({ kind: 'provider-unknown' }) : ok(provider);
}

/** What is wrong is told to the operator alone, and by the names of its members: the values are secrets. */
function misconfigured(fields: readonly string[]): Result<never> {
  logEvent('configuration.invalid', { variable: 'OAUTH2_PROVIDERS', fields });
  return err({ kind: 'misconfigured', variable: 'OAUTH2_PROVIDERS' });
}

function parsedOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The error quotes what it could not read, which is a secret; undefined is no object of providers.
    return undefined;
  }
}

function providerOf(name: string, fields: z.output<typeof Fields>): Provider {
  const { authorizationEndpoint, tokenEndpoint, userInfoEndpoint = null } = fields;
  const isTold = authorizationEndpoint !== undefined && tokenEndpoint !== undefined;
  return {
    name,
    clientId: fields.clientId,
    clientSecret: fields.clientSecret === undefined ? null : new Secret(fields.clientSecret),
    clientAuthentication: fields.clientAuthentication ?? 'post',
    issuer: fields.issuer,
    endpoints: isTold
      ? { authorization: authorizationEndpoint, token: tokenEndpoint, userInfo: userInfoEndpoint }
      : null,
    scopes: fields.scopes,
    servers: { imap: fields.imap ?? null, pop3: fields.pop3 ?? null },
    userFrom: userSourceOf(fields.userFrom),
    parameters: fields.parameters,
  };
}

function userSourceOf(userFrom: string): UserSource {
  const [place, ...claim] = userFrom.split('.');
  return place === 'id_token' || place === 'userinfo' ? { place, claim: claim.join('.') } : { place: 'request' };
}
