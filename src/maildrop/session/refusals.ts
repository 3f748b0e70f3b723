/**
 * What does -ERR mean?
 *
 * By the response code where there is one (RFC 2449 §8, RFC 3206), else by the words of servers that are older or say more
 * in words. The words themselves go no further.
 */
import type { MailFailure } from '../../core/failure.ts';
import type { ResponseCode } from '../../core/response-code.ts';
import { loginDelaySeconds } from './capabilities.ts';
import type { Refused } from './status-line.ts';

const lockedRetrySeconds = 10;
const laterRetrySeconds = 30;
/** Connections end by the minute, and limits on logins are reckoned in minutes. */
const limitRetrySeconds = 60;

const isTemporary = (code: ResponseCode | null): code is ResponseCode =>
  code === 'SYS/TEMP' || code === 'IN-USE' || code === 'INUSE' || code === 'UNAVAILABLE';

/** What -ERR to a command in the midst of a session means. */
export function commandRefused({ command, responseCode }: Pick<Refused, 'command' | 'responseCode'>): MailFailure {
  // Not for QUIT: there some messages may be gone already (RFC 1939 §6), and `server-busy` says that nothing was changed.
  if (isTemporary(responseCode) && command !== 'QUIT') {
    return { kind: 'server-busy', command, responseCode, retryAfterSeconds: laterRetrySeconds };
  }
  return { kind: 'command-refused', command, responseCode };
}

/** What -ERR to a command means that a server need not know (RFC 1939 §7). */
export const optionalRefused = (refused: Refused, isAnnounced: boolean, feature: string): MailFailure =>
  isAnnounced || isTemporary(refused.responseCode)
    ? commandRefused(refused)
    : { kind: 'unsupported-by-server', feature };

/** What -ERR at a login means. */
export function loginFailureOf(
  { command, responseCode, text }: Pick<Refused, 'command' | 'responseCode' | 'text'>,
  capabilities: readonly string[] = [],
): MailFailure {
  if (responseCode === 'AUTH') return { kind: 'login-refused', responseCode };
  if (responseCode === 'LIMIT' || responseCode === 'THROTTLED' || saysLimit(text)) {
    return {
      kind: 'server-limit-reached',
      limitedBy: 'mail-server',
      responseCode,
      // Some call so what is their delay between two logins, without a code.
      retryAfterSeconds: Math.max(limitRetrySeconds, loginDelaySeconds(capabilities) ?? 0),
    };
  }
  switch (responseCode) {
    case 'IN-USE':
    case 'INUSE':
      return { kind: 'maildrop-locked', retryAfterSeconds: lockedRetrySeconds };
    case 'LOGIN-DELAY': {
      const retryAfterSeconds = loginDelaySeconds(capabilities) ?? laterRetrySeconds;
      return { kind: 'login-unavailable', responseCode, retryAfterSeconds };
    }
    case 'SYS/TEMP':
    case 'UNAVAILABLE':
      return { kind: 'login-unavailable', responseCode, retryAfterSeconds: laterRetrySeconds };
    case 'SYS/PERM':
      // Somebody has to act, such as to allow POP3 for the account; another password would not help (RFC 3206 §4).
      return { kind: 'command-refused', command, responseCode };
    case null:
      return inWords(text);
    default:
      return { kind: 'login-refused', responseCode };
  }
}

function inWords(text: string): MailFailure {
  if (saysLocked(text)) return { kind: 'maildrop-locked', retryAfterSeconds: lockedRetrySeconds };
  if (saysLater(text)) {
    return { kind: 'login-unavailable', responseCode: null, retryAfterSeconds: laterRetrySeconds };
  }
  return { kind: 'login-refused', responseCode: null };
}

/** Whoever names the password has judged it, however politely: 'Temporary failure: unknown user or bad password'. */
const saysPassword = (text: string): boolean => /\b(?:password|credentials?|unknown user)\b/i.test(text);

/**
 * 'Maximum number of connections from user+IP exceeded' (Dovecot), 'Maximum connection limit reached' (Courier), 'Too many open
 * connections' (Cyrus), 'Too many simultaneous connections' (Gmail), 'Exceeded the login limit for a 15 minute period'
 * (Outlook.com), 'login allowed only every 15 minutes' (Hotmail).
 */
const saysLimit = (text: string): boolean =>
  /\b(?:connections?|sessions?|log-?ins?|log-?ons?|requests)\b/i.test(text) &&
  /\b(?:too (?:many|often|frequent)|maximum|exceed(?:s|ed)|limit reached|only (?:once )?every)\b/i.test(text) &&
  !saysPassword(text);

/** popa3d, qpopper, mailutils. An account that is locked is no maildrop, and a server that is busy has not looked at one. */
const saysLocked = (text: string): boolean =>
  /\b(?:maildrop|mailbox|session|\.?pop lock)\b.*\b(?:lock|locked|in use|busy)\b/i.test(text) ||
  (/\b(?:lock|locked|in use|busy)\b/i.test(text) && !/\b(?:account|user|server|system|service)\b/i.test(text));

const saysLater = (text: string): boolean =>
  /\b(?:temporar(?:y|ily)|unavailable|(?:server|system|service)\b.{0,20}\bbusy)\b/i.test(text) && !saysPassword(text);
