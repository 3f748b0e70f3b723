/**
 * What is known of a maildrop between two looks, as octets?
 *
 * Which messages there were (`maildrop/sync/state.ts`), and up to when mail is known for certain. Pure.
 */
import { OctetReader, OctetWriter, Unreadable } from '../../core/octets.ts';

export interface KnownMaildrop {
  /** When all messages that were there had been seen the last time that something was found; milliseconds since 1970. */
  readonly newsAtMs: number;
  /** While what has come since a state that was given is not told yet: it counts as new however old it is. */
  readonly isCatchingUp: boolean;
  readonly state: Uint8Array;
}

const version = 1;

export function octetsOfKnown({ newsAtMs, isCatchingUp, state }: KnownMaildrop): Uint8Array {
  const octets = new OctetWriter();
  octets.octet(version);
  octets.small(newsAtMs);
  octets.octet(isCatchingUp ? 1 : 0);
  octets.bytes(state);
  return octets.whole();
}

/** Null for a version that is not read any more. */
export function knownFrom(octets: Uint8Array): KnownMaildrop | null {
  try {
    const reader = new OctetReader(octets);
    if (reader.octet() !== version) return null;
    const newsAtMs = reader.small(Number.MAX_SAFE_INTEGER);
    return { newsAtMs, isCatchingUp: reader.octet() === 1, state: reader.rest() };
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}
