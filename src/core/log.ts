/**
 * What may be logged?
 *
 * One JSON line per event, and only the events and members listed here: a host yes; a user, a subject, a mailbox name or
 * anything else out of a message never.
 */
import type { MailFailure } from './failure.ts';

/** A bug, without its message: that may quote what a mail server or a caller sent. */
interface Crash {
  readonly error: string;
  readonly frames: readonly string[];
}

export function crashOf(error: unknown): Crash {
  if (!(error instanceof Error)) return { error: typeof error, frames: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { error: error.name, frames: frames.slice(0, 8).map((frame) => frame.trim()) };
}

interface Events {
  'request.answered': {
    requestId: string;
    /** The operator's label for who calls. */
    caller: string;
    method: string;
    route: string;
    status: number;
    elapsedMs: number;
  };
  'request.crashed': { requestId: string; method: string; route: string } & Crash;
  'meter.failed': { requestId: string; of: 'key' | 'account' | 'address' } & Crash;
  'object.crashed': { protocol: 'imap' | 'pop3'; host: string } & Crash;
  'session.opened': { protocol: 'imap' | 'pop3'; host: string; elapsedMs: number };
  'session.closed': { protocol: 'imap' | 'pop3'; host: string; reason: string };
  'session.failed': { protocol: 'imap' | 'pop3'; host: string; failure: MailFailure['kind'] };
  'maildrop.handed-over': { host: string; count: number; deleted: number; elapsedMs: number };
  'maildrop.acknowledged': {
    host: string;
    deleted: number;
    alreadyGone: number;
    notDeleted: number;
    elapsedMs: number;
  };
  'maildrop.pruned': { host: string; deleted: number; kept: number; elapsedMs: number };
  'watch.looked': { protocol: 'imap' | 'pop3'; host: string; subscriptions: number; events: number; elapsedMs: number };
  'watch.failed': { protocol: 'imap' | 'pop3'; host: string; failure: MailFailure['kind'] };
  'watch.crashed': Crash;
  /** What an event was to say besides could not be read. */
  'watch.unread': { protocol: 'imap' | 'pop3'; host: string; type: string; failure: MailFailure['kind'] };
  /** Neither the address of the receiver nor anything that it has said. */
  'delivery.tried': { type: string; outcome: string; attempt: number; elapsedMs: number };
  'token.refreshed': { provider: string; elapsedMs: number };
  'provider.failed': { provider: string; step: string; failure: MailFailure['kind']; reason: string };
  /** By the names of its members alone: its values are secrets. */
  'configuration.invalid': { variable: string; fields: readonly string[] };
  'stream.failed': { protocol: 'imap' | 'pop3'; host: string; failure: MailFailure['kind'] };
}

export function logEvent<E extends keyof Events>(event: E, members: Events[E]): void {
  console.log(JSON.stringify({ event, ...members }));
}
