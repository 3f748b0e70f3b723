/**
 * What has become of the selected mailbox, all of it told at one moment?
 *
 * By selecting it once more: one round trip, after which UIDNEXT, HIGHESTMODSEQ and what was asked for along with them belong
 * together. News of a mailbox that stays selected come without the MODSEQ that they led to.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import type { UntaggedHandlers } from './imapflow.ts';
import { type SelectedMailbox, trySelect } from './select.ts';
import type { MailboxMoment } from './selected-state.ts';
import type { ImapSession } from './session.ts';
import type { CompilableToken } from './tokens.ts';

/** Fails with `state-gone` when it has got another UIDVALIDITY since, or when the server takes no `parameters`, which are those of QRESYNC. */
export async function selectAnew(
  session: ImapSession,
  { path, uidValidity }: SelectedMailbox,
  parameters: readonly CompilableToken[] = [],
  told: UntaggedHandlers = {},
): Promise<Result<MailboxMoment>> {
  const refusal = await trySelect(session, path, parameters, told);
  if (refusal !== null) {
    const mayBeThere = parameters.length > 0 && refusal.failure.kind === 'mailbox-not-found';
    if (!mayBeThere || (await trySelect(session, path)) !== null) return refusal;
    // Who begins anew is told in another way.
    session.isQresyncRefused = true;
    return err({ kind: 'state-gone' });
  }
  const { mailbox, moment } = session;
  const isSame = mailbox !== null && Number(mailbox.uidValidity) === uidValidity;
  return isSame && moment !== null ? ok(moment) : err({ kind: 'state-gone' });
}
