/**
 * What is sent for an event?
 *
 * The event as it is kept, what was read for it, and what is left out of it, said by name. As text, which is what is signed. Pure.
 */
import { limits } from '../../core/limits.ts';
import type { JsonObject, WatchEvent } from '../event.ts';
import { eventBodyOf, isObject, type Sender } from '../event-body.ts';
import type { Include } from '../subscription.ts';
import type { IncludedCapsule } from './courier.ts';

/** What `include` can ask for of a message, the largest first, and the members that it makes. */
const members = {
  raw: ['raw'],
  html: ['html', 'cidLinks'],
  headers: ['headers'],
  text: ['text', 'isTextDerived', 'isSigned', 'isEncrypted'],
  attachments: ['attachments'],
} as const satisfies Partial<Record<keyof Include, readonly string[]>>;
export type IncludedPart = keyof typeof members;

/** Of the strings that were made, whichever. */
const aboutStrings = ['isTruncated', 'isEncodingProblem'];

const parts = ['raw', 'html', 'headers', 'text', 'attachments'] as const satisfies readonly IncludedPart[];

/** What is asked for that has to be read. */
export const partsIncluded = (include: Include): readonly IncludedPart[] => parts.filter((part) => include[part]);

/** Of what was read of a message, what is asked for. */
export function includedIn(message: JsonObject, include: Include): JsonObject {
  const asked = partsIncluded(include);
  const hasStrings = include.text || include.html;
  const names = new Set<string>([...asked.flatMap((part) => members[part]), ...(hasStrings ? aboutStrings : [])]);
  return Object.fromEntries(Object.entries(message).filter(([name]) => names.has(name)));
}

/** The rest of what was read. */
function summaryIn(message: JsonObject): JsonObject {
  const names = new Set<string>([...Object.values(members).flat(), ...aboutStrings]);
  return Object.fromEntries(Object.entries(message).filter(([name]) => !names.has(name)));
}

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
  const leftOut = partsIncluded(include).filter((part) => !(members[part][0] in included));
  const told = leftOut.length === 0 ? {} : { leftOut };
  // The rest is as it was noticed, and does not change with how often the event is sent, unless it was too large to be kept.
  const summary = Object.keys(message).length > 1 || read.kind !== 'read' ? message : summaryIn(read.message);
  return { ...data, message: { ...summary, ...included }, ...told, ...withAccess };
}
