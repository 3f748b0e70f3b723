/**
 * Since which state is nothing missing that a page does not show?
 *
 * For nothing: from what the server told when it was selected, which is before the page, so that something that the page
 * shows already may be told again. Where the set of all messages belongs to a state, only when the page is all of them.
 */
import type { FetchedEmail } from '../answers.ts';
import { markOf, present } from '../sync/mark.ts';
import { type NewState, stateOctets } from '../sync/state.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';

/** Null when that cannot be told. `emails` are the newest of `total`. */
export function pageState(
  session: ImapSession,
  selected: SelectedMailbox,
  emails: readonly FetchedEmail[],
  total: number,
): Uint8Array | null {
  if (session.moment === null || selected.uidValidity === 0) return null;
  const of = { mailboxPath: selected.path, uidValidity: selected.uidValidity };
  const { modseq, uidNext } = session.moment;
  const moment = modseq === null ? null : { modseq, upTo: null };
  if (moment !== null && uidNext > 0 && session.has('QRESYNC')) {
    return stateOctets({ ...of, kind: 'qresync', moment, uidNext });
  }
  if (emails.length !== total) return null;
  const state: NewState =
    moment === null
      ? { ...of, kind: 'plain', messages: new Map(emails.map(({ uid, flags }) => [uid, markOf(flags)])) }
      : { ...of, kind: 'condstore', moment, messages: new Map(emails.map(({ uid }) => [uid, present])) };
  return stateOctets(state);
}
