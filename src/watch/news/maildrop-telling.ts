/**
 * Which events does a subscription get of what has come and gone in a maildrop?
 */
import { idOf, type MessageName } from '../../maildrop/rules.ts';
import type { EventType, MessageRef, ResetReason, WatchEvent } from '../event.ts';
import { eventIdOf } from '../event-id.ts';
import type { Subscription } from '../subscription.ts';
import { isOld } from './filter.ts';
import type { Sight } from './maildrop-sights.ts';
import type { Look } from './news.ts';

export const wants = ({ settings }: Subscription, type: EventType): boolean => settings.events.includes(type);

/** Of a message that no server has dated it is not known: its own date is its sender's word. */
export const isOldMail = (subscription: Subscription, { dated }: Sight): boolean =>
  isOld(subscription, dated?.datedBy === 'received' ? Date.parse(dated.date) : null);

export async function receivedEvent({ message, summary }: Sight, look: Look): Promise<WatchEvent> {
  return messageEvent('message.received', message, { message: summary }, look);
}

export async function deletedEvent(name: MessageName, look: Look): Promise<WatchEvent> {
  return messageEvent('message.deleted', name, { message: { id: idOf(name) } }, look);
}

async function messageEvent(
  type: EventType,
  { uidl, occurrence }: MessageName,
  data: WatchEvent['data'],
  { account, nowMs }: Look,
): Promise<WatchEvent> {
  const ref: MessageRef = { protocol: 'pop3', uidl, occurrence };
  return { id: await eventIdOf(account, type, { of: 'message', ref }), type, atMs: nowMs, data, ref };
}

/** `again`: what was known before, by which it is the same event as long as it is not stored. */
export async function resetEvent(reason: ResetReason, again: string, { account, nowMs }: Look): Promise<WatchEvent> {
  const type = 'mailbox.reset';
  const id = await eventIdOf(account, type, { of: 'mailbox', mailboxPath: null, again: `${reason} ${again}` });
  return { id, type, atMs: nowMs, data: { reason }, ref: null };
}
