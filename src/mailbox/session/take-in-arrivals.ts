/**
 * Has a message come into a mailbox that was sent there, though nobody has said where it is?
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Parcel } from '../../core/parcel.ts';
import type { Uid } from '../answers.ts';
import { type Place, placeOf } from './arrivals.ts';
import { messageIdIn, messageIdItem } from './message-id-item.ts';
import type { ImapSession } from './session.ts';
import { MessageFinder, sha256Of } from './take-in-search.ts';
import { atom, uidsFrom } from './tokens.ts';

interface Arrivals {
  /** All that have come since. */
  readonly uids: readonly Uid[];
  /** Of the one that is it; null when none is. */
  readonly uid: Uid | null;
  /** Those with its Message-ID and other octets, and the digests of those. */
  readonly similar: ReadonlyMap<Uid, string>;
}

/** Null when UIDs do not tell what has come since. Selects the mailbox anew: not every server tells of arrivals otherwise. */
async function arrivalsSince(
  session: ImapSession,
  { path, uidValidity, uidNext }: Place,
  parcel: Parcel,
): Promise<Arrivals | null> {
  await session.select(path);
  if (uidNext === null || Number(session.mailbox?.uidValidity ?? 0) !== uidValidity) return null;
  const rows = await session.fetch(uidsFrom(uidNext), [atom('RFC822.SIZE'), messageIdItem]);
  // `*` is the last message, however low its UID is.
  const later = rows.filter(({ uid }) => uid >= uidNext);
  const uids = later.map(({ uid }) => uid as Uid);
  const similar = new Map<Uid, string>();
  for (const row of later) {
    const isSimilar = parcel.messageId !== null && messageIdIn(row) === parcel.messageId;
    if (!isSimilar && row.size !== parcel.octets) continue;
    // All of a longer one as well: by its digest it is known what else it is.
    const most = Math.max(parcel.octets, Math.min(row.size ?? 0, limits.doubtBytes));
    const sha256 = await sha256Of(session, row.uid as Uid, row.size ?? 0, most);
    if (sha256 === parcel.sha256) return { uids, uid: row.uid as Uid, similar };
    if (isSimilar) similar.set(row.uid as Uid, sha256 ?? '');
  }
  return { uids, uid: null, similar };
}

/**
 * Where it is, though an earlier attempt was cut; null when it is certain that it neither has come nor will: some time has passed,
 * and all that has come since is there still and is something else. `isOther` tells that a message, by its digest, is known to be.
 */
export async function settled(
  session: ImapSession,
  place: Place,
  sinceMs: number,
  parcel: Parcel,
  isOther: (sha256: string, uid: Uid) => boolean,
): Promise<Result<Uid | null>> {
  const arrivals = await arrivalsSince(session, place, parcel);
  const { uid } = arrivals ?? (await new MessageFinder(session).find(parcel));
  if (uid !== null) return ok(uid);
  const leftMs = sinceMs + limits.doubtMs - Date.now();
  if (leftMs > 0) return err(inDoubt(Math.ceil(leftMs / 1000)));
  if (arrivals === null) return err(inDoubt());
  const now = await placeOf(session, place.path);
  const expected = (now.uidNext ?? 0) - (place.uidNext ?? 0);
  const isAllThere = now.uidValidity === place.uidValidity && arrivals.uids.length === expected;
  const isAltered = [...arrivals.similar].some(([other, sha256]) => !isOther(sha256, other));
  return isAllThere && !isAltered ? ok(null) : err(inDoubt());
}

/**
 * Where the message is that the server has just said it stored: with its octets, or else the only one that can be it. Null when
 * nobody can tell. `before`: how many messages had its Message-ID.
 */
export async function justStored(
  session: ImapSession,
  place: Place,
  parcel: Parcel,
  before: number,
): Promise<{ readonly uid: Uid; readonly isAltered: boolean } | null> {
  const arrivals = await arrivalsSince(session, place, parcel);
  if (arrivals !== null && arrivals.uid !== null) return { uid: arrivals.uid, isAltered: false };
  const found = await new MessageFinder(session).find(parcel);
  if (found.uid !== null) return { uid: found.uid, isAltered: false };
  // What came alone is it, whatever the server has made of it; and so is the only one that has its Message-ID.
  const uid = onlyOne(arrivals?.uids ?? []) ?? (before === 0 ? onlyOne(found.similar) : null);
  return uid === null ? null : { uid, isAltered: true };
}

const onlyOne = ([first, second]: readonly Uid[]): Uid | null => (second === undefined ? (first ?? null) : null);

export const inDoubt = (retryAfterSeconds?: number): MailFailure => ({
  kind: 'storing-in-doubt',
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});
