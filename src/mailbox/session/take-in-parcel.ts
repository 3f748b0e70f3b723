/**
 * How does one message get into a mailbox once, whatever has become of earlier attempts?
 *
 * What was written down of it says where to look first (`take-in-record.ts`); then the mailbox itself is asked. It is added only when
 * it is not there, and was not stored before and removed since; and it counts as stored only when it is known where it is.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import type { Parcel } from '../../core/parcel.ts';
import type { KeptAnswers } from '../../wire/kept-answers.ts';
import type { MessageName, Uid } from '../answers.ts';
import { addMessage } from './append-message.ts';
import type { Place } from './arrivals.ts';
import { fetchOne } from './fetch-one.ts';
import { messageIdIn, messageIdItem } from './message-id-item.ts';
import type { ImapSession } from './session.ts';
import { inDoubt, justStored, settled } from './take-in-arrivals.ts';
import type { OpenMailbox } from './take-in-mailbox.ts';
import type { ParcelSource } from './take-in-octets.ts';
import { TakeInRecord } from './take-in-record.ts';
import { type Found, isMarkedDeleted } from './take-in-search.ts';
import { atom } from './tokens.ts';

export interface Taking {
  readonly answers: KeptAnswers;
  readonly user: string;
  readonly isKept: boolean;
  /** The names of what was added in this call: whoever sends has seen his messages before, so it is none of those. */
  readonly added: Set<string>;
}

export interface Taken {
  readonly outcome: 'stored' | 'there-already';
  readonly message: MessageName;
  readonly isCopy: boolean;
  readonly gmailId: string | null;
}

export interface Incoming {
  readonly parcel: Parcel;
  readonly source: ParcelSource;
  /** Those that come next, which can be looked for in the same go. */
  readonly ahead: readonly Parcel[];
}

/** What is being done with a message, and with what. */
interface Step {
  readonly mailbox: OpenMailbox;
  readonly record: TakeInRecord;
  readonly parcel: Parcel;
  readonly ahead: readonly Parcel[];
  readonly taking: Taking;
}

/** Fails as looking and adding do, and throws when the session is lost. It may be repeated in another one. */
export async function takeInParcel(
  mailbox: OpenMailbox,
  { parcel, source, ahead }: Incoming,
  taking: Taking,
): Promise<Result<Taken>> {
  const { answers, user, isKept } = taking;
  const { identity: sha256, source: of } = parcel;
  const record = new TakeInRecord(answers, { user, path: mailbox.place.path }, { sha256, source: of }, isKept);
  if (!record.begin()) return err(inDoubt(soonSeconds));
  try {
    await mailbox.refresh();
    return await taken({ mailbox, record, parcel, ahead, taking }, source);
  } finally {
    record.end();
  }
}

/** Another call is at it. */
const soonSeconds = 5;

async function taken(step: Step, source: ParcelSource): Promise<Result<Taken>> {
  const { mailbox, record, taking } = step;
  const there = await lookedFor(step);
  if (!there.ok) {
    await record.renew();
    return there;
  }
  const { uid, similar } = there.value;
  if (uid === null) return added(step, source, similar.length);
  const message = { uidValidity: mailbox.uidValidity, uid };
  await record.found(message);
  // What was not there, and was sent in a session that was lost then, has come by that.
  const outcome = source.isSent ? 'stored' : 'there-already';
  const isCopy = source.isSent || record.isCopy(message) || taking.added.has(nameOf(message));
  return ok({ outcome, message, isCopy, gmailId: await gmailIdOf(mailbox.session, uid) });
}

