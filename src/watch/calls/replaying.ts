/**
 * How is an event sent once more?
 *
 * The same event, from the beginning of its schedule, with the message as it is in the mailbox now.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { ReplayRange, WatchCaller } from '../answers.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { replayOf } from '../delivery/replay.ts';
import type { WatchEvent } from '../event.ts';
import type { Change } from '../store/change.ts';
import type { Subscription } from '../subscription.ts';
import { meant } from './admitted.ts';
import type { Parts } from './parts.ts';

const ended = err({ kind: 'subscription-ended' });

/** Fails also with `delivery-not-found`, with `message-not-found`, and as reading does. */
export async function replay(
  parts: Parts,
  caller: WatchCaller,
  id: string,
  deliveryId: string,
  nowMs: number,
): Promise<Result<Delivery>> {
  const found = await meant(parts, caller, id, nowMs);
  if (!found.ok) return found;
  const { subscription } = found.value;
  if (subscription.status !== 'active') return ended;
  const delivery = await parts.store.delivery(id, deliveryId);
  if (delivery === null) return err({ kind: 'delivery-not-found' });
  const event = await replayOf(subscription, delivery.event, parts.reading.read);
  if (!event.ok) return event;
  await sendAgain(parts, id, [again(delivery, event.value, nowMs)]);
  const after = await parts.store.delivery(id, deliveryId);
  return after === null ? err({ kind: 'delivery-not-found' }) : ok(after);
}

/** What cannot be read any more, or not in time, is sent as it was kept. */
export async function replayRange(
  parts: Parts,
  caller: WatchCaller,
  id: string,
  range: ReplayRange,
  nowMs: number,
): Promise<Result<{ count: number }>> {
  const found = await meant(parts, caller, id, nowMs);
  if (!found.ok) return found;
  const { subscription } = found.value;
  if (subscription.status !== 'active') return ended;
  const deliveries = await parts.store.inRange(id, range, limits.replayedEvents);
  const untilMs = Date.now() + limits.replayReadMs;
  const changes: Change[] = [];
  for (const delivery of deliveries) {
    const event = Date.now() < untilMs ? await asItIsNow(parts, subscription, delivery) : delivery.event;
    changes.push(again(delivery, event, nowMs));
  }
  if (changes.length > 0) await sendAgain(parts, id, changes);
  return ok({ count: changes.length });
}

async function asItIsNow(parts: Parts, subscription: Subscription, { event }: Delivery): Promise<WatchEvent> {
  const now = await replayOf(subscription, event, parts.reading.read);
  return now.ok ? now.value : event;
}

const again = ({ seq }: Delivery, event: WatchEvent, dueMs: number): Change => ({
  kind: 'delivery-again',
  seq,
  dueMs,
  event,
});

/** At once, also to a receiver that is left alone because it has failed: somebody says that it is well. */
async function sendAgain(parts: Parts, subscriptionId: string, changes: readonly Change[]): Promise<void> {
  await parts.wake(Date.now() + limits.watchInsuranceMs);
  await parts.store.commit([...changes, { kind: 'receiver', subscriptionId, receiver: null }]);
  await parts.wake(Date.now());
}
