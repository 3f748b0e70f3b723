/**
 * What is told of events on their way, and what can be asked of them?
 */
import { z } from '@hono/zod-openapi';
import { limits } from '../../core/limits.ts';
import { deliveryStatuses } from '../delivery/delivery.ts';
import { eventTypes } from '../event.ts';

const attempt = {
  at: z.iso.datetime(),
  durationMs: z.int(),
  status: z.int().nullable().describe('The HTTP status of the answer; null when there was none.'),
  failure: z
    .enum(['timeout', 'connection', 'redirect', 'status', 'target-forbidden', 'unreadable'])
    .nullable()
    .describe(
      'Null when it arrived. `timeout`: no answer in time. `redirect`: 3xx is not followed. `status`: it was refused. `target-forbidden`: the address may not be called (any more). `unreadable`: what `include` asks for could not be read, and nobody was called.',
    ),
  answer: z.string().describe(`What the answer began with, ${limits.deliveryAnswerBytes} octets at most.`),
};

const exampleAttempt = {
  at: '2026-11-16T08:30:32.000Z',
  durationMs: 184,
  status: 204,
  failure: null,
  answer: '',
} as const;

export const AttemptSchema = z.strictObject(attempt).openapi('DeliveryAttempt', { example: exampleAttempt });

const told = {
  id: z.string(),
  status: z
    .enum(deliveryStatuses)
    .describe('`dead`: given up after the last attempt. `cancelled`: the subscription ended before.'),
  event: z.strictObject({
    id: z.string().describe('The `webhook-id`: the same however often the event is sent.'),
    type: z.enum(eventTypes),
    timestamp: z.iso.datetime(),
    mailboxId: z.string().nullable(),
    messageId: z.string().nullable().describe('The `id` of the message; null for an event that is about none.'),
  }),
  createdAt: z.iso.datetime(),
  dueAt: z.iso.datetime().nullable().describe('When it is to be sent next; null when it is not.'),
  attempts: z.array(AttemptSchema).describe('Oldest first: the last ones.'),
  attemptCount: z.int().describe('How many there were since it was found, or sent again.'),
};

const exampleDelivery = {
  id: 'dlv_5pXn0kZ1mQeT8yWb2JcR4A',
  status: 'delivered',
  event: {
    id: 'evt_Wv0bJX3aQ2x0l5mF7Qk8H1cTzR4yN6uE9oPqSdLgKhM',
    type: 'message.received',
    timestamp: '2026-11-16T08:30:31.000Z',
    mailboxId: 'mb_SU5CT1g',
    messageId: '1785230400.42',
  },
  createdAt: '2026-11-16T08:30:31.000Z',
  dueAt: null,
  attempts: [exampleAttempt],
  attemptCount: 1,
} as const;

export const DeliverySchema = z.strictObject(told).openapi('Delivery', { example: exampleDelivery });

export const DeliveryPageSchema = z
  .strictObject({
    deliveries: z.array(DeliverySchema).describe('Newest first.'),
    nextCursor: z.string().nullable().describe('Give it as `cursor` to get the next page; null on the last one.'),
  })
  .openapi('DeliveryPage', { example: { deliveries: [exampleDelivery], nextCursor: null } });

const momentRemedy = { message: 'Give a moment as RFC 3339 writes it (2026-11-16T08:30:00Z).' };
const moment = z.iso.datetime({ offset: true, ...momentRemedy });
const mostDays = limits.deliveriesKeptMs / 86_400_000;

export const ReplayRequestSchema = z
  .strictObject({
    from: moment.describe('Events that were noticed at this moment or later.'),
    to: moment.describe(`And before this one; ${mostDays} days later at most.`),
    status: z
      .enum(deliveryStatuses, { message: `Give one of ${deliveryStatuses.join(', ')}.` })
      .optional()
      .describe('Only those that are so: `dead` for what was given up. Left out: all.'),
  })
  .superRefine(({ from, to }, context) => {
    const lengthMs = Date.parse(to) - Date.parse(from);
    const refuse = (message: string): void => context.addIssue({ code: 'custom', path: ['to'], message });
    if (lengthMs <= 0) refuse('Give a moment behind `from`.');
    if (lengthMs > limits.deliveriesKeptMs) refuse(`Give a moment at most ${mostDays} days behind \`from\`.`);
  })
  .openapi('ReplayRequest', {
    example: { from: '2026-11-16T00:00:00Z', to: '2026-11-17T00:00:00Z', status: 'dead' },
  });

export const ReplayedSchema = z
  .strictObject({ count: z.int().describe('How many are sent again.') })
  .openapi('Replayed', { example: { count: 3 } });
