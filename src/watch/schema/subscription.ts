/**
 * What is asked and told of a subscription?
 */
import { z } from '@hono/zod-openapi';
import { limits } from '../../core/limits.ts';
import { eventTypes } from '../event.ts';
import { AccountNameSchema, exampleAccount, exampleSubscriptionId } from './event-body.ts';
import { secretField, settingsFields, urlField } from './settings.ts';

const exampleUrl = 'https://hooks.example.com/mail';

export const SubscriptionRequestSchema = z
  .strictObject({
    url: urlField,
    ...settingsFields,
    since: z
      .string({ message: 'Give a state as it came.' })
      .nullish()
      .describe(
        'Begin where this `state` of a listing or of `changes` was given out, for one mailbox or a maildrop. Left out: now.',
      ),
    secret: secretField,
  })
  .openapi('SubscriptionRequest', {
    example: { url: exampleUrl, mailboxes: ['inbox'], include: { text: true }, pollSeconds: 60 },
  });

export const SubscriptionChangeSchema = z
  .strictObject({
    url: urlField.optional(),
    ...settingsFields,
    status: z
      .enum(['active', 'paused'], { message: 'Give active or paused.' })
      .optional()
      .describe(
        '`paused`: nothing is looked at, and nothing sent. `active`: go on where it was, also after it was suspended.',
      ),
    renewCredential: z
      .boolean({ message: 'Give true or false.' })
      .default(false)
      .describe(
        'From now on it looks with the credential of this request, and ends when that ends: after a new password, or before a capsule expires.',
      ),
  })
  .openapi('SubscriptionChange', { example: { status: 'active', pollSeconds: 300 } });

const toldInclude = z.strictObject({
  text: z.boolean(),
  html: z.boolean(),
  headers: z.boolean(),
  attachments: z.boolean(),
  raw: z.boolean(),
  capsule: z.boolean(),
  maxBodyBytes: z.int(),
});

const told = {
  id: z.string(),
  createdAt: z.iso.datetime(),
  status: z
    .enum(['active', 'paused', 'suspended', 'ended'])
    .describe(
      '`suspended`: the receiver has failed for days, and is not called until somebody sets it `active`. `ended`: for good, and its credential is erased.',
    ),
  statusReason: z
    .enum(['receiver-gone', 'receiver-failing', 'capsule-expired', 'capsule-revoked'])
    .nullable()
    .describe('Why it was suspended or has ended. `receiver-gone`: it answered 410.'),
  url: z.string(),
  events: z.array(z.enum(eventTypes)),
  mailboxes: z.array(z.string()).nullable().describe('Null for a maildrop.'),
  q: z.string().nullable(),
  from: z.array(z.string()),
  minBytes: z.int().nullable(),
  maxBytes: z.int().nullable(),
  includeOlder: z.boolean(),
  include: toldInclude,
  pollSeconds: z.int(),
  slowestPollSeconds: z.int().nullable(),
  mode: z.enum(['poll', 'live']),
  order: z.enum(['parallel', 'in-order']),
  expiresAt: z.iso
    .datetime()
    .nullable()
    .describe('When the capsule ends that it was made with, and the subscription with it; null without one.'),
  account: AccountNameSchema,
  lastLookAt: z.iso
    .datetime()
    .nullable()
    .describe('When the account was looked at the last time, as far as it is known.'),
  nextLookAt: z.iso.datetime().nullable(),
  trouble: z
    .strictObject({
      reason: z.enum(['login-refused', 'grant-revoked', 'capsule-expired', 'capsule-revoked', 'unreachable']),
      since: z.iso.datetime(),
    })
    .nullable()
    .describe('What is wrong with the account, since when; null when it was looked at.'),
  failing: z
    .strictObject({
      type: z.string().describe('As of a problem: what is wrong, and at this path what it means.'),
      since: z.iso.datetime().describe('From then on nothing was told.'),
    })
    .nullable()
    .describe(
      'Why nothing is told of this subscription although its account can be looked at; null when the last look for it ended well. Put right in the account what `type` names (a mailbox that is gone or not granted any more), or change the subscription by PATCH: other `mailboxes`, another `q`; after `/problems/limit-exceeded` fewer mailboxes. It ends with the next look that ends well, and what has come meanwhile is told then; a mailbox that the PATCH adds begins then.',
    ),
  pending: z.int().describe('How many events wait to be sent.'),
  dead: z.int().describe(`How many were given up, in the last ${limits.deliveriesKeptMs / 86_400_000} days.`),
};

const exampleTold = {
  id: exampleSubscriptionId,
  createdAt: '2026-11-16T08:00:00.000Z',
  status: 'active',
  statusReason: null,
  url: exampleUrl,
  events: ['message.received'],
  mailboxes: ['inbox'],
  q: null,
  from: [],
  minBytes: null,
  maxBytes: null,
  includeOlder: false,
  include: {
    text: true,
    html: false,
    headers: false,
    attachments: false,
    raw: false,
    capsule: false,
    maxBodyBytes: limits.bodyIncludedBytesDefault,
  },
  pollSeconds: 60,
  slowestPollSeconds: null,
  mode: 'poll',
  order: 'parallel',
  expiresAt: null,
  account: exampleAccount,
  lastLookAt: '2026-11-16T08:30:00.000Z',
  nextLookAt: '2026-11-16T08:31:00.000Z',
  trouble: null,
  failing: null,
  pending: 0,
  dead: 0,
} as const;

export const SubscriptionSchema = z.strictObject(told).openapi('Subscription', { example: exampleTold });

const signingSecret = z
  .string()
  .describe('What events are signed with (Standard Webhooks). It is shown this once: keep it.')
  .openapi({ format: 'password' });

/** Of no webhook that there is. */
const exampleSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

export const NewSubscriptionSchema = z
  .strictObject({ ...told, secret: signingSecret })
  .openapi('NewSubscription', { example: { ...exampleTold, secret: exampleSecret } });

export const SubscriptionsSchema = z
  .strictObject({
    subscriptions: z.array(SubscriptionSchema).describe('Those that this request may see, oldest first.'),
  })
  .openapi('Subscriptions', { example: { subscriptions: [exampleTold] } });

const keepRemedy = { message: `Give a whole number of seconds from 0 to ${limits.deliveriesKeptMs / 1000}.` };

export const SecretRequestSchema = z
  .strictObject({
    secret: secretField,
    keepOldSeconds: z
      .int(keepRemedy)
      .min(0, keepRemedy)
      .max(limits.deliveriesKeptMs / 1000, keepRemedy)
      .optional()
      .describe(
        `For so long events are signed with the older secrets as well. Left out: ${limits.oldSecretSeconds}, a day. 0: from now on with the new one alone.`,
      ),
  })
  .openapi('SigningSecretRequest', { example: { keepOldSeconds: 3600 } });

export const SecretSchema = z
  .strictObject({
    secret: signingSecret,
    othersUntil: z.iso.datetime().describe('Until then the older ones are used too.'),
  })
  .openapi('SigningSecret', { example: { secret: exampleSecret, othersUntil: '2026-11-17T08:30:00.000Z' } });
