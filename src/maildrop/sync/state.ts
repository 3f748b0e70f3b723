/**
 * What is known of a maildrop at a moment, and how does it fit into a text that a caller keeps? (RFC 8620 §5.2, `state`)
 *
 * Nothing is stored: a state holds which messages there were, by their names, exactly where that is short and as fingerprints
 * otherwise (docs/sync.md). Pure but for a salt.
 */
import { OctetReader, OctetWriter, Unreadable } from '../../core/octets.ts';
import type { Occurrence } from '../answers.ts';
import { type MessageName, withOccurrences } from '../rules.ts';
import { exactNames, exactOctets } from './exact-names.ts';
import { type Fingerprints, readFingerprints, writeFingerprints } from './fingerprints.ts';

export type State =
  | { readonly kind: 'exact'; readonly names: ReadonlySet<string> }
  | { readonly kind: 'fingerprints'; readonly known: Fingerprints };

/** The version of all of this, with the kind in one octet: other numbers than those of a mailbox's state. */
const kinds = { exact: 17, fingerprints: 18 } as const;

/** 48,000 characters of base64url, whatever the names are. */
const leastRoomBytes = 36_000;

/** Beyond 10,000 messages there is as much room for each as with 10,000: narrower fingerprints would be unsafe. */
const roomBytes = (count: number): number => Math.max(leastRoomBytes, Math.ceil(count * 3.6));

/** Of all messages of a maildrop; their order does not matter. */
export async function stateOctets(uidls: readonly string[]): Promise<Uint8Array> {
  return octetsOf(withOccurrences(uidls.map((uidl) => ({ uidl }))));
}

/** Of messages that have these names. */
export function octetsOf(messages: readonly MessageName[]): Uint8Array<ArrayBuffer> {
  const names = messages.map(textOf);
  const room = roomBytes(names.length);
  const exact = exactOctets(names, room);
  const octets = new OctetWriter();
  octets.octet(exact === null ? kinds.fingerprints : kinds.exact);
  if (exact === null) writeFingerprints(octets, names, room);
  else octets.bytes(exact);
  return octets.whole();
}

/** Null for a version that is not read any more. */
export function stateFrom(octets: Uint8Array): State | null {
  try {
    const reader = new OctetReader(octets);
    switch (reader.octet()) {
      case kinds.exact:
        return { kind: 'exact', names: new Set(exactNames(reader.rest())) };
      case kinds.fingerprints:
        return { kind: 'fingerprints', known: readFingerprints(reader) };
      default:
        return null;
    }
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

/**
 * What a message is called in a state. Of several with the same UIDL each is called by its place among how many, as in its id: when
 * one of them comes or goes, all of them are called otherwise.
 */
export const textOf = ({ uidl, occurrence }: MessageName): string =>
  occurrence === null ? uidl : `${uidl} ${occurrence}`;

/** No UIDL has a space, and what stands for one has no dot. */
export function nameFrom(text: string): MessageName {
  const [, uidl, place, count] = /^(.+) (\d+)\.(\d+)$/.exec(text) ?? [];
  if (uidl === undefined) return { uidl: text, occurrence: null };
  const occurrence: Occurrence = `${Number(place)}.${Number(count)}`;
  return { uidl, occurrence };
}
