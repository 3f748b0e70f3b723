/**
 * What has changed in the selected mailbox since a state, and what of it is there now?
 */
import { err, ok, type Result } from '../../core/failure.ts';
import type { FetchedChanges, Uid } from '../answers.ts';
import { firstUnknownUid } from '../sync/first-unknown.ts';
import { markOf } from '../sync/mark.ts';
import { stateFrom } from '../sync/state.ts';
import { changesSince } from './changes.ts';
import type { Wanted } from './fetched-email.ts';
import { eachRow } from './newest-messages.ts';
import { type SeenEmail, seenEmails } from './seen-emails.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { atom } from './tokens.ts';

export interface ChangedEmail extends SeenEmail {
  /** The same as long as its flags are: its MODSEQ (RFC 7162), or a mark of them. */
  readonly version: string;
}

export interface ChangedEmails {
  readonly changes: FetchedChanges;
  /** Those of `changes.updated` that are still there. */
  readonly updated: readonly ChangedEmail[];
  /** The new state knows of no message with this UID, nor of those behind it: it would not tell that they are gone again. */
  readonly firstUnknown: number;
}

/** `wanted` is null when it does not matter which messages are marked otherwise. Fails as `changesSince`. */
export async function changedEmails(
  session: ImapSession,
  selected: SelectedMailbox,
  since: Uint8Array | null,
  most: number,
  wanted: Wanted | null,
): Promise<Result<ChangedEmails>> {
  const changes = await changesSince(session, selected, since, most, {});
  if (!changes.ok) return changes;
  const state = stateFrom(changes.value.newState, { mailboxPath: selected.path, uidValidity: selected.uidValidity });
  if (state === null) return err({ kind: 'internal' });
  const updated = wanted === null ? [] : await withVersions(session, changes.value.updated, wanted);
  return ok({ changes: changes.value, updated, firstUnknown: firstUnknownUid(state) });
}

async function withVersions(session: ImapSession, uids: readonly Uid[], wanted: Wanted): Promise<ChangedEmail[]> {
  if (uids.length === 0) return [];
  const versions = new Map<Uid, string>();
  // Before the flags are read: a change in between is told once more rather than not at all.
  await eachRow(session, uids, session.hasModseq ? [atom('MODSEQ')] : [], (uid, { modseq, flags }) => {
    versions.set(uid, modseq === undefined ? `f${markOf(flags ?? [])}` : `m${modseq}`);
  });
  const seen = await seenEmails(session, uids, wanted);
  return seen.map((one) => ({ ...one, version: versions.get(one.uid) ?? '' }));
}
