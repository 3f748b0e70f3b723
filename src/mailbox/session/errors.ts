/**
 * What went wrong, in our words?
 *
 * Every error of imapflow, its parser and its socket leaves the session as a MailFailure, and here is where it becomes
 * one. What the server said in free text goes no further: it may quote a user or a subject.
 */
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { ImapResponse } from './imapflow.ts';
import { type Refusal, refusedCommandOf, refusedLoginOf } from './refusals.ts';
import { responseCodeOf } from './response.ts';

const limitByCode: Readonly<Record<string, keyof typeof limits>> = {
  LineTooLarge: 'imapLineBytes',
  LiteralTooLarge: 'imapLiteralBytes',
  ResponseTooLarge: 'imapResponseBytes',
  TooManyTokens: 'imapResponseTokens',
};

const violationByCode: Readonly<Record<string, string>> = {
  UnexpectedTag: 'It answered a command that was not sent.',
  MissingTag: 'It answered a command without its tag.',
  InvalidResponse: 'It completed a command with something else than OK, NO and BAD.',
  ResponseProcessingFailed: 'Its answer could not be understood.',
  STARTTLS_INJECTION: 'It sent data between STARTTLS and TLS.',
};

const lostCodes = [
  'NoConnection',
  'EConnectionClosed',
  'StateLogout',
  'ClosedAfterConnectText',
  'ClosedAfterConnectTLS',
];

interface Fields {
  readonly code: string;
  readonly message: string;
  readonly isTls: boolean;
  /** NO or BAD. */
  readonly refusal: Refusal | null;
}

function fieldsOf(error: unknown): Fields {
  const read = (name: string): unknown => (error instanceof Error ? Reflect.get(error, name) : undefined);
  const text = (name: string): string => {
    const value = read(name);
    return typeof value === 'string' ? value : '';
  };
  const throttledMs = read('throttleReset');
  return {
    code: text('code'),
    message: text('message'),
    isTls: read('tlsFailed') === true,
    refusal: !/^(NO|BAD)$/.test(text('responseStatus'))
      ? null
      : {
          responseCode: responseCodeOf(read('response')),
          text: text('responseText'),
          throttledMs: typeof throttledMs === 'number' ? throttledMs : null,
        },
  };
}

/** What can end a connection at any time; null when `error` is none of that. */
export function faultOf(error: unknown): MailFailure | null {
  if (error instanceof Failed) return error.failure;
  const { code } = fieldsOf(error);
  const limit = limitByCode[code];
  if (limit !== undefined) return { kind: 'limit-exceeded', limit };
  const detail =
    violationByCode[code] ?? (code.startsWith('ParserError') ? 'Its answer could not be parsed.' : undefined);
  if (detail !== undefined) return { kind: 'protocol-violated', detail };
  if (code === 'ETIMEOUT') return { kind: 'deadline-exceeded', phase: 'command', limitMs: limits.commandMs };
  return null;
}

/**
 * Why a session did not come about. `fault` is what the connection itself reported, if anything, and `goodbye` the BYE
 * that it ended with.
 */
export function connectFailureOf(
  error: unknown,
  fault: MailFailure | null,
  goodbye: ImapResponse | null = null,
  isReached = false,
): MailFailure {
  const { code, message, isTls } = fieldsOf(error);
  const known = faultOf(error) ?? deadlineOf(code);
  // That the connection ended is less than what was said about it.
  if (known !== null && (known.kind !== 'connection-lost' || goodbye === null)) return known;
  if (isTls) return { kind: 'tls-failed' };
  if (goodbye !== null) return refusedLoginOf(refusalIn(goodbye), 'BYE');
  if (lostCodes.includes(code)) return fault ?? { kind: 'connection-lost' };
  // The runtime's sockets give no code, only a sentence.
  if (/\b(tls|ssl|certificate)\b/i.test(message)) return { kind: 'tls-failed' };
  return { kind: isReached ? 'connection-lost' : 'connect-failed' };
}

const refusalIn = (response: ImapResponse): Refusal => ({
  responseCode: responseCodeOf(response),
  text: (response.attributes ?? []).map((token) => (token?.type === 'TEXT' ? String(token.value) : '')).join(''),
  throttledMs: null,
});

function deadlineOf(code: string): MailFailure | null {
  switch (code) {
    case 'CONNECT_TIMEOUT':
    case 'UPGRADE_TIMEOUT':
      return { kind: 'deadline-exceeded', phase: 'connect', limitMs: limits.connectMs };
    case 'GREETING_TIMEOUT':
      return { kind: 'deadline-exceeded', phase: 'greeting', limitMs: limits.greetingMs };
    default:
      return null;
  }
}

/** What NO or BAD to a login means; null when `error` is something else. */
export function loginFailureOf(error: unknown): MailFailure | null {
  const { refusal, code } = fieldsOf(error);
  return refusal === null || violationByCode[code] !== undefined ? null : refusedLoginOf(refusal, 'NO');
}

/** Why `command` failed; null when it is a bug of ours. */
export function commandFailureOf(error: unknown, command: string, fault: MailFailure | null): MailFailure | null {
  const { code, refusal } = fieldsOf(error);
  const known = faultOf(error);
  if (known !== null) return known;
  if (lostCodes.includes(code)) return fault ?? { kind: 'connection-lost' };
  return refusal === null ? null : refusedCommandOf(refusal, command);
}

/** True when the server has said NO or BAD in good order: the session is none the worse for it. */
export const isRefusal = (error: unknown): boolean =>
  !(error instanceof Failed) && faultOf(error) === null && fieldsOf(error).refusal !== null;
