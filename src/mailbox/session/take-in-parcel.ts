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
import { fetchOne } from './fetch-one.ts';
import type { ImapSession } from './session.ts';
import { inDoubt, justStored, settled } from './take-in-arrivals.ts';
import type { OpenMailbox } from './take-in-mailbox.ts';
import type { ParcelSource } from './take-in-octets.ts';
import { TakeInRecord } from './take-in-record.ts';
import { type Found, messageIdIn, messageIdItem } from './take-in-search.ts';
import { atom } from './tokens.ts';

export interface Taking {
  readonly answers: KeptAnswers;
  readonly user: string;
  readonly isKept: boolean;
}

export interface Taken {
  readonly outcome: 'stored' | 'there-already';
  readonly message: MessageName;
}

/** What is being done with a message, and with what. */
interface Step {
  readonly mailbox: OpenMailbox;
  readonly record: TakeInRecord;
  readonly parcel: Parcel;
  readonly taking: Taking;
}

/** Fails as looking and adding do, and throws when the session is lost. It may be repeated in another one. */
export async function takeInParcel(
  mailbox: OpenMailbox,
  parcel: Parcel,
  source: ParcelSource,
  taking: Taking,
): Promise<Result<Taken>> {
  const { answers, user, isKept } = taking;
  const record = new TakeInRecord(answers, { user, path: mailbox.place.path }, parcel.identity, isKept);
  if (!record.begin()) return err(inDoubt(soonSeconds));
  try {
    await mailbox.refresh();
    return await taken({ mailbox, record, parcel, taking }, source);
  } finally {
    record.end();
  }
}

/** Another call is at it. */
const soonSeconds = 5;

async function taken(step: Step, source: ParcelSource): Promise<Result<Taken>> {
  const { mailbox, record } = step;
  const there = await lookedFor(step);
  if (!there.ok) {
    await record.renew();
    return there;
  }
  const { uid, similar } = there.value;
  if (uid === null) return added(step, source, similar.length);
  const message = { uidValidity: mailbox.uidValidity, uid };
  await record.stored(message);
  // What was sent in a session that was lost then has come by that.
  return ok({ outcome: source.isSent ? 'stored' : 'there-already', message });
}

/** Fails when it is not there and must not be added all the same. */
async function lookedFor({ mailbox, record, parcel, taking }: Step): Promise<Result<Found>> {
  const { session, finder } = mailbox;
  const { state } = record;
  if (state?.kind === 'doubt') {
    const { user, answers, isKept } = taking;
    const isOther = (sha256: string, uid: Uid): boolean => {
      const other = new TakeInRecord(answers, { user, path: mailbox.place.path }, sha256, isKept).state;
      return other?.kind === 'done' && other.answer.message.uid === uid;
    };
    const uid = await settled(session, state.doubt, parcel, isOther);
    return uid.ok ? ok({ uid: uid.value, similar: [] }) : uid;
  }
  if (state?.kind === 'done') {
    const { uid, uidValidity } = state.answer.message;
    const mayBeThere = uidValidity === mailbox.uidValidity;
    if (mayBeThere && (await isThere(session, uid, parcel))) return ok({ uid, similar: [] });
  }
  const found = await finder.find(parcel);
  if (found.uid !== null || state?.kind !== 'done') return ok(found);
  // A server that alters messages may do so again and again (mailutils, ran).
  const [similar] = found.similar;
  if (state.answer.isAltered && similar !== undefined) return ok({ uid: similar, similar: [] });
  return state.answer.isKept ? ok(found) : err({ kind: 'stored-and-removed' });
}

/** Where UIDs are not for ever (mailutils, ran), it has to look like it. */
async function isThere(session: ImapSession, uid: Uid, { messageId, octets }: Parcel): Promise<boolean> {
  const row = await fetchOne(session, uid, [atom('RFC822.SIZE'), messageIdItem]);
  if (row === null || session.has('UIDPLUS')) return row !== null;
  return messageId === null ? row.size === octets : messageIdIn(row) === messageId;
}

async function added(step: Step, source: ParcelSource, similar: number): Promise<Result<Taken>> {
  const { mailbox, record, parcel } = step;
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
  const stored =
    told === null ? await justStored(session, place, parcel, similar) : { uid: told.uid, isAltered: false };
  if (stored === null) return err(inDoubt());
  const name = told ?? { uidValidity: mailbox.uidValidity, uid: stored.uid };
  await record.stored(name, stored.isAltered);
  mailbox.follow(stored.uid);
  return ok({ outcome: 'stored', message: name });
}

/** Null for what is no date that can be sent. */
function dateOf({ receivedAt }: Parcel): Date | null {
  const date = new Date(receivedAt ?? Number.NaN);
  const year = date.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? date : null;
}
