/**
 * What is known of a mailbox at a moment, and how does it fit into a few octets? (RFC 8620 §5.2, `state`)
 *
 * Nothing is stored: a state holds all that is needed to tell what has changed since. In three ways, by what the server can do
 * (docs/sync.md). Pure.
 */
import { createHash } from 'node:crypto';
import { OctetReader, OctetWriter, Unreadable } from '../../core/octets.ts';
import type { Uid } from '../answers.ts';
import type { MarkedMessages } from './differences.ts';
import { type KnownMessages, readKnown, writeKnown } from './known-messages.ts';

/** Since which MODSEQ flags are known (RFC 7162). */
export interface Moment {
  readonly modseq: bigint;
  /** Up to this UID they are known since a later one: an answer was cut there. Null when it is the same for all. */
  readonly upTo: { readonly uid: Uid; readonly modseq: bigint } | null;
}

interface Of {
  readonly mailboxPath: string;
  readonly uidValidity: number;
}

/** As it is written; `messages` as exactly as they fit. */
export type NewState = Of &
  (
    | { readonly kind: 'qresync'; readonly moment: Moment; readonly uidNext: number }
    | { readonly kind: 'condstore'; readonly moment: Moment; readonly messages: MarkedMessages }
    | { readonly kind: 'plain'; readonly messages: MarkedMessages }
  );

/** As it is read. */
export type State =
  | { readonly kind: 'qresync'; readonly moment: Moment; readonly uidNext: number }
  | { readonly kind: 'condstore'; readonly moment: Moment; readonly known: KnownMessages }
  | { readonly kind: 'plain'; readonly known: KnownMessages };

/** The version of all of this, with the kind in one octet. A change of what follows needs another number. */
const kinds = { qresync: 1, condstore: 2, plain: 3 } as const;

const pathDigestBytes = 8;

/** Which mailbox it is of, as far as that has to be compared: nobody can write a state of their own. */
const digestOf = (mailboxPath: string): Uint8Array =>
  createHash('sha256').update(mailboxPath).digest().subarray(0, pathDigestBytes);

export function stateOctets(state: NewState): Uint8Array<ArrayBuffer> {
  const octets = new OctetWriter();
  octets.octet(kinds[state.kind]);
  octets.bytes(digestOf(state.mailboxPath));
  octets.small(state.uidValidity);
  if (state.kind !== 'plain') writeMoment(octets, state.moment);
  if (state.kind === 'qresync') octets.small(state.uidNext);
  else writeKnown(octets, state.messages);
  return octets.whole();
}

/** Null for a state of another mailbox, another UIDVALIDITY, or a version that is not read any more. */
export function stateFrom(bytes: Uint8Array, { mailboxPath, uidValidity }: Of): State | null {
  try {
    const octets = new OctetReader(bytes);
    const kind = octets.octet();
    const digest = digestOf(mailboxPath);
    const isOfMailbox = octets.bytes(pathDigestBytes).every((octet, index) => octet === digest[index]);
    if (!isOfMailbox || octets.small() !== uidValidity) return null;
    const state = readKind(kind, octets);
    return octets.isAtEnd ? state : null;
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

function readKind(kind: number, octets: OctetReader): State {
  switch (kind) {
    case kinds.qresync:
      return { kind: 'qresync', moment: readMoment(octets), uidNext: octets.small() };
    case kinds.condstore:
      return { kind: 'condstore', moment: readMoment(octets), known: readKnown(octets) };
    case kinds.plain:
      return { kind: 'plain', known: readKnown(octets) };
    default:
      throw new Unreadable();
  }
}

function writeMoment(octets: OctetWriter, { modseq, upTo }: Moment): void {
  octets.varint(modseq);
  octets.small(upTo?.uid ?? 0);
  if (upTo !== null) octets.varint(upTo.modseq);
}

function readMoment(octets: OctetReader): Moment {
  const modseq = octets.varint();
  const uid = octets.small() as Uid;
  return { modseq, upTo: uid === 0 ? null : { uid, modseq: octets.varint() } };
}
