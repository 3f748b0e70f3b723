/**
 * What is sent for an event?
 *
 * The event as it is kept, what was read for it, and what is left out of it, said by name. As text, which is what is signed. Pure.
 */
import { limits } from '../../core/limits.ts';
import type { JsonObject, WatchEvent } from '../event.ts';
import { eventBodyOf, isObject, type Sender } from '../event-body.ts';
import { isSummaryKept } from '../store/event-to-keep.ts';
import type { Include } from '../subscription.ts';
import type { IncludedCapsule } from './courier.ts';
import { type IncludedPart, includedIn, partsIncluded, partsMissing, summaryIn } from './include-members.ts';

/** What has become of reading. */
export type Read =
  /** As the reader gives it. */
  | { readonly kind: 'read'; readonly message: JsonObject }
  /** The message is not there any more. */
  | { readonly kind: 'gone' }
  /** It is there, and cannot be read. */
  | { readonly kind: 'unread' }
  /** Nothing had to be. */
  | { readonly kind: 'unasked' };

/** The body. What makes it larger than `limits.deliveryBytes` is left out, the largest first. */
export function payloadOf(
  sender: Sender,
  include: Include,
  event: WatchEvent,
  read: Read,
  access: IncludedCapsule | null,
): string {
  const asked = read.kind === 'unasked' || read.kind === 'gone' ? [] : partsIncluded(include);
  for (let cut = 0; ; cut++) {
    const dropped = asked.slice(0, cut);
    const body = JSON.stringify(eventBodyOf(sender, event, dataOf(event, include, read, access, dropped)));
    if (cut >= asked.length || new TextEncoder().encode(body).length <= limits.deliveryBytes) return body;
  }
}

function dataOf(
  { data }: WatchEvent,
  include: Include,
  read: Read,
  access: IncludedCapsule | null,
  dropped: readonly IncludedPart[],
): JsonObject {
  const { message } = data;
  const gone = read.kind === 'gone' ? { isMessageGone: true as const } : {};
  const withAccess = access === null ? {} : { access: { ...access } };
  if (!isObject(message) || read.kind === 'unasked' || read.kind === 'gone') return { ...data, ...gone, ...withAccess };
  const kept = { ...include, ...Object.fromEntries(dropped.map((part) => [part, false])) };
  const included = read.kind === 'read' ? includedIn(read.message, kept) : {};
  const leftOut = partsMissing(included, include);
  const told = leftOut.length === 0 ? {} : { leftOut };
  // The rest is as it was noticed, and does not change with how often the event is sent, unless it was too large to be kept.
  const summary = isSummaryKept(message) || read.kind !== 'read' ? message : summaryIn(read.message);
  return { ...data, message: { ...summary, ...included }, ...told, ...withAccess };
}
