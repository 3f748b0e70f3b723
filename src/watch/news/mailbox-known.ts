/**
 * What is known of the mailboxes of a subscription, and how does it fit into a few octets?
 *
 * Of each mailbox which UID comes next, how far it was when it was looked at, and a state if changes are wanted. Pure. Of a version
 * that is not read any more is known nothing: then all begins anew, which is told of each mailbox (`mailbox.reset`).
 */
import { OctetReader, OctetWriter, Unreadable } from '../../core/octets.ts';
import { type Role, roles } from '../../mailbox/answers.ts';

/** As STATUS has told before a look that left nothing behind. Null for what was not told or does not matter. */
export interface Settled {
  readonly uidNext: number | null;
  readonly messages: number | null;
  readonly modseq: bigint | null;
}

export interface KnownMailbox {
  readonly path: string;
  /** By which it was named; null when it was not by its role. */
  readonly role: Role | null;
  readonly uidValidity: number;
  /** Messages with this UID and higher ones are new. 0 as long as that is not known. */
  readonly mark: number;
  /** Until it has once been looked at to its end, it does not matter when a message came to the server. */
  readonly isCatchingUp: boolean;
  /** It was not there when it was last looked for. */
  readonly isGone: boolean;
  /** Grows with all that is told of it but arrivals, and tells apart what would be the same event otherwise. */
  readonly count: number;
  /** Null when it has to be looked at in any case. */
  readonly settled: Settled | null;
  /** Of `changesSince`; null when there is none yet, or none is needed. */
  readonly state: Uint8Array | null;
}

export interface Known {
  /** Whether it was of all mailboxes: then one that is not among them is a new one. */
  readonly isAll: boolean;
  readonly mailboxes: readonly KnownMailbox[];
}

/** A change of what follows needs another number. */
const version = 1;

const bits = { isCatchingUp: 1, isGone: 2, isSettled: 4, hasState: 8 } as const;

/** UIDNEXT is one more than the highest UID at most. */
const highestMark = 0x100000000;

export function knownOctets({ isAll, mailboxes }: Known): Uint8Array {
  const octets = new OctetWriter();
  octets.octet(version);
  octets.octet(isAll ? 1 : 0);
  octets.small(mailboxes.length);
  for (const mailbox of mailboxes) writeMailbox(octets, mailbox);
  return octets.whole();
}

/** Null for what cannot be read. */
export function knownFrom(bytes: Uint8Array): Known | null {
  try {
    const octets = new OctetReader(bytes);
    if (octets.octet() !== version) return null;
    const isAll = octets.octet() === 1;
    const mailboxes: KnownMailbox[] = [];
    for (let left = octets.small(); left > 0; left--) mailboxes.push(readMailbox(octets));
    return octets.isAtEnd ? { isAll, mailboxes } : null;
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

function writeMailbox(octets: OctetWriter, mailbox: KnownMailbox): void {
  const { path, role, uidValidity, mark, count, settled, state } = mailbox;
  writeBytes(octets, new TextEncoder().encode(path));
  octets.octet(role === null ? 0 : roles.indexOf(role) + 1);
  octets.octet(
    (mailbox.isCatchingUp ? bits.isCatchingUp : 0) |
      (mailbox.isGone ? bits.isGone : 0) |
      (settled === null ? 0 : bits.isSettled) |
      (state === null ? 0 : bits.hasState),
  );
  for (const number of [uidValidity, mark, count]) octets.small(number);
  if (settled !== null) {
    for (const number of [settled.uidNext, settled.messages, settled.modseq]) writeMaybe(octets, number);
  }
  if (state !== null) writeBytes(octets, state);
}

function readMailbox(octets: OctetReader): KnownMailbox {
  const path = new TextDecoder().decode(readBytes(octets));
  const role = roleAt(octets.octet());
  const flags = octets.octet();
  const has = (bit: number): boolean => (flags & bit) !== 0;
  return {
    path,
    role,
    isCatchingUp: has(bits.isCatchingUp),
    isGone: has(bits.isGone),
    uidValidity: octets.small(),
    mark: octets.small(highestMark),
    count: octets.small(),
    settled: has(bits.isSettled)
      ? { uidNext: numberIn(octets), messages: numberIn(octets), modseq: readMaybe(octets) }
      : null,
    state: has(bits.hasState) ? Uint8Array.from(readBytes(octets)) : null,
  };
}

function roleAt(octet: number): Role | null {
  const role = octet === 0 ? null : roles[octet - 1];
  if (role === undefined) throw new Unreadable();
  return role;
}

function writeBytes(octets: OctetWriter, bytes: Uint8Array): void {
  octets.small(bytes.length);
  octets.bytes(bytes);
}

const readBytes = (octets: OctetReader): Uint8Array => octets.bytes(octets.small());

/** 0 is null, and each number one more. */
const writeMaybe = (octets: OctetWriter, value: number | bigint | null): void =>
  octets.varint(value === null ? 0 : BigInt(value) + 1n);

function readMaybe(octets: OctetReader): bigint | null {
  const value = octets.varint();
  return value === 0n ? null : value - 1n;
}

function numberIn(octets: OctetReader): number | null {
  const value = readMaybe(octets);
  return value === null ? null : Number(value);
}