/** Fails when it is not there and must not be added all the same. */
async function lookedFor({ mailbox, record, parcel, ahead, taking }: Step): Promise<Result<Found>> {
  const { session, finder } = mailbox;
  const { state } = record;
  if (state?.kind === 'doubt') {
    const { user, answers, isKept } = taking;
    const isOther = (sha256: string, uid: Uid): boolean => {
      const { source } = parcel;
      const other = new TakeInRecord(answers, { user, path: mailbox.place.path }, { sha256, source }, isKept).state;
      return other?.kind === 'done' && other.answer.message.uid === uid;
    };
    // What is written down is about the mailbox of this very path.
    const place = { ...state.doubt.place, path: mailbox.place.path };
    const uid = await settled(session, place, state.doubt.sinceMs, parcel, isOther);
    return uid.ok ? ok({ uid: uid.value, similar: [] }) : uid;
  }
  if (state?.kind === 'done') {
    const { uid, uidValidity } = state.answer.message;
    const mayBeThere = uidValidity === mailbox.uidValidity;
    if (mayBeThere && (await isThere(session, uid, parcel))) return ok({ uid, similar: [] });
  }
  const found = await finder.find(parcel, ahead);
  if (found.uid !== null || state?.kind !== 'done') return ok(found);
  // A server that alters messages may do so again and again (mailutils, ran).
  const [similar] = found.similar;
  if (state.answer.isAltered && similar !== undefined) return ok({ uid: similar, similar: [] });
  return state.answer.isKept ? ok(found) : err({ kind: 'stored-and-removed' });
}

/** Where UIDs are not for ever (mailutils, ran), it has to look like it. */
async function isThere(session: ImapSession, uid: Uid, { messageId, octets }: Parcel): Promise<boolean> {
  const row = await fetchOne(session, uid, [atom('RFC822.SIZE'), atom('FLAGS'), messageIdItem]);
  if (row === null || isMarkedDeleted(row)) return false;
  if (session.has('UIDPLUS')) return true;
  return messageId === null ? row.size === octets : messageIdIn(row) === messageId;
}

async function added(step: Step, source: ParcelSource, similar: number): Promise<Result<Taken>> {
  const { mailbox, record, parcel, taking } = step;
  const { session, place } = mailbox;
  const octets = source.octets(() => record.doubt(place));
  // It was lost with the session in which it was sent, before all of it was.
  if (octets === null) return err({ kind: 'connection-lost' });
  const message = { flags: [], receivedAt: dateOf(parcel) };
  const appended = await addMessage(session, place.path, message, octets, () => undefined);
  if (!appended.ok) {
    record.forget();
    return appended;
  }
  const told = appended.value.message;
  // Then nothing was added: the server takes it for one that it has, and whether it is the same nobody has seen.
  if (told !== null && isOld(told, place)) return err(inDoubt());
  const stored =
    told === null ? await justStored(session, place, parcel, similar) : { uid: told.uid, isAltered: false };
  if (stored === null) return err(inDoubt());
  const name = told ?? { uidValidity: mailbox.uidValidity, uid: stored.uid };
  await record.added(name, stored.isAltered);
  taking.added.add(nameOf(name));
  mailbox.follow(stored.uid);
  return ok({ outcome: 'stored', message: name, isCopy: true, gmailId: await gmailIdOf(session, stored.uid) });
}

/** Whether it was there before, as far as the server tells its numbers. */
const isOld = ({ uidValidity, uid }: MessageName, { uidNext, uidValidity: known }: Place): boolean =>
  uidNext !== null && uidValidity === known && uid < uidNext;

const nameOf = ({ uidValidity, uid }: MessageName): string => `${uidValidity}.${uid}`;

/** Gmail adds no message that it has already, wherever that is, but shows that one in the mailbox as well. */
async function gmailIdOf(session: ImapSession, uid: Uid): Promise<string | null> {
  if (!session.has('X-GM-EXT-1')) return null;
  return (await fetchOne(session, uid, [atom('X-GM-MSGID')]))?.emailId ?? null;
}

/** Null for what is no date that can be sent. */
function dateOf({ receivedAt }: Parcel): Date | null {
  const date = new Date(receivedAt ?? Number.NaN);
  const year = date.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? date : null;
}
