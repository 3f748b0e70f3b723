/**
 * What does a subscription look like as JSON?
 */
import type { z } from '@hono/zod-openapi';
import type { ToldSubscription } from '../answers.ts';
import type { SubscriptionSchema } from '../schema/subscription.ts';

/** Neither its signing secrets nor its credential: the Watcher does not tell them either. */
export function subscriptionJson(told: ToldSubscription): z.infer<typeof SubscriptionSchema> {
  const { url, events, mailboxes, from, include, ...settings } = told.settings;
  const { protocol, ...server } = told.account.server;
  return {
    id: told.id,
    createdAt: utcDateOf(told.createdAtMs),
    status: told.status,
    statusReason: told.statusReason,
    url,
    events: [...events],
    mailboxes: mailboxes === null ? null : [...mailboxes],
    from: [...from],
    include: { ...include },
    ...settings,
    expiresAt: told.lineage === null ? null : utcDateOf(told.lineage.expiresAt * 1000),
    account: { protocol, user: told.account.user, server },
    lastLookAt: momentOf(told.lookedAtMs),
    nextLookAt: momentOf(told.nextLookMs),
    trouble: told.trouble === null ? null : { reason: told.trouble.reason, since: utcDateOf(told.trouble.sinceMs) },
    failing:
      told.failing === null
        ? null
        : { type: `/problems/${told.failing.failure}`, since: utcDateOf(told.failing.sinceMs) },
    pending: told.pending,
    dead: told.dead,
  };
}

/** As RFC 8620 §1.4 writes it. */
export const utcDateOf = (ms: number): string => new Date(ms).toISOString();

export const momentOf = (ms: number | null): string | null => (ms === null ? null : utcDateOf(ms));
