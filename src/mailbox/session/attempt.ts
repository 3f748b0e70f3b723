/**
 * Did the server refuse, or did something break?
 *
 * After a refusal (NO, BAD) the session goes on and what was asked for was not done, so there is something to decide here.
 * Anything else ends the session, and nobody knows how far the server got: that is thrown on.
 */
import { err, Failed, type MailFailure, ok, type Result } from '../../core/failure.ts';

/** What `refusals.ts` makes of a refused command. */
const refusals: ReadonlySet<MailFailure['kind']> = new Set([
  'command-refused',
  'mailbox-not-found',
  'permission-denied',
  'over-quota',
  'server-limit-reached',
  'server-busy',
]);

export const isRefusal = ({ kind }: MailFailure): boolean => refusals.has(kind);

/** Runs `work`; a refusal of the server is a value. */
export async function attempt<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    if (error instanceof Failed && isRefusal(error.failure)) return err(error.failure);
    throw error;
  }
}

/** Something was expunged in this mailbox (RFC 5530 §3): the very message that was named, or another. */
export const isExpungeIssued = (failure: MailFailure): boolean =>
  failure.kind === 'command-refused' && failure.responseCode === 'EXPUNGEISSUED';

/** What of a refusal a `partly-done` tells: the command, and the reason as far as its kind has not replaced it. */
export const refusedBy = (failure: MailFailure, command: string) =>
  ({ command, responseCode: 'responseCode' in failure ? failure.responseCode : null }) as const;
