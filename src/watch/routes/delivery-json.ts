/**
 * What does a delivery look like as JSON?
 */
import type { z } from '@hono/zod-openapi';
import { utcDateOf } from '../../core/utc-date.ts';
import type { ToldDelivery } from '../answers.ts';
import type { Attempt } from '../delivery/delivery.ts';
import type { AttemptSchema, DeliverySchema } from '../schema/delivery.ts';
import { momentOf } from './subscription-json.ts';

export function deliveryJson({ id, status, event, ...told }: ToldDelivery): z.infer<typeof DeliverySchema> {
  return {
    id,
    status,
    event: {
      id: event.id,
      type: event.type,
      timestamp: utcDateOf(event.atMs),
      mailboxId: event.mailboxId,
      messageId: event.messageId,
    },
    createdAt: utcDateOf(told.createdAtMs),
    dueAt: momentOf(told.dueMs),
    attempts: told.attempts.map(attemptJson),
    attemptCount: told.attemptCount,
  };
}

export const attemptJson = ({ atMs, ...attempt }: Attempt): z.infer<typeof AttemptSchema> => ({
  at: utcDateOf(atMs),
  ...attempt,
});
