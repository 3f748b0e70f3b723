/**
 * Which messages fit a condition, exactly?
 *
 * What IMAP has a key for, the server finds. For the rest it is asked for all that may fit and for those that surely do
 * (`search/program.ts`), and what lies between is looked at, one message at a time and not without end.
 */
import type { Access } from '../../core/access.ts';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { hasAttachmentOf } from '../../core/mime/bodies.ts';
import type { FetchedEmail, Uid } from '../answers.ts';
import { flagOf } from '../rules.ts';
import { type Condition, type Leaf, leavesOf } from '../search/condition.ts';
import { type Facts, fits, isVisible } from '../search/fits.ts';
import { type Dialect, isExact, type Program, programOf, remainderOf } from '../search/program.ts';
import { fetchEmails } from './fetch-emails.ts';
import { notGranted } from './granted-path.ts';
import { searchUids } from './search.ts';
import type { ImapSession } from './session.ts';
import { canKeep } from './store-keywords.ts';

export const dialectOf = (session: ImapSession): Dialect => ({ isGmail: session.has('X-GM-EXT-1') });

/**
 * Fails when this server, or the selected mailbox, can never answer it. Of what Gmail's own search knows some is about labels, which are
 * mailboxes there.
 */
export function checkAnswerable(session: ImapSession, { mailboxes }: Access, condition: Condition): void {
  for (const leaf of leavesOf(condition)) {
    if (leaf.kind === 'raw' && mailboxes !== null) throw new Failed(notGranted.failure);
    const feature =
      leaf.kind === 'raw' && !session.has('X-GM-EXT-1') ? 'raw: (X-GM-RAW of Gmail)' : lackOf(session, leaf);
    if (feature !== null) throw new Failed({ kind: 'unsupported-by-server', feature });
  }
}

/** A mailbox that keeps no keywords is not asked for any: imap4d of mailutils dies of it. */
function lackOf({ mailbox }: ImapSession, leaf: Leaf): string | null {
  if (leaf.kind !== 'keyword' || mailbox === null) return null;
  const flag = flagOf(leaf.keyword);
  const isKnown = [...mailbox.flags].some((known) => known.toLowerCase() === flag.toLowerCase());
  const isKept = canKeep({ permanentFlags: mailbox.permanentFlags ?? null }, flag);
  return flag.startsWith('\\') || isKnown || isKept ? null : `the keyword ${leaf.keyword}`;
}

/** Ascending. Fails with `search-too-broad` when more messages would have to be looked at than are. */
export async function findMessages(session: ImapSession, condition: Condition, widest: Program): Promise<Uid[]> {
  const candidates = await searchUids(session, widest);
  return isExact(condition, dialectOf(session)) ? candidates : among(session, condition, candidates);
}

/** Those of `candidates`, which are all that may fit, that do. */
export async function among(session: ImapSession, condition: Condition, candidates: readonly Uid[]): Promise<Uid[]> {
  if (candidates.length === 0) return [];
  // A search more pays only when it spares a look at many.
  const isFew = candidates.length <= fewLooks;
  const sure = new Set(isFew ? [] : await searchUids(session, programOf(condition, 'narrowest', dialectOf(session))));
  const unsure = candidates.filter((uid) => !sure.has(uid));
  if (unsure.length > limits.searchLooks)
    throw new Failed({ kind: 'search-too-broad', of: 'messages', limit: limits.searchLooks });
  const fitting = new Set(await lookedAt(session, condition, unsure));
  return candidates.filter((uid) => sure.has(uid) || fitting.has(uid));
}

/** As many as one command asks for without a structure, and the larger page with. */
const fewLooks = 500;

async function lookedAt(session: ImapSession, condition: Condition, uids: readonly Uid[]): Promise<Uid[]> {
  const dialect = dialectOf(session);
  const remainder = remainderOf(condition, dialect);
  const leaves = leavesOf(remainder);
  const isSaid = await saidBy(
    session,
    leaves.filter((leaf) => !isVisible(leaf) || isOfGmail(leaf, dialect)),
    new Set(uids),
  );
  const structure = leaves.some((leaf) => leaf.kind === 'attachment' && !isOfGmail(leaf, dialect));
  const fitting: Uid[] = [];
  for (let at = 0; at < uids.length; at += fewLooks) {
    const wanted = { header: 'none', maxHeaderBytes: 0, structure } as const;
    for (const email of await fetchEmails(session, uids.slice(at, at + fewLooks), wanted)) {
      // What cannot be told of a message (a structure that nobody can read) is not said of it.
      if (fits(remainder, factsOf(email), (leaf) => isSaid(leaf, email.uid)) === true) fitting.push(email.uid);
    }
  }
  return fitting;
}

const isOfGmail = ({ kind }: Leaf, { isGmail }: Dialect): boolean => kind === 'attachment' && isGmail;

/**
 * What the server has to say of these messages beside what can be seen: each by itself, since it may stand in an OR. Nothing is kept of
 * the others, which may be fifty times all messages of the mailbox.
 */
async function saidBy(session: ImapSession, leaves: readonly Leaf[], asked: ReadonlySet<Uid>) {
  const hits = new Map<Leaf, ReadonlySet<Uid>>();
  for (const leaf of leaves) {
    const found = await searchUids(session, programOf(leaf, 'widest', dialectOf(session)));
    hits.set(leaf, new Set(found.filter((uid) => asked.has(uid))));
  }
  return (leaf: Leaf, uid: Uid): boolean | null => hits.get(leaf)?.has(uid) ?? null;
}

export const factsOf = ({ flags, size, receivedAt, structure }: FetchedEmail): Facts => ({
  flags,
  size,
  receivedAt,
  hasAttachment: structure === null ? null : hasAttachmentOf(structure),
});
