/**
 * What does an event say when it is sent once more?
 *
 * The same event, by its id, with the message as it is in the mailbox now.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import type { WatchEvent } from '../event.ts';
import { nothingIncluded, type Subscription } from '../subscription.ts';
import type { MessageReader } from './courier.ts';

/** Fails with `message-not-found` when the message is gone, and as reading does: whoever asks for many sends what is kept of those. */
export async function replayOf(
  subscription: Subscription,
  event: WatchEvent,
  read: MessageReader,
): Promise<Result<WatchEvent>> {
  const { type, ref } = event;
  if (ref === null || !(type === 'message.received' || type === 'message.updated')) return ok(event);
  const message = await read(subscription, ref, nothingIncluded);
  if (message.ok) return ok({ ...event, data: { ...event.data, message: message.value } });
  const isGone = message.failure.kind === 'state-gone' || message.failure.kind === 'mailbox-not-found';
  return isGone ? err({ kind: 'message-not-found' }) : message;
}
