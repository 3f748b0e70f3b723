/**
 * Did the server refuse, or did something break?
 *
 * After a refusal (NO, BAD) the session goes on and what was asked for was not done, so there is something to decide here.
 * Anything else ends the session, and nobody knows how far the server got: that is thrown on.
 */
import { err, Failed, type MailFailure, ok, type Result } from '../../core/failure.ts';

const retryAfterSeconds = 30;

/** Runs `work`; a refusal of the server is a value, in the words of `refusalOf`. */
export async function attempt<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    const refusal = error instanceof Failed ? refusalOf(error.failure) : null;
    if (refusal === null) throw error;
    return err(refusal);
  }
}

/** Why the server refused, by its response code (RFC 5530); null for a failure that is no refusal. */
export function refusalOf(failure: MailFailure): MailFailure | null {
  switch (failure.kind) {
    case 'mailbox-not-found':
    case 'permission-denied':
    case 'over-quota':
    case 'server-limit-reached':
    case 'server-busy':
      return failure;
    case 'command-refused':
      return byCode(failure);
    default:
      return null;
  }
}

function byCode(failure: Extract<MailFailure, { readonly kind: 'command-refused' }>): MailFailure {
  const { command, responseCode } = failure;
  switch (responseCode) {
    case 'TRYCREATE':
    case 'NONEXISTENT':
      return { kind: 'mailbox-not-found' };
    case 'NOPERM':
    case 'READ-ONLY':
      return { kind: 'permission-denied', command };
    case 'OVERQUOTA':
      return { kind: 'over-quota' };
    case 'LIMIT':
    case 'THROTTLED':
      return { kind: 'server-limit-reached', limitedBy: 'mail-server', responseCode, retryAfterSeconds };
    case 'UNAVAILABLE':
    case 'INUSE':
      return { kind: 'server-busy', command, responseCode, retryAfterSeconds };
    default:
      return failure;
  }
}

/** What of a refusal a `partly-done` tells: the command, and the reason as far as its kind has not replaced it. */
export const refusedBy = (failure: MailFailure, command: string) =>
  ({ command, responseCode: 'responseCode' in failure ? failure.responseCode : null }) as const;
