/**
 * `/v1/oauth`: people sign in with their provider, and a capsule comes of it.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { MintedCapsuleSchema } from '../account/schema.ts';
import type { Gateway } from '../http/context.ts';
import { jsonBody } from '../http/faults.ts';
import { callerSecurity } from '../http/operation.ts';
import { originOf } from '../http/origin.ts';
import { mailServerProblems, problemAnswers } from '../http/problems.ts';
import { refuseInvalid } from '../http/validation.ts';
import { authorizationUrl, providerOf, signInFor } from './begin.ts';
import { digestOf, leadTo } from './browser.ts';
import { answerCallback } from './callback.ts';
import { capsuleFrom } from './finish.ts';
import {
  CallbackQuery,
  ProviderPath,
  StartedSchema,
  StartQuery,
  StartRequestSchema,
  TokenRequestSchema,
} from './schema.ts';
import { failedAs, returnedOf, signInOf, ticketFor } from './sign-in.ts';

const beginProblems = [
  ...['request-invalid', 'provider-unknown', 'provider-unavailable', 'authorization-failed'],
  ...['caller-unknown', 'caller-unverified', 'caller-forbidden', 'rate-limited'],
  ...['deadline-exceeded', 'misconfigured', 'internal'],
] as const;

/** What can come between a provider's code and a capsule. */
const endProblems = [
  ...mailServerProblems.filter((kind) => kind !== 'credentials-missing' && kind !== 'protocol-mismatch'),
  ...(['authorization-failed', 'maildrop-locked', 'unsupported-by-server'] as const),
];

const startSignIn = createRoute({
  method: 'get',
  path: '/v1/oauth/{provider}/start',
  operationId: 'startSignIn',
  tags: ['Account'],
  summary: 'Send a browser to a provider to sign in',
  description:
    'For a browser to open. It goes on to the provider, where its user agrees, and comes back with a capsule for the provider’s own mail server. Where the operator asks for keys, which no link can carry, begin with POST.',
  security: callerSecurity,
  request: { params: ProviderPath, query: StartQuery },
  responses: {
    302: { description: 'To the provider.' },
    ...problemAnswers(...beginProblems),
  },
});

const prepareSignIn = createRoute({
  method: 'post',
  path: '/v1/oauth/{provider}/start',
  operationId: 'prepareSignIn',
  tags: ['Account'],
  summary: 'Make a link for a browser to sign in with',
  description:
    'The same as GET with all of it sealed in one link, so that it can be made by whoever has the operator’s key and opened by somebody who has not.',
  security: callerSecurity,
  middleware: [jsonBody] as const,
  request: {
    params: ProviderPath,
    body: { required: true, content: { 'application/json': { schema: StartRequestSchema } } },
  },
  responses: {
    200: { description: 'The link.', content: { 'application/json': { schema: StartedSchema } } },
    ...problemAnswers(...beginProblems, 'body-too-large', 'media-type-unsupported'),
  },
});

const finishSignIn = createRoute({
  method: 'get',
  path: '/v1/oauth/{provider}/callback',
  operationId: 'finishSignIn',
  tags: ['Account'],
  summary: 'Come back from a provider',
  description:
    'For providers to send browsers back to (RFC 6749 §4.1.2). It is good once, in the browser in which the sign-in began. With `returnTo` it goes on there, with `code` and `state`, or with `error`: `access_denied`, `server_error` or `temporarily_unavailable`.',
  security: [],
  request: { params: ProviderPath, query: CallbackQuery },
  responses: {
    200: {
      description: 'The capsule, on a page for people; as JSON where that is what is accepted.',
      content: { 'text/html': { schema: z.string() }, 'application/json': { schema: MintedCapsuleSchema } },
    },
    302: { description: 'To the application.' },
    ...problemAnswers(...endProblems),
  },
});

const redeemSignIn = createRoute({
  method: 'post',
  path: '/v1/oauth/token',
  operationId: 'redeemSignIn',
  tags: ['Account'],
  summary: 'Fetch the capsule that a sign-in has come to',
  description:
    'For the application that got `code` at its `returnTo`. Logs in once at the provider’s mail server. The code is good once, for a minute, and for whoever has the code verifier.',
  security: callerSecurity,
  middleware: [jsonBody] as const,
  request: { body: { required: true, content: { 'application/json': { schema: TokenRequestSchema } } } },
  responses: {
    201: {
      description: 'The capsule. It is shown this once.',
      content: { 'application/json': { schema: MintedCapsuleSchema } },
    },
    ...problemAnswers(...endProblems, 'body-too-large', 'media-type-unsupported'),
  },
});

export const oauth2Routes = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(startSignIn, async (c) => {
    const provider = providerOf(c, c.req.valid('param').provider);
    const { ticket, ...fields } = c.req.valid('query');
    const signIn = ticket === undefined ? signInFor(c, provider, fields, 'query') : await signInOf(c.env, ticket);
    if (signIn.provider !== provider.name) throw failedAs('state-invalid');
    return leadTo(c, await authorizationUrl(c, provider, signIn));
  })
  .openapi(prepareSignIn, async (c) => {
    const provider = providerOf(c, c.req.valid('param').provider);
    const ticket = await ticketFor(c.env, signInFor(c, provider, c.req.valid('json'), 'body'));
    const url = new URL(`${originOf(c.env.OAUTH2_ORIGIN, c.req.url)}/v1/oauth/${provider.name}/start`);
    url.searchParams.set('ticket', ticket);
    return c.json({ url: url.href }, 200, { 'Cache-Control': 'no-store' });
  })
  .openapi(finishSignIn, async (c) => answerCallback(c, c.req.valid('param').provider, c.req.valid('query').state))
  .openapi(redeemSignIn, async (c) => {
    const { code, codeVerifier } = c.req.valid('json');
    const returned = await returnedOf(c.env, code);
    if ((await digestOf(codeVerifier)) !== returned.signIn.application?.codeChallenge) throw failedAs('code-refused');
    return c.json(await capsuleFrom(c, returned), 201, { 'Cache-Control': 'no-store' });
  });
