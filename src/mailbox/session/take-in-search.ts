/**
 * Is a message with exactly these octets in the selected mailbox?
 *
 * The server is asked for its Message-ID, or for its size where it has none, and the octets of what it finds decide. That it finds
 * nothing is believed when it does find a message in the same way that is known to be there: some servers ignore keys that they do
 * not know (facts of iCloud and Yahoo). Otherwise the sizes of all messages are asked for.
 */
import { createHash } from 'node:crypto';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Parcel } from '../../core/parcel.ts';
import type { Uid } from '../answers.ts';
import type { Program } from '../search/program.ts';
import { attempt } from './attempt.ts';
import type { FetchMessageObject } from './imapflow.ts';
import { messageIdIn, messageIdItem } from './message-id-item.ts';
import { uidsFound } from './search.ts';
import { SectionReader } from './section-reader.ts';
import type { ImapSession } from './session.ts';
import { LookAhead, type Sample } from './take-in-ahead.ts';
import { AllSizes } from './take-in-sizes.ts';
import { atom, sequenceNumber, sequences, uidSets } from './tokens.ts';

export interface Found {
  /** Null when it is not there. */
  readonly uid: Uid | null;
  /** Messages with its Message-ID that have other octets. */
  readonly similar: readonly Uid[];
}

type Key = 'Message-ID' | 'size';

export class MessageFinder {
  readonly #session: ImapSession;
  readonly #sizes: AllSizes;
  readonly #ahead: LookAhead;
  #sample: Sample | null = null;
  /** Whether what this server does not find is not there. */
  readonly #isTrusted = new Map<Key, boolean>();

  constructor(session: ImapSession) {
    this.#session = session;
    this.#sizes = new AllSizes(session);
    this.#ahead = new LookAhead(session);
  }

  /** `ahead`: those that will be looked for next. */
  async find(parcel: Parcel, ahead: readonly Parcel[] = []): Promise<Found> {
    const { messageId, octets } = parcel;
    if (this.#session.mailbox?.exists === 0) return { uid: null, similar: [] };
    if (messageId !== null) {
      const known = this.#ahead.take(messageId) ?? (await this.#lookAhead(messageId, [parcel, ...ahead]));
      if (known !== null) return this.#among(known, parcel);
    }
    const key = messageId === null ? 'size' : 'Message-ID';
    const candidates = await this.#search(messageId === null ? bySize(octets) : byMessageId(messageId));
    const found = await this.#among(candidates ?? [], parcel);
    const similar = key === 'size' ? [] : found.similar;
    if (found.uid !== null || (candidates !== null && (await this.#trusts(key)))) return { uid: found.uid, similar };
    const { uid } = await this.#among(await this.#sizes.of(octets), parcel);
    return { uid, similar };
  }

  /** Null when it cannot be told, or when it is only one that is to be looked for. */
  async #lookAhead(messageId: string, parcels: readonly Parcel[]): Promise<readonly Uid[] | null> {
    if (parcels.length === 1 || !(await this.#trusts('Message-ID')) || this.#sample === null) return null;
    await this.#ahead.look(parcels, this.#sample);
    return this.#ahead.take(messageId);
  }

  /** Null when the server takes no such search, or finds what cannot be what was asked for. */
  async #search(program: Program): Promise<Uid[] | null> {
    const found = await attempt(() => uidsFound(this.#session, program));
    return found.ok && found.value.length <= mostFound ? found.value : null;
  }

  async #among(uids: readonly Uid[], parcel: Parcel): Promise<Found> {
    const sizes = await sizesOf(this.#session, uids);
    const newest = [...sizes.keys()].sort((one, other) => other - one);
    const equal = newest.filter((uid) => sizes.get(uid) === parcel.octets);
    const others = newest.filter((uid) => sizes.get(uid) !== parcel.octets);
    let left: number = Math.max(limits.doubtBytes, 2 * parcel.octets);
    // Sizes may be estimates (Exchange). Where many have the same Message-ID, a program gives it to all that it sends.
    const looks = others.length > fewOthers ? equal : [...equal, ...others];
    for (const [index, uid] of looks.entries()) {
      const size = sizes.get(uid) ?? 0;
      left -= size;
      if (index >= limits.takeInLooks || left < 0) {
        throw new Failed({ kind: 'search-too-broad', of: 'messages', limit: limits.takeInLooks });
      }
      if ((await sha256Of(this.#session, uid, size, parcel.octets)) === parcel.sha256) return { uid, similar: [] };
    }
    return { uid: null, similar: newest };
  }

  async #trusts(key: Key): Promise<boolean> {
    const known = this.#isTrusted.get(key);
    if (known !== undefined) return known;
    const { exists = 0 } = this.#session.mailbox ?? {};
    const newest = sequences(sequenceNumber(Math.max(1, exists - sampled)), '*');
    const rows = await this.#session.fetch(newest, [atom('RFC822.SIZE'), messageIdItem]);
    const sample = rows.findLast((row) => (key === 'size' ? (row.size ?? 0) > 0 : messageIdIn(row) !== null));
    // Nothing can be said by messages that have none; there will be others.
    if (sample === undefined) return false;
    const program = key === 'size' ? bySize(sample.size ?? 0) : byMessageId(messageIdIn(sample) ?? '');
    const found = await this.#search(program);
    const isTrusted = found?.some((uid) => uid === sample.uid) === true;
    this.#isTrusted.set(key, isTrusted);
    const messageId = messageIdIn(sample);
    if (key === 'Message-ID' && messageId !== null) this.#sample = { uid: sample.uid as Uid, messageId };
    return isTrusted;
  }
}

/** A server that ignores what it does not know finds all messages. */
const mostFound = 1_000;
const fewOthers = 5;
/** Of the newest messages: how many are looked at for one by which searching can be tried. */
const sampled = 10;

const byMessageId = (messageId: string): Program => [['HEADER', 'Message-ID', { text: messageId }]];
const bySize = (octets: number): Program => [['LARGER', String(octets - 1), 'SMALLER', String(octets + 1)]];

/** Whoever has marked it so wants it gone, and the next program that tidies up removes it: it is nobody's proof. */
export const isMarkedDeleted = ({ flags }: Pick<FetchMessageObject, 'flags'>): boolean =>
  flags !== undefined && [...flags].some((flag) => flag.toLowerCase() === '\\deleted');

/** Of those that are there, and are to stay. */
async function sizesOf(session: ImapSession, uids: readonly Uid[]): Promise<Map<Uid, number>> {
  const sizes = new Map<Uid, number>();
  const asked = new Set<number>(uids);
  for (const set of uidSets(uids)) {
    for (const row of await session.fetch(set, [atom('RFC822.SIZE'), atom('FLAGS')])) {
      const { uid, size } = row;
      if (asked.has(uid) && size !== undefined && !isMarkedDeleted(row)) sizes.set(uid as Uid, size);
    }
  }
  return sizes;
}

/** Null when it is not there, or longer than `octets`. */
export async function sha256Of(
  session: ImapSession,
  uid: Uid,
  announced: number,
  octets: number,
): Promise<string | null> {
  const reader = new SectionReader(session, { uid, section: '', announced }, { start: 0, end: null });
  const hash = createHash('sha256');
  for (let left = octets; left >= 0; ) {
    const chunk = await reader.next();
    if (!chunk.ok && chunk.failure.kind !== 'message-not-found') throw new Failed(chunk.failure);
    if (!chunk.ok) return null;
    if (chunk.value === null) return hash.digest('base64url');
    hash.update(chunk.value);
    left -= chunk.value.length;
  }
  return null;
}
