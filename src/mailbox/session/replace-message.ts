/**
 * How does a draft get another text, and is never gone?
 *
 * IMAP changes no message: another one takes its place. By REPLACE (RFC 8508) in one step, where the server offers it; else the
 * new one is added first and the old one expunged then, so that whenever it ends half-way both are there.
 */
import { type Access, lackOf } from '../../core/access.ts';
import { err, Failed, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { Lease } from '../../wire/pool.ts';
import type { Expected, MailboxName, MessageName, MessageState, MovedMessage } from '../answers.ts';
import { addMessage, type NewMessage } from './append-message.ts';
import { deleted, expungeMessage, removalRefusal, type Unremoved } from './expunge-message.ts';
import { pathOfRole } from './list-mailboxes.ts';
import type { Octets } from './literal.ts';
import { expectState, hasFlag } from './message-state.ts';
import { partlyMoved } from './move-message.ts';
import { type SelectedMailbox, select } from './select.ts';
import type { ImapSession } from './session.ts';
import { draft } from './setting-refusal.ts';
import { isFlag, markingRefusal } from './store-keywords.ts';

export interface Replacement {
  readonly name: MessageName;
  /** Null for those of the draft. */
  readonly flags: readonly string[] | null;
  /** INTERNALDATE; null for the server's own clock. */
  readonly receivedAt: Date | null;
  readonly expected: Expected | null;
}

/** `begin` is called before anything can have changed. Answers where the new message is. */
export async function replaceMessage(
  { session }: Lease<ImapSession>,
  access: Access,
  mailbox: MailboxName,
  replacement: Replacement,
  octets: Octets,
  begin: () => void,
  timings: Timings,
): Promise<Result<MovedMessage>> {
  const found = await select(session, access, mailbox, timings);
  if (!found.ok) return found;
  const selected = found.value;
  return timed(timings, 'store', async () => {
    const { name, flags, receivedAt, expected } = replacement;
    if (name.uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
    const refusal = refusalOf(session, selected, flags ?? []);
    if (refusal !== null) return err(refusal);
    const before = await expectState(session, name.uid, expected);
    if (!before.ok) return before;
    if (!(await isDraft(session, selected, before.value))) return err({ kind: 'not-a-draft' });
    // What merely lies where drafts are may have been put there in order to be replaced.
    const lack = hasFlag(before.value.flags, draft) ? null : lackOf(access, 'delete');
    if (lack !== null) return err(lack);
    const kept = before.value.flags.filter((flag) => isFlag(flag) && !hasFlag([flag], deleted));
    const message = { flags: flags ?? kept, receivedAt };
    if (session.has('REPLACE')) return addMessage(session, selected.path, message, octets, begin, name.uid);
    const isGuarded = expected !== null && expected !== 'any';
    return addAndExpunge(session, selected, { name, before: before.value, isGuarded, message }, octets, begin);
  });
}

function refusalOf(session: ImapSession, selected: SelectedMailbox, flags: readonly string[]): MailFailure | null {
  const isOneStep = session.has('REPLACE');
  if (!isOneStep && !session.has('UIDPLUS')) return { kind: 'unsupported-by-server', feature: 'REPLACE or UIDPLUS' };
  const refusal = markingRefusal(selected, { add: flags, remove: [] });
  return refusal ?? (isOneStep ? null : removalRefusal(selected, 'UID EXPUNGE'));
}

async function isDraft(session: ImapSession, { path }: SelectedMailbox, { flags }: MessageState): Promise<boolean> {
  return hasFlag(flags, draft) || (await pathOfRole(session, 'drafts')) === path;
}

interface Replacing {
  readonly name: MessageName;
  readonly before: MessageState;
  /** The old one goes only if it is still as `before`. */
  readonly isGuarded: boolean;
  readonly message: NewMessage;
}

async function addAndExpunge(
  session: ImapSession,
  { path }: SelectedMailbox,
  { name, before, isGuarded, message }: Replacing,
  octets: Octets,
  begin: () => void,
): Promise<Result<MovedMessage>> {
  const added = await addMessage(session, path, message, octets, begin);
  if (!added.ok) return added;
  const unremoved = await removed(session, name, before, isGuarded);
  // Somebody else may have expunged it meanwhile: then the new one stands alone as well.
  if (unremoved === null || unremoved.failure.kind === 'message-not-found') return ok(added.value);
  return err(partlyMoved(path, before, unremoved, added.value.message));
}

/** A session that ends here leaves open whether the old one is there; the new one is. */
async function removed(
  session: ImapSession,
  { uid }: MessageName,
  before: MessageState,
  isGuarded: boolean,
): Promise<Unremoved | null> {
  try {
    return await expungeMessage(session, uid, before, isGuarded);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return { failure: error.failure, command: 'UID EXPUNGE', changedTo: 'unknown' };
  }
}
