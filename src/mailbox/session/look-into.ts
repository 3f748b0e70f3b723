/**
 * How is a mailbox entered only to see what there is?
 *
 * By SELECT in any case, also where it is selected: what that tells is all of one moment (`session.moment`).
 */
import type { Access } from '../../core/access.ts';
import { err, ok, type Result } from '../../core/failure.ts';
import type { GrantedPath } from './granted-path.ts';
import { type SelectedMailbox, trySelect } from './select.ts';
import type { ImapSession } from './session.ts';

/** Fails with `mailbox-not-found`, with `unsupported-by-server` when it has no UIDVALIDITY, or as the server refuses. */
export async function lookInto(
  session: ImapSession,
  access: Access,
  path: GrantedPath,
): Promise<Result<SelectedMailbox>> {
  const refusal = await trySelect(session, path);
  if (refusal !== null) return refusal;
  const { mailbox } = session;
  if (mailbox === null) return err({ kind: 'mailbox-not-found' });
  const uidValidity = Number(mailbox.uidValidity);
  if (uidValidity === 0) return err({ kind: 'unsupported-by-server', feature: 'UIDVALIDITY' });
  return ok({ path, access, uidValidity, isReadOnly: true, permanentFlags: mailbox.permanentFlags ?? null });
}
