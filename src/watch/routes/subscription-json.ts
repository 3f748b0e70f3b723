/**
 * What does a subscription look like as JSON?
 */
import type { z } from '@hono/zod-openapi';
import { accountJson } from '../../core/account-parts.ts';
import { utcDateOf } from '../../core/utc-date.ts';
import type { ToldSubscription } from '../answers.ts';
import type { SubscriptionSchema } from '../schema/subscription.ts';

/** Neither its signing secrets nor its credential: the Watcher does not tell them either. */
export function subscriptionJson(told: ToldSubscription): z.infer<typeof SubscriptionSchema> {
  const { url, events, mailboxes, from, include, ...settings } = told.settings;
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
    account: accountJson(told.account),
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

export const momentOf = (ms: number | null): string | null => (ms === null ? null : utcDateOf(ms));
