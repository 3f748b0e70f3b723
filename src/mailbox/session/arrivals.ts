/**
 * Has a message come that may or may not have been added?
 *
 * What has a UID from `uidNext` on came later. One that has the same octets is it. That it is not there is certain only if
 * nothing at all has come, and nothing can come any more: some servers alter what they are given, and another program may have
 * moved it away again.
 */
import type { Hash } from 'node:crypto';
import { err, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { MessageName, Uid } from '../answers.ts';
import { attempt } from './attempt.ts';
import { fetchOne } from './fetch-one.ts';
import { octetsOf } from './fetched-email.ts';
import type { GrantedPath } from './granted-path.ts';
import type { ImapSession } from './session.ts';
import { statusNumber } from './status-number.ts';
import { atom, peek, uidSets, uidsFrom } from './tokens.ts';

/** A mailbox, and what it held before: what has a lower UID than `uidNext`. Null for what the server did not tell. */
export interface Place {
  readonly path: GrantedPath;
  readonly uidValidity: number | null;
  readonly uidNext: number | null;
}

/** One that was written down: whoever asks now may not be who asked then. */
export interface WrittenPlace extends Omit<Place, 'path'> {
  readonly path: string;
}

export interface Wanted {
  readonly size: number;
  /** As `hash` makes it. */
  readonly digest: string;
}

/** Asked of the server even if the mailbox is selected: what was told when it was may be old by now. */
export async function placeOf(session: ImapSession, path: GrantedPath): Promise<Place> {
  const [uidValidity, uidNext] = await session.together(
    () => statusNumber(session, path, 'UIDVALIDITY'),
    () => statusNumber(session, path, 'UIDNEXT'),
  );
  return {
    path,
    uidValidity: uidValidity.ok ? uidValidity.value : null,
    uidNext: uidNext.ok ? uidNext.value : null,
  };
}

/**
 * Where each of `wanted` is, in their order; null when none of them is there. Fails with `idempotency-key-in-doubt` when nobody
 * can tell. Leaves that mailbox selected.
 */
export async function arrivalsOf(
  session: ImapSession,
  place: Place,
  wanted: readonly Wanted[],
  hash: () => Hash,
  ageMs: number,
): Promise<Result<MessageName[] | null>> {
  const selected = await attempt(() => session.select(place.path));
  const uidValidity = Number(session.mailbox?.uidValidity ?? 0);
  if (!selected.ok || place.uidNext === null || uidValidity === 0 || uidValidity !== place.uidValidity) return inDoubt;
  const rows = await session.fetch(uidsFrom(place.uidNext), [atom('RFC822.SIZE')]);
  // `*` is the last message, however low its UID is.
  const { uidNext } = place;
  const later = rows.filter(({ uid }) => uid >= uidNext).sort((one, other) => one.uid - other.uid);
  const found: MessageName[] = [];
  for (const { size, digest } of wanted) {
    const candidates = later.filter((row) => row.size === size && !found.some(({ uid }) => uid === row.uid));
    for (const { uid } of candidates) {
      if ((await digestOf(session, uid as Uid, size, hash())) !== digest) continue;
      found.push({ uidValidity, uid: uid as Uid });
      break;
    }
  }
  if (found.length === wanted.length) return ok(found);
  const now = await placeOf(session, place.path);
  return later.length === 0 && now.uidValidity === place.uidValidity ? absence(place, now, ageMs) : inDoubt;
}

const inDoubt = err({ kind: 'idempotency-key-in-doubt' });

/** What it means that nothing has come so far. */
export function absence(before: WrittenPlace, now: WrittenPlace, ageMs: number): Result<null> {
  if (now.uidNext === null || now.uidNext !== before.uidNext) return inDoubt;
  if (ageMs >= limits.doubtMs) return ok(null);
  return err({ kind: 'idempotency-key-in-doubt', retryAfterSeconds: Math.ceil((limits.doubtMs - ageMs) / 1000) });
}

/** The digest of a message of that size, a chunk at a time; null when it is not there. */
async function digestOf(session: ImapSession, uid: Uid, size: number, hash: Hash): Promise<string | null> {
  for (let total = 0; total < size; ) {
    const row = await fetchOne(session, uid, [peek([], total, limits.fetchChunkBytes)]);
    const bytes = row === null ? null : octetsOf(row, '', total);
    if (bytes === null) return null;
    if (bytes.length === 0) break;
    hash.update(bytes);
    total += bytes.length;
  }
  return hash.digest('base64url');
}

/** What copies of these messages of the selected mailbox would be; null when one is gone, or when it would take too long. */
export async function wantedCopies(
  session: ImapSession,
  uids: readonly Uid[],
  hash: () => Hash,
): Promise<Wanted[] | null> {
  const sizes = new Map<number, number>();
  for (const set of uidSets(uids)) {
    for (const { uid, size } of await session.fetch(set, [atom('RFC822.SIZE')]))
      if (size !== undefined) sizes.set(uid, size);
  }
  const wanted: Wanted[] = [];
  let left: number = limits.doubtBytes;
  for (const uid of uids) {
    const size = sizes.get(uid) ?? Number.POSITIVE_INFINITY;
    left -= size;
    const digest = left < 0 ? null : await digestOf(session, uid, size, hash());
    if (digest === null) return null;
    wanted.push({ size, digest });
  }
  return wanted;
}
