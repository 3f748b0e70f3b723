/**
 * Is a message one of those that a subscription is about, by its sender and its size?
 *
 * The same for a mailbox and a maildrop. Pure.
 */
import type { Settings } from '../subscription.ts';

export const isOfSize = ({ minBytes, maxBytes }: Pick<Settings, 'minBytes' | 'maxBytes'>, size: number): boolean =>
  size >= (minBytes ?? 0) && size <= (maxBytes ?? Number.POSITIVE_INFINITY);

/** `senders`: the addresses of From. What is wanted is in small letters; anybody is where nothing is. */
export const isFrom = ({ from }: Pick<Settings, 'from'>, senders: readonly string[]): boolean =>
  from.length === 0 || senders.some((sender) => from.some((wanted) => isSender(sender.toLowerCase(), wanted)));

/** An address or, behind an `@`, a domain, which its subdomains are not. */
const isSender = (sender: string, wanted: string): boolean =>
  wanted.startsWith('@') ? sender.slice(sender.lastIndexOf('@')) === wanted : sender === wanted;
