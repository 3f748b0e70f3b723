/**
 * How are many messages fetched without a round trip for each, and without holding more than a few of them?
 *
 * Small ones that stand side by side are fetched at once, as many as surely fit; larger ones a chunk at a time. Each unit is what
 * one command brought, and the next is on its way while one is read.
 */
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { encodeFrame } from '../../core/message-frames.ts';
import type { FetchedEmail, Uid } from '../answers.ts';
import type { ExportedMessage } from '../export/frames.ts';
import { attempt, isExpungeIssued } from './attempt.ts';
import { fetchEmails } from './fetch-emails.ts';
import { octetsOf } from './fetched-email.ts';
import { SectionReader } from './section-reader.ts';
import type { ImapSession } from './session.ts';
import { atom, peek, uidSets } from './tokens.ts';

/** The frames of a unit, in order. */
export type Unit = readonly Uint8Array<ArrayBuffer>[];

/** What a message may have more than its server told, and still be fetched whole: some count a line end as one octet. */
const slackBytes = 1024;

export async function* exportUnits(session: ImapSession, uids: readonly Uid[]): AsyncGenerator<Unit, void, undefined> {
  for (let at = 0; at < uids.length; at += limits.exportBatchMessages) {
    const group = uids.slice(at, at + limits.exportBatchMessages);
    const emails = await fetchEmails(session, group, { header: 'none', maxHeaderBytes: 0, structure: false });
    const missing = await reasonsFor(session, group, emails);
    const batches = batchesOf(emails);
    for (const batch of batches) yield* batchUnits(session, batch);
    for (const [uid, failure] of missing) yield [encodeFrame({ kind: 'failure', failure, of: uid })];
  }
}

/** Why messages are not among `emails` that were found a moment ago: expunged, unless the server still has them. */
async function reasonsFor(
  session: ImapSession,
  uids: readonly Uid[],
  emails: readonly FetchedEmail[],
): Promise<ReadonlyMap<Uid, MailFailure>> {
  const found = new Set<number>(emails.map(({ uid }) => uid));
  const missing = uids.filter((uid) => !found.has(uid));
  const there = new Set<number | undefined>();
  for (const set of uidSets(missing)) for (const { uid } of await session.fetch(set, [atom('FLAGS')])) there.add(uid);
  return new Map(missing.map((uid) => [uid, there.has(uid) ? unreadable : { kind: 'message-not-found' }]));
}

const unreadable: MailFailure = {
  kind: 'protocol-violated',
  detail: 'It has the message, and tells of it in a form that cannot be read.',
};

/** Messages that can be fetched at once even if each were as large as the largest of them; a large one is alone. */
function batchesOf(emails: readonly FetchedEmail[]): FetchedEmail[][] {
  const batches: FetchedEmail[][] = [];
  let largest = 0;
  for (const email of emails) {
    const batch = batches.at(-1);
    const most = Math.max(largest, email.size + slackBytes);
    if (batch !== undefined && (batch.length + 1) * most <= limits.exportBatchBytes) {
      largest = most;
      batch.push(email);
    } else {
      largest = email.size + slackBytes;
      batches.push([email]);
    }
  }
  return batches;
}

async function* batchUnits(
  session: ImapSession,
  batch: readonly FetchedEmail[],
): AsyncGenerator<Unit, void, undefined> {
  const whole = batch.length > 1 ? await fetchWhole(session, batch) : new Map<Uid, Uint8Array>();
  let unit: Uint8Array<ArrayBuffer>[] = [];
  for (const email of batch) {
    const bytes = whole.get(email.uid);
    if (bytes !== undefined) {
      unit.push(headFrame(email), ...byteFrames(bytes), encodeFrame({ kind: 'end' }));
      continue;
    }
    yield unit;
    unit = [];
    yield* largeUnits(session, email);
  }
  yield unit;
}

/** Those that came whole beyond doubt; what came short or is longer than told is for `largeUnits` to look at. */
async function fetchWhole(session: ImapSession, batch: readonly FetchedEmail[]): Promise<Map<Uid, Uint8Array>> {
  const asked = Math.max(...batch.map(({ size }) => size)) + slackBytes;
  const sizes = new Map<number, FetchedEmail>(batch.map((email) => [email.uid, email]));
  const whole = new Map<Uid, Uint8Array>();
  for (const set of uidSets(batch.map(({ uid }) => uid))) {
    const rows = await attempt(() => session.fetch(set, [peek([], 0, asked)]));
    if (!rows.ok && !isExpungeIssued(rows.failure)) throw new Failed(rows.failure);
    for (const row of rows.ok ? rows.value : []) {
      const email = sizes.get(row.uid);
      const bytes = email === undefined ? null : octetsOf(row, '', 0);
      if (email !== undefined && bytes !== null && bytes.length >= email.size && bytes.length < asked) {
        whole.set(email.uid, bytes);
      }
    }
  }
  return whole;
}

async function* largeUnits(session: ImapSession, email: FetchedEmail): AsyncGenerator<Unit, void, undefined> {
  const { uid, size } = email;
  const reader = new SectionReader(session, { uid, section: '', announced: size }, { start: 0, end: null });
  let head: Unit = [headFrame(email)];
  for (;;) {
    const chunk = await reader.next();
    if (!chunk.ok && chunk.failure.kind !== 'message-not-found') throw new Failed(chunk.failure);
    if (!chunk.ok) return yield [encodeFrame({ kind: 'failure', failure: chunk.failure, of: uid })];
    if (chunk.value === null) return yield [...head, encodeFrame({ kind: 'end' })];
    yield [...head, ...byteFrames(chunk.value)];
    head = [];
  }
}

function headFrame({ uid, flags, size, receivedAt }: FetchedEmail): Uint8Array<ArrayBuffer> {
  const message: ExportedMessage = { uid, flags, size, receivedAt: receivedAt.toISOString() };
  return encodeFrame({ kind: 'message', message });
}

function byteFrames(bytes: Uint8Array): Uint8Array<ArrayBuffer>[] {
  const frames: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length; at += limits.streamPieceBytes) {
    frames.push(encodeFrame({ kind: 'bytes', bytes: bytes.subarray(at, at + limits.streamPieceBytes) }));
  }
  return frames;
}
