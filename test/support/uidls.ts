/**
 * UIDLs as servers make them, of as many messages as wanted.
 */
import { createHash } from 'node:crypto';
import type { Random } from './random.ts';

type Kind = (random: Random, count: number) => readonly string[];

const hex = (value: number | bigint, width: number): string => value.toString(16).padStart(width, '0');

/** Of a maildrop from which two of three messages have gone. */
function uids(random: Random, count: number): number[] {
  let uid = 0;
  return Array.from({ length: count }, () => {
    uid += 1 + random.below(5);
    return uid;
  });
}

const each =
  (uidl: (random: Random) => string): Kind =>
  (random, count) =>
    Array.from({ length: count }, () => uidl(random));

/** What they count. */
export const countedUidls = {
  dovecot: (random, count) => uids(random, count).map((uid) => `${hex(uid, 8).toUpperCase()}655A3F11`),
  'Dovecot, another format': (random, count) => uids(random, count).map((uid) => `${hex(uid, 8)}655a3f11`),
  courier: (random, count) => uids(random, count).map((uid) => `UID${uid}-1655012345`),
  cyrus: (random, count) => uids(random, count).map((uid) => `1655012345.${uid}`),
  numbers: (random, count) => uids(random, count).map(String),
  'moved from one server to another': (random, count) =>
    uids(random, count).map((uid, index) =>
      index * 3 < count ? `1655012345.${uid}` : `${hex(uid, 8).toUpperCase()}655A3F11`,
    ),
  'one for all': each(() => 'all-the-same'),
} as const satisfies Readonly<Record<string, Kind>>;

/** What they make of random, of time or of the message itself. */
export const randomUidls = {
  'MD5 of the message': each((random) => hex(BigInt(`0x${random.bytes(16).toString('hex')}`), 32)),
  UUID: each((random) =>
    random
      .bytes(16)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
  ),
  gmail: (random, count) => {
    let ms = 1_600_000_000_000n;
    return Array.from({ length: count }, () => {
      ms += BigInt(random.below(7_200_000));
      return `GmailId${hex((ms << 20n) + BigInt(random.below(2 ** 20)), 16)}`;
    });
  },
  outlook: each(
    (random) => `AQMkADAwATM3ZmYAZS1hMDA0LTBmYTktMDACLTAwCgBGAAADc2xo${random.bytes(9).toString('base64')}=`,
  ),
  yahoo: each((random) => `A${random.bytes(15).toString('base64url')}`),
  'file names of a maildir': (random, count) => {
    let seconds = 1_600_000_000;
    return Array.from({ length: count }, () => {
      seconds += random.below(3_600);
      return `${seconds}.M${random.below(1_000_000)}P${random.below(30_000)}.mail`;
    });
  },
  'in place of a UIDL': each((random) => `sha256 ${createHash('sha256').update(random.bytes(8)).digest('base64url')}`),
  'whatever RFC 1939 allows': each((random) =>
    Array.from({ length: 1 + random.below(70) }, () => String.fromCharCode(0x21 + random.below(94))).join(''),
  ),
} as const satisfies Readonly<Record<string, Kind>>;

export const uidlKinds: readonly (readonly [string, Kind])[] = Object.entries({ ...countedUidls, ...randomUidls });
