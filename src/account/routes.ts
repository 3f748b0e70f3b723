/**
 * `/v1/account` and `/v1/accounts`: whose mail it is, and capsules of it.
 */
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { accountJson } from '../core/account-parts.ts';
import type { Capsule } from '../core/capsule.ts';
import { Failed } from '../core/failure.ts';
import { utcDateOf } from '../core/utc-date.ts';
import { accountNamedBy } from '../http/account-fields.ts';
import type { Gateway } from '../http/context.ts';
import { jsonBody } from '../http/faults.ts';
import { mailAccount } from '../http/mail-account.ts';
import { accountSecurity, callerSecurity } from '../http/operation.ts';
import { privateAnswer } from '../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../http/problems.ts';
import { refuseInvalid } from '../http/validation.ts';
import { abilitiesOf } from './ability.ts';
import { exchangeCapsule, mintCapsule } from './mint.ts';
import { AccountSchema, CapsuleRequestSchema, MintedCapsuleSchema } from './schema.ts';

const getAccount = createRoute({
  method: 'get',
  path: '/v1/account',
  operationId: 'getAccount',
  tags: ['Account'],
  summary: 'Check a login, and what the mail server can do',
  description: 'Logs in, over IMAP or POP3 as `Mail-Server` or the capsule says. Nothing is read or changed.',
  security: accountSecurity,
  middleware: mailAccount('any', 'read'),
  responses: {
    200: {
      description: 'The mail server took the login.',
      content: { 'application/json': { schema: AccountSchema } },
    },
    ...problemAnswers(...mailServerProblems, 'maildrop-locked'),
  },
});

const createCapsule = createRoute({
  method: 'post',
  path: '/v1/accounts',
  operationId: 'createCapsule',
  tags: ['Account'],
  summary: 'Seal a mail account in a token',
  description:
    'Logs in once, and answers a capsule: server, user, credential and what may be done with them, sealed, for you to keep and to send as `Authorization: Bearer`. Nothing is stored. With `token` in the place of server, user and credential, a capsule is exchanged for a lesser one: fewer `scopes`, some `mailboxes`, or a shorter life; never for more. A capsule ends when it expires; one alone cannot be ended before by its owner.',
  security: callerSecurity,
  middleware: [jsonBody] as const,
  request: { body: { required: true, content: { 'application/json': { schema: CapsuleRequestSchema } } } },
  responses: {
    201: {
      description: 'The capsule. It is shown this once, and is as good as the password for what it allows.',
      content: { 'application/json': { schema: MintedCapsuleSchema } },
    },
    ...problemAnswers(
      ...mailServerProblems.filter((kind) => kind !== 'credentials-missing' && kind !== 'protocol-mismatch'),
      'access-too-wide',
      'maildrop-locked',
      'body-too-large',
      'media-type-unsupported',
    ),
  },
});

export const accountRoutes = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(getAccount, async (c) => {
    const account = c.get('account');
    const { access } = account;
    const told = {
      ...{ ...accountJson(account), capsule: toldCapsule(c.get('capsule')) },
      access: { scopes: [...access.scopes], mailboxes: access.mailboxes === null ? null : [...access.mailboxes] },
      ...(await abilitiesOf(c, account)),
    };
    return c.json(told, 200, privateAnswer);
  })
  .openapi(createCapsule, async (c) => {
    const { scopes, mailboxes, expiresInSeconds, ...fields } = c.req.valid('json');
    const named = await accountNamedBy(c.env, fields);
    if (!named.ok) throw new Failed(named.failure);
    const { account, capsule } = named.value;
    const wish = { scopes, mailboxes, expiresInSeconds };
    const minted = capsule === null ? mintCapsule(c, account, wish) : exchangeCapsule(c, capsule, wish);
    return c.json(await minted, 201, { 'Cache-Control': 'no-store' });
  });

/** What is told of the capsule that the request came with; null when it came with the credential itself. */
const toldCapsule = (capsule: Capsule | null) =>
  capsule === null ? null : { id: capsule.ids[0], expiresAt: utcDateOf(capsule.expiresAt * 1000) };
