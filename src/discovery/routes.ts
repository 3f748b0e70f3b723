/**
 * `POST /v1/discover`: which servers has this address, and which protocol is the better one for its mail?
 */
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { fullAccess } from '../core/access.ts';
import { type Account, toMessage } from '../core/account.ts';
import { mayCall } from '../core/caller.ts';
import { within } from '../core/deadline.ts';
import { Failed } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { failedBy, notTried, type Probed } from '../core/probed.ts';
import { Secret } from '../core/secret.ts';
import { refusalOf } from '../core/server.ts';
import { guardedFetch } from '../egress/guarded-fetch.ts';
import { objectNameOf } from '../http/account-object.ts';
import { admitted } from '../http/admission.ts';
import type { Gateway } from '../http/context.ts';
import { jsonBody } from '../http/faults.ts';
import { callerSecurity } from '../http/operation.ts';
import { problemAnswers } from '../http/problems.ts';
import { refuseInvalid } from '../http/validation.ts';
import { mailAddressOf } from './address.ts';
import type { Probe } from './common-names.ts';
import { discover } from './discover.ts';
import { discoveredJson } from './discovered-json.ts';
import { DiscoveredSchema, DiscoveryRequestSchema } from './schema.ts';
import { type LogIn, unchecked, verified } from './verify.ts';

const findServers = createRoute({
  method: 'post',
  path: '/v1/discover',
  operationId: 'discoverServers',
  tags: ['Account'],
  summary: 'Find the mail servers of an address, and whether POP or IMAP',
  description:
    'Asks the domain itself, Thunderbird’s database of providers, the DNS and a table of known providers, all at once; only if none of them is sure, common names are tried. IMAP and POP3 side by side, the best first, each with who says so and how sure that is, and what became of every source. With `password` the best are tried, step by step. Nothing is stored. docs/discovery.md says what is sent to whom.',
  security: callerSecurity,
  middleware: [jsonBody] as const,
  request: { body: { required: true, content: { 'application/json': { schema: DiscoveryRequestSchema } } } },
  responses: {
    200: {
      description: 'What was found, which may be nothing.',
      content: { 'application/json': { schema: DiscoveredSchema } },
    },
    ...problemAnswers(
      'request-invalid',
      'body-too-large',
      'media-type-unsupported',
      'caller-unknown',
      'caller-unverified',
      'caller-forbidden',
      'rate-limited',
      'deadline-exceeded',
      'misconfigured',
      'internal',
    ),
  },
});

export const discoveryRoutes = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(
  findServers,
  async (c) => {
    const { email, password, answers } = c.req.valid('json');
    const address = mailAddressOf(email);
    // The schema has taken it for one.
    if (address === null) throw new Failed({ kind: 'internal' });
    const development = c.env.DEVELOPMENT === 'true';
    const probe = probeFor(c);
    const discovered = await discover({
      address,
      probe,
      fetch: guardedFetch(development),
      signal: AbortSignal.timeout(limits.discoveryMs),
      refusalOf: (server) => refusalOf(server, development),
      dnsOverHttps: urlOrNone(c.env, 'DNS_OVER_HTTPS'),
      ispDatabase: urlOrNone(c.env, 'ISP_DATABASE'),
    });
    const { candidates } = discovered;
    const secret = password === undefined ? null : new Secret(password);
    const checked = secret === null ? unchecked(candidates) : await verified(candidates, probe, logInFor(c, secret));
    const headers = { 'Cache-Control': 'no-store' };
    return c.json(discoveredJson(address.domain, discovered, checked, answers ?? {}), 200, headers);
  },
);

/** Empty: the operator wants nobody asked. */
function urlOrNone(env: Env, variable: 'DNS_OVER_HTTPS' | 'ISP_DATABASE'): string | null {
  const url = env[variable];
  if (url === '') return null;
  if (!URL.canParse(url)) throw new Failed({ kind: 'misconfigured', variable });
  return url;
}

/** Servers that the operator's key is not for are not called, however they were found. */
const probeFor =
  (c: Context<Gateway>): Probe =>
  async (servers) => {
    const allowed = servers.filter(({ host }) => mayCall(c.get('caller'), host));
    const found = allowed.length === 0 ? [] : await c.env.PROBE.look(allowed);
    const seen = new Map(allowed.map((server, index) => [server, found[index]]));
    return servers.map((server) => seen.get(server) ?? notAllowed);
  };

const notAllowed: Probed = {
  host: failedBy({ kind: 'caller-forbidden', reason: 'server' }),
  tls: notTried,
  greeting: notTried,
};

/** By way of the account's object, so that its login guard has seen it: nobody can guess passwords here either. */
const logInFor =
  (c: Context<Gateway>, secret: Secret): LogIn =>
  async (server, user) => {
    const asked = { server, user, credential: { kind: 'password', secret }, access: fullAccess } as const;
    const account = await admitted(c, asked, { protocol: 'any', scope: 'read', reach: 'account' });
    const { result } = await within(limits.verifyingLoginMs, 'login', loginOf(c, account));
    return result.ok ? null : result.failure;
  };

async function loginOf({ env }: Context<Gateway>, account: Account) {
  const name = await objectNameOf(env, account);
  const message = toMessage(account);
  return account.server.protocol === 'imap'
    ? env.MAILBOX.getByName(name).capabilities(message)
    : env.MAILDROP.getByName(name).capabilities(message);
}
