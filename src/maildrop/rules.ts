/**
 * How does a maildrop's message get its id, and a receipt its meaning?
 *
 * Pure: no I/O, no clock. An id is made from the UIDL, so it can be resolved without storing anything; where a server has
 * none, from a hash of header and size, which takes the UIDL's place in everything below. A receipt holds a
 * digest of each UIDL rather than the UIDL, so that its size does not depend on the server's taste: 16 octets a message,
 * under 22 KB for 1,000.
 */
import { base64url } from 'jose';
import type { Occurrence, SpooledMessage } from './answers.ts';

export type MessageName = Pick<SpooledMessage, 'uidl' | 'occurrence'>;

/** RFC 1939 §7: one to 70 characters from 0x21 to 0x7E. Longer ones occur and harm nobody. */
const uidlPattern = /^[\x21-\x7e]{1,200}$/;

export const isUidl = (text: string): boolean => uidlPattern.test(text);

/** The space tells it apart: no UIDL has one. */
const headerNamePattern = /^sha256 [A-Za-z0-9_-]{43}$/;

const isHeaderName = (text: string): boolean => headerNamePattern.test(text);

/**
 * What a message is called where the server has no UIDL: SHA-256 of its size and of its header, as TOP gives it. Two copies
 * of one message have the same, as have two messages with the same UIDL.
 */
export async function headerName(header: Uint8Array, size: number): Promise<string> {
  const sizeLine = new TextEncoder().encode(`${size}\r\n`);
  const hashed = new Uint8Array(sizeLine.length + header.length);
  hashed.set(sizeLine);
  hashed.set(header, sizeLine.length);
  return `sha256 ${base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', hashed)))}`;
}

/** The UIDL that the server gave; null when it gives none. */
export const serversUidl = ({ uidl }: Pick<MessageName, 'uidl'>): string | null => (isHeaderName(uidl) ? null : uidl);

/**
 * The UIDL alone is the id of a message that is the only one with it. Of several each is called by its place and by how many
 * they are: when one of them goes, the others are called otherwise, and nobody who knew it gets another under its id.
 */
export function idOf({ uidl, occurrence }: MessageName): string {
  const encoded = base64url.encode(new TextEncoder().encode(uidl));
  return occurrence === null ? encoded : `${encoded}~${occurrence}`;
}

/** What an id names, or null when it is none of ours. */
export function nameOf(id: string): MessageName | null {
  const [, encoded, place, count] = /^([A-Za-z0-9_-]{2,270})(?:~(\d{1,6})\.(\d{1,6}))?$/.exec(id) ?? [];
  if (encoded === undefined) return null;
  const occurrence = place === undefined ? null : occurrenceOf(Number(place), Number(count));
  if (place !== undefined && occurrence === null) return null;
  const name = { uidl: textOf(encoded), occurrence };
  // Only the one spelling that `idOf` makes counts: two ids for one message would be two messages to a client.
  return (isUidl(name.uidl) || isHeaderName(name.uidl)) && idOf(name) === id ? name : null;
}

/** Null for the only one; and for a place that no message has. */
const occurrenceOf = (place: number, count: number): Occurrence | null =>
  count > 1 && place >= 1 && place <= count ? `${place}.${count}` : null;

/** Whether nothing else can ever have its id, as far as the server keeps RFC 1939 §7: a header may come again. */
export const isNamedForGood = ({ uidl, occurrence }: MessageName): boolean =>
  occurrence === null && !isHeaderName(uidl);

function textOf(encoded: string): string {
  try {
    return new TextDecoder().decode(base64url.decode(encoded));
  } catch {
    return '';
  }
}

export const uidlDigestBytes = 16;

/** The first 16 octets of SHA-256: two different UIDLs of one maildrop have the same with a chance below 2^-90. */
export async function uidlDigest(uidl: string): Promise<Uint8Array> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(uidl));
  return new Uint8Array(digest, 0, uidlDigestBytes).slice();
}

/** A digest as text, to compare and to look up. */
export const digestKey = (digest: Uint8Array): string => base64url.encode(digest);

export function joinDigests(digests: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(digests.length * uidlDigestBytes);
  digests.forEach((digest, index) => {
    joined.set(digest, index * uidlDigestBytes);
  });
  return joined;
}

export function splitDigests(joined: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.floor(joined.length / uidlDigestBytes) }, (_, index) =>
    joined.slice(index * uidlDigestBytes, (index + 1) * uidlDigestBytes),
  );
}

/** Numbers the messages that share a UIDL, in the order of the maildrop. */
export function withOccurrences<T extends { readonly uidl: string }>(messages: readonly T[]): (T & MessageName)[] {
  const counts = new Map<string, number>();
  for (const { uidl } of messages) counts.set(uidl, (counts.get(uidl) ?? 0) + 1);
  const seen = new Map<string, number>();
  return messages.map((message) => {
    const place = (seen.get(message.uidl) ?? 0) + 1;
    seen.set(message.uidl, place);
    return { ...message, occurrence: occurrenceOf(place, counts.get(message.uidl) ?? 1) };
  });
}

/** The UIDLs that name more than one message, so that nothing can be told to be deleted by them. */
export function ambiguousUidls(messages: readonly MessageName[]): ReadonlySet<string> {
  return new Set(messages.filter(({ occurrence }) => occurrence !== null).map(({ uidl }) => uidl));
}
