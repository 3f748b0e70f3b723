/**
 * Is a message one of those that a subscription is about, by its sender, its size and its age?
 *
 * The same for a mailbox and a maildrop. Pure.
 */
import { limits } from '../../core/limits.ts';
import type { Settings, Subscription } from '../subscription.ts';

export const isOfSize = ({ minBytes, maxBytes }: Pick<Settings, 'minBytes' | 'maxBytes'>, size: number): boolean =>
  size >= (minBytes ?? 0) && size <= (maxBytes ?? Number.POSITIVE_INFINITY);

/** `senders`: the addresses of From. What is wanted is in small letters; anybody is where nothing is. */
export const isFrom = ({ from }: Pick<Settings, 'from'>, senders: readonly string[]): boolean =>
  from.length === 0 || senders.some((sender) => from.some((wanted) => isSender(sender.toLowerCase(), wanted)));

/** An address or, behind an `@`, a domain, which its subdomains are not. */
const isSender = (sender: string, wanted: string): boolean =>
  wanted.startsWith('@') ? sender.slice(sender.lastIndexOf('@')) === wanted : sender === wanted;

/** Whether it had been on the server long before the subscription began. `receivedAtMs` is null where nobody knows. */
export const isOld = (
  { settings, createdAtMs }: Pick<Subscription, 'settings' | 'createdAtMs'>,
  receivedAtMs: number | null,
): boolean => !settings.includeOlder && receivedAtMs !== null && receivedAtMs < createdAtMs - limits.oldMailMarginMs;
