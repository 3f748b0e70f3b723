/**
 * What does a receiver get in the body of a request? (Standard Webhooks: `{type, timestamp, data}`)
 *
 * One schema for each type of event, strict: what is not said here is in no event.
 */
import { z } from '@hono/zod-openapi';
import { type EventType, testEventType } from '../event.ts';
import {
  exampleMailboxMessage,
  exampleMaildropMessage,
  MailboxEventMessage,
  MaildropEventMessage,
} from './event-message.ts';

export const AccountNameSchema = z
  .strictObject({
    protocol: z.enum(['imap', 'pop3']),
    user: z.string(),
    server: z.strictObject({ host: z.string(), port: z.int(), security: z.enum(['tls', 'starttls', 'none']) }),
  })
  .describe('Whose mail it is.')
  .openapi('AccountName');

export const exampleAccount = {
  protocol: 'imap',
  user: 'ada@postern.example',
  server: { host: 'imap.postern.example', port: 993, security: 'tls' },
} as const;

export const exampleSubscriptionId = 'sub_T2nB8p0xQqWv7yL4Zr1c5A';

const common = {
  subscriptionId: z.string().describe('The subscription that it was found for.'),
  account: AccountNameSchema,
};

const mailboxId = z.string().describe('The mailbox, by its id.');

const access = z
  .strictObject({
    token: z
      .string()
      .describe('A capsule, to be sent as `Authorization: Bearer`: reads this mailbox, and nothing else.'),
    expiresAt: z.iso.datetime(),
  })
  .optional()
  .describe('With `include.capsule`.');

const isMessageGone = z
  .literal(true)
  .optional()
  .describe(
    'When the message is not there any more, so that what `include` asks for could not be read. `message` is as it was when it was found.',
  );

const leftOut = z
  .array(z.enum(['text', 'html', 'headers', 'attachments', 'raw']))
  .optional()
  .describe(
    'What `include` asks for and is not here: the message cannot be read, or the body of the event would be too large.',
  );

const aboutMessage = z.union([
  z.strictObject({ ...common, mailboxId, message: MailboxEventMessage, isMessageGone, leftOut, access }),
  z.strictObject({ ...common, message: MaildropEventMessage, isMessageGone, leftOut, access }),
]);

const goneMessage = z.strictObject({ id: z.string() });

const body = <Type extends string, Data extends z.ZodType>(type: Type, data: Data) =>
  z.strictObject({
    type: z.literal(type),
    timestamp: z.iso.datetime().describe('When it was noticed. It stays the same when it is sent again.'),
    data,
  });

const exampleData = { subscriptionId: exampleSubscriptionId, account: exampleAccount } as const;
const timestamp = '2026-11-16T08:30:31.000Z';
const aboutExample = { ...exampleData, mailboxId: 'mb_SU5CT1g' } as const;

/** One of each, for the contract and for whoever tries out a receiver. */
export const eventExamples = {
  'message.received': {
    type: 'message.received',
    timestamp,
    data: { ...aboutExample, message: exampleMailboxMessage },
  },
  'message.updated': {
    type: 'message.updated',
    timestamp,
    data: { ...aboutExample, message: { ...exampleMailboxMessage, keywords: { $seen: true, $flagged: true } } },
  },
  'message.deleted': {
    type: 'message.deleted',
    timestamp,
    data: { ...aboutExample, message: { id: exampleMailboxMessage.id } },
  },
  'mailbox.reset': { type: 'mailbox.reset', timestamp, data: { ...aboutExample, reason: 'uidvalidity-changed' } },
  'account.failed': { type: 'account.failed', timestamp, data: { ...exampleData, reason: 'login-refused' } },
  'account.recovered': { type: 'account.recovered', timestamp, data: exampleData },
  [testEventType]: { type: testEventType, timestamp, data: exampleData },
} as const;

export const exampleOfMaildrop = {
  type: 'message.received',
  timestamp,
  data: {
    subscriptionId: exampleSubscriptionId,
    account: {
      ...exampleAccount,
      protocol: 'pop3',
      server: { host: 'pop.postern.example', port: 995, security: 'tls' },
    },
    message: exampleMaildropMessage,
  },
} as const;

export const MessageReceivedSchema = body('message.received', aboutMessage).openapi('MessageReceived', {
  example: eventExamples['message.received'],
});

export const MessageUpdatedSchema = body('message.updated', aboutMessage).openapi('MessageUpdated', {
  example: eventExamples['message.updated'],
});

export const MessageDeletedSchema = body(
  'message.deleted',
  z.strictObject({ ...common, mailboxId: mailboxId.optional().describe('Of IMAP alone.'), message: goneMessage }),
).openapi('MessageDeleted', { example: eventExamples['message.deleted'] });

export const MailboxResetSchema = body(
  'mailbox.reset',
  z.strictObject({
    ...common,
    mailboxId: mailboxId.optional().describe('The mailbox, by its id or as the subscription names it. Of IMAP alone.'),
    reason: z
      .enum(['uidvalidity-changed', 'mailbox-not-found', 'mailbox-renamed', 'state-lost'])
      .describe(
        '`uidvalidity-changed`: other messages are under the same ids now, or none. `mailbox-not-found`: there is none of that name or role any more. `mailbox-renamed`: it has another id, `newMailboxId`. `state-lost`: the server cannot tell what has changed.',
      ),
    newMailboxId: z.string().optional().describe('With `mailbox-renamed`: its id from now on.'),
  }),
).openapi('MailboxReset', { example: eventExamples['mailbox.reset'] });

export const AccountFailedSchema = body(
  'account.failed',
  z.strictObject({
    ...common,
    reason: z
      .enum(['login-refused', 'grant-revoked', 'capsule-expired', 'capsule-revoked', 'unreachable'])
      .describe(
        'Why the account cannot be looked at. After `capsule-expired` and `capsule-revoked` the subscription has ended; the others are tried again.',
      ),
  }),
).openapi('AccountFailed', { example: eventExamples['account.failed'] });

export const AccountRecoveredSchema = body('account.recovered', z.strictObject(common)).openapi('AccountRecovered', {
  example: eventExamples['account.recovered'],
});

export const TestEventSchema = body(testEventType, z.strictObject(common)).openapi('TestEvent', {
  example: eventExamples[testEventType],
});

/** By the type of the event. */
export const eventBodies = {
  'message.received': MessageReceivedSchema,
  'message.updated': MessageUpdatedSchema,
  'message.deleted': MessageDeletedSchema,
  'mailbox.reset': MailboxResetSchema,
  'account.failed': AccountFailedSchema,
  'account.recovered': AccountRecoveredSchema,
  [testEventType]: TestEventSchema,
} as const satisfies Readonly<Record<EventType | typeof testEventType, z.ZodType>>;

/** Whatever is sent. */
export const EventBodySchema = z.discriminatedUnion('type', [
  MessageReceivedSchema,
  MessageUpdatedSchema,
  MessageDeletedSchema,
  MailboxResetSchema,
  AccountFailedSchema,
  AccountRecoveredSchema,
  TestEventSchema,
]);
