/**
 * What is told about an account, and what is asked and told of a capsule?
 */
import { z } from '@hono/zod-openapi';
import { scopes } from '../core/access.ts';
import { limits } from '../core/limits.ts';
import { accountFields, judgeAccount } from '../http/account-fields.ts';

const AccessSchema = z
  .strictObject({
    scopes: z
      .array(z.enum(scopes))
      .describe(
        '`read`: see mail. `modify`: mark, move, copy, add, and arrange mailboxes. `delete`: whatever makes mail go, also to the trash. `subscribe`: have news sent to a webhook.',
      ),
    mailboxes: z.array(z.string()).nullable().describe('The only ones that it is for, as they were named; null: all.'),
  })
  .openapi('Access');

const protocol = z.enum(['imap', 'pop3']);

const server = z
  .strictObject({ host: z.string(), port: z.int(), security: z.enum(['tls', 'starttls', 'none']) })
  .describe('What is dialled.');

const user = z.string().describe('As it was sent; the server may know the user by another name as well.');

const expiresAt = z.iso.datetime().describe('From then on it is refused.');

const capsuleId = z
  .string()
  .describe('What the capsule is called, which is no secret. The operator can revoke it by this.');

const abilities = {
  capabilities: z
    .array(z.string())
    .describe(
      'What the server says it can do: CAPABILITY of IMAP once logged in (RFC 9051 §7.2.2), or the lines of CAPA of POP3, as told before the login (RFC 2449 §5). Empty when a POP3 server does not know CAPA.',
    ),
  maildrop: z
    .strictObject({
      expires: z
        .enum(['after-days', 'never', 'not-told'])
        .describe('What becomes of mail that is left on the server (EXPIRE, RFC 2449 §6.7), for this user.'),
      expiresAfterDays: z
        .int()
        .nullable()
        .describe(
          'With `after-days`: so long the server keeps a message at least. 0: no longer than until it was retrieved and the session has ended, which Postern never does but to delete what was acknowledged. Null with `never` and `not-told`.',
        ),
      loginDelaySeconds: z
        .int()
        .nullable()
        .describe(
          'How long the server wants between two logins of this user (LOGIN-DELAY, RFC 2449 §6.5); who comes sooner may be answered 503 with Retry-After. Null when it does not say.',
        ),
    })
    .optional()
    .describe('POP3 only: how the server treats mail that stays, and those who come often.'),
};

const exampleAbilities = {
  capabilities: ['TOP', 'UIDL', 'PIPELINING', 'EXPIRE 60', 'LOGIN-DELAY 180', 'SASL PLAIN'],
  maildrop: { expires: 'after-days' as const, expiresAfterDays: 60, loginDelaySeconds: 180 },
};

export const AccountSchema = z
  .strictObject({
    protocol,
    user,
    server,
    access: AccessSchema.describe('What this request may do here.'),
    capsule: z
      .strictObject({ id: capsuleId, expiresAt })
      .nullable()
      .describe('The capsule that the request came with; null when it came with the credential itself.'),
    ...abilities,
  })
  .openapi('Account', {
    example: {
      protocol: 'pop3',
      user: 'ada@example.com',
      server: { host: 'pop.example.com', port: 995, security: 'tls' },
      access: { scopes: [...scopes], mailboxes: null },
      capsule: null,
      ...exampleAbilities,
    },
  });

export const CapsuleRequestSchema = z
  .strictObject({
    ...accountFields('imaps://imap.example.com'),
    scopes: z
      .array(z.enum(scopes, { message: `Give scopes out of ${scopes.join(', ')}.` }), { message: 'List the scopes.' })
      .min(1, { message: 'Name a scope, or leave it out for all that there are.' })
      .max(scopes.length, { message: 'Name each scope once.' })
      .optional()
      .describe('What the capsule is to allow. Left out: everything, or what `token` allows.'),
    mailboxes: z
      .array(z.string({ message: 'Give the id of a mailbox, or a role.' }), { message: 'List the mailboxes.' })
      .min(1, { message: 'Name a mailbox, or leave it out for all that there are.' })
      .max(limits.capsuleMailboxes, { message: `Name at most ${limits.capsuleMailboxes} mailboxes.` })
      .optional()
      .describe(
        'IMAP only: ids of mailboxes, or roles, that the capsule is for; each has to exist. A role stands for whichever mailbox has it at the time. With a `token` that is for some mailboxes, name them as it does. Left out: all, or those of `token`.',
      ),
    expiresInSeconds: z
      .int({ message: 'Give a whole number of seconds.' })
      .min(1, { message: 'Give a number from 1 on.' })
      .max(limits.capsuleSecondsMost, { message: `Give at most ${limits.capsuleSecondsMost}, which is a year.` })
      .optional()
      .describe(
        `How long it is to be good. Left out: ${limits.capsuleSeconds} (30 days), with an \`accessToken\` ${limits.accessTokenCapsuleSeconds}, with \`token\` as long as that one.`,
      ),
  })
  .superRefine(judgeAccount)
  .openapi('CapsuleRequest', {
    example: {
      server: 'imaps://imap.example.com',
      user: 'ada@example.com',
      password: 'app-password',
      scopes: ['read'],
      mailboxes: ['inbox'],
      expiresInSeconds: 86_400,
    },
  });

export const MintedCapsuleSchema = z
  .strictObject({
    token: z
      .string()
      .describe(
        'The capsule, to be sent as `Authorization: Bearer`. Keep it as you would the password: whoever has it may do what it allows.',
      )
      .openapi({ format: 'password' }),
    id: capsuleId,
    expiresAt,
    account: z.strictObject({ protocol, user, server }),
    access: AccessSchema.describe('What the capsule allows.'),
    ...abilities,
  })
  .openapi('Capsule', {
    example: {
      token: 'pstn_eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXYtb2YtMTI.Y2lwaGVydGV4dA.dGFn',
      id: 'mR3kQ0v9T2y8wqYpXn4LzA',
      expiresAt: '2026-12-24T09:30:00.000Z',
      account: {
        protocol: 'imap',
        user: 'ada@example.com',
        server: { host: 'imap.example.com', port: 993, security: 'tls' },
      },
      access: { scopes: ['read'], mailboxes: ['inbox'] },
      capabilities: ['IMAP4rev1', 'IDLE', 'MOVE', 'UIDPLUS'],
    },
  });
