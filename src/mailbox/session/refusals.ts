/**
 * What does a server mean by NO?
 *
 * By its response code where it has one (RFC 5530), and by its words where many servers say in words alone what a caller has
 * to know. Pure.
 */
import type { MailFailure } from '../../core/failure.ts';
import type { ResponseCode } from '../../core/response-code.ts';

export interface Refusal {
  readonly responseCode: ResponseCode | null;
  /** Never leaves this file. */
  readonly text: string;
  /** How long Exchange wants to be left alone. */
  readonly throttledMs: number | null;
}

/** Where a server does not say how long. */
const retryAfterSeconds = 30;
/** A server's word, and no reason to send anybody away for a week. */
const mostRetryAfterSeconds = 60 * 60;

/**
 * Dovecot 'Maximum number of connections from user+IP exceeded' (as [UNAVAILABLE], later [LIMIT]), Gmail 'Too many
 * simultaneous connections. (Failure)' and 'Account exceeded command or bandwidth limits' (as [ALERT]), Cyrus 'Too many open
 * connections', Courier 'Maximum connection limit reached', Stalwart 'Too many concurrent IMAP connections', Yahoo '[LIMIT]
 * … Rate limit hit'.
 */
const limitWords =
  /maximum number of connections|too many \w+ (imap )?connections|connection limit|bandwidth limits|rate limit hit/i;

/** Cyrus 'Permission denied', Courier 'Access denied for APPEND on INBOX.Team (ACL "i" required)'; neither has a code. */
const deniedWords = /^(permission|access) denied\b/i;

/** Dovecot 'Mailbox was deleted under us', of one that is there again; another session has no trouble with it. */
const atALossWords = /\bdeleted under us\b/i;

const temporaryCodes = ['UNAVAILABLE', 'INUSE', 'SYS/TEMP'] as const;

const isTemporary = (code: ResponseCode | null): code is (typeof temporaryCodes)[number] =>
  temporaryCodes.some((temporary) => temporary === code);

/** NO and BAD to a login, or BYE instead of one. */
export function refusedLoginOf(refusal: Refusal, status: 'NO' | 'BYE'): MailFailure {
  const { responseCode } = refusal;
  const limit = limitOf(refusal);
  if (limit !== null) return limit;
  // Whoever hangs up has not judged the password.
  if (status === 'BYE' || isTemporary(responseCode))
    return { kind: 'login-unavailable', responseCode, retryAfterSeconds };
  return { kind: 'login-refused', responseCode };
}

/** NO and BAD to a command of a session that is logged in. */
export function refusedCommandOf(refusal: Refusal, command: string): MailFailure {
  const { responseCode } = refusal;
  // Exchange accepts a login and tells afterwards that there is no mailbox behind it.
  if (/authenticated but not connected/i.test(refusal.text)) return { kind: 'login-refused', responseCode };
  const limit = limitOf(refusal);
  if (limit !== null) return limit;
  if (isTemporary(responseCode)) return { kind: 'server-busy', command, responseCode, retryAfterSeconds };
  if (atALossWords.test(refusal.text)) return { kind: 'command-refused', command, responseCode: 'SERVERBUG' };
  if (responseCode === null && deniedWords.test(refusal.text)) return { kind: 'permission-denied', command };
  switch (responseCode) {
    case 'AUTHENTICATIONFAILED':
    case 'EXPIRED':
      return { kind: 'login-refused', responseCode };
    case 'NOPERM':
    case 'READ-ONLY':
      return { kind: 'permission-denied', command };
    case 'OVERQUOTA':
      return { kind: 'over-quota' };
    case 'NONEXISTENT':
    case 'TRYCREATE':
      return namesMailbox.test(command)
        ? { kind: 'mailbox-not-found' }
        : { kind: 'command-refused', command, responseCode };
    default:
      return { kind: 'command-refused', command, responseCode };
  }
}

const namesMailbox =
  /^(SELECT|EXAMINE|CREATE|DELETE|RENAME|SUBSCRIBE|UNSUBSCRIBE|STATUS|APPEND|COPY|MOVE|UID COPY|UID MOVE|GETQUOTAROOT)$/;

function limitOf({ responseCode, text, throttledMs }: Refusal): MailFailure | null {
  const isLimit = responseCode === 'LIMIT' || responseCode === 'THROTTLED' || throttledMs !== null;
  if (!isLimit && !limitWords.test(text)) return null;
  const asked = throttledMs === null ? retryAfterSeconds : Math.ceil(throttledMs / 1000);
  return {
    kind: 'server-limit-reached',
    limitedBy: 'mail-server',
    responseCode: throttledMs === null ? responseCode : 'LIMIT',
    retryAfterSeconds: Math.min(Math.max(asked, 1), mostRetryAfterSeconds),
  };
}
