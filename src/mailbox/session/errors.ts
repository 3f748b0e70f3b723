/**
 * What went wrong, in our words?
 *
 * Every error of imapflow, its parser and its socket leaves the session as a MailFailure, and here is where it becomes
 * one. What the server said in free text goes no further: it may quote a user or a subject.
 */
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type ResponseCode, responseCodeFrom } from '../../core/response-code.ts';
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

/** Refusals of RFC 5530 that say nothing about the password. */
const temporaryCodes: readonly (ResponseCode | null)[] = ['UNAVAILABLE', 'INUSE', 'LIMIT', 'SYS/TEMP'];

const retryAfterSeconds = 30;

interface Fields {
  readonly code: string;
  readonly message: string;
  readonly responseStatus: string | null;
  readonly responseText: string;
  readonly responseCode: ResponseCode | null;
  readonly isAuthentication: boolean;
  readonly isTls: boolean;
  /** The server said BYE. */
  readonly isBye: boolean;
}

function fieldsOf(error: unknown): Fields {
  const read = (name: string): unknown => (error instanceof Error ? Reflect.get(error, name) : undefined);
  const text = (name: string): string | null => {
    const value = read(name);
    return typeof value === 'string' ? value : null;
  };
  return {
    code: text('code') ?? '',
    message: text('message') ?? '',
    responseStatus: text('responseStatus'),
    responseText: text('responseText') ?? '',
    responseCode: responseCodeFrom(text('serverResponseCode') ?? '') ?? responseCodeOf(read('response')),
    isAuthentication: read('authenticationFailed') === true,
    isTls: read('tlsFailed') === true,
    isBye: text('reason') !== null,
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

/** Why a session did not come about. `fault` is what the connection itself reported, if anything. */
export function connectFailureOf(error: unknown, fault: MailFailure | null): MailFailure {
  const fields = fieldsOf(error);
  const known = faultOf(error) ?? deadlineOf(fields.code);
  if (known !== null) return known;
  if (fields.isTls) return { kind: 'tls-failed' };
  if (fields.isBye || fields.code === 'ETHROTTLE' || temporaryCodes.includes(fields.responseCode)) {
    return { kind: 'login-unavailable', responseCode: fields.responseCode, retryAfterSeconds };
  }
  // Where passwords are not taken at all (LOGINDISABLED, RFC 9051 §6.2.3), another password would not help.
  if (fields.message === 'Login is disabled') return { kind: 'unsupported-by-server', feature: 'a login by password' };
  // Without a mechanism for what the caller has, nothing is sent at all.
  if (fields.message === 'Unsupported authentication mechanism') {
    return { kind: 'unsupported-by-server', feature: 'SASL OAUTHBEARER or XOAUTH2' };
  }
  if (fields.isAuthentication) return { kind: 'login-refused', responseCode: fields.responseCode };
  if (lostCodes.includes(fields.code)) return fault ?? { kind: 'connection-lost' };
  // The runtime's sockets give no code, only a sentence.
  if (/\b(tls|ssl|certificate)\b/i.test(fields.message)) return { kind: 'tls-failed' };
  return { kind: 'connect-failed' };
}

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

/** Why `command` failed; null when it is a bug of ours. */
export function commandFailureOf(error: unknown, command: string, fault: MailFailure | null): MailFailure | null {
  const { code, responseStatus, responseText, responseCode } = fieldsOf(error);
  const known = faultOf(error);
  if (known !== null) return known;
  if (lostCodes.includes(code)) return fault ?? { kind: 'connection-lost' };
  if (responseStatus === null) return null;
  // Exchange accepts a login and tells afterwards that there is no mailbox behind it.
  if (/authenticated but not connected/i.test(responseText)) return { kind: 'login-refused', responseCode };
  return { kind: 'command-refused', command, responseCode: code === 'ETHROTTLE' ? 'LIMIT' : responseCode };
}
