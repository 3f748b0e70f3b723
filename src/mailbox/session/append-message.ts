/**
 * How does a new message get into a mailbox? (APPEND, RFC 9051 §6.3.12)
 *
 * Streamed: the server says that it wants the octets before the first is sent, so what it refuses costs no upload. A message
 * that cannot be sent to its end cannot be taken back either, but the connection ends then, and the server discards it.
 */
import type { Access } from '../../core/access.ts';
import { err, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { Lease } from '../../wire/pool.ts';
import type { MailboxName, MessageName, MovedMessage, Uid } from '../answers.ts';
import { attempt } from './attempt.ts';
import { grantedDestination, puttingRefusal } from './grant.ts';
import type { GrantedPath } from './granted-path.ts';
import type { ImapResponse } from './imapflow.ts';
import type { Octets } from './literal.ts';
import { appendedMessageOf } from './response.ts';
import { select } from './select.ts';
import type { ImapSession } from './session.ts';
import { statusNumber } from './status-number.ts';
import { canKeep } from './store-keywords.ts';
import { atom, type CompilableToken, oneUid, quoted, setToken } from './tokens.ts';
import { explained } from './transfer.ts';

export interface NewMessage {
  readonly flags: readonly string[];
  /** INTERNALDATE; null for the server's own clock. */
  readonly receivedAt: Date | null;
}

/** `begin` is called before anything can have changed. Answers where the message is. */
export async function appendMessage(
  lease: Lease<ImapSession>,
  access: Access,
  mailbox: MailboxName,
  message: NewMessage,
  octets: Octets,
  begin: () => void,
  timings: Timings,
): Promise<Result<MovedMessage>> {
  const { session, isWarm } = lease;
  if (isWarm) await session.wakeUp();
  const path = await destination(session, access, mailbox, message.flags, timings);
  if (!path.ok) return path;
  return timed(timings, 'store', () => addMessage(session, path.value, message, octets, begin));
}

/** `replaced`: a message of the selected mailbox that goes in the same moment (UID REPLACE, RFC 8508). */
export async function addMessage(
  session: ImapSession,
  path: GrantedPath,
  message: NewMessage,
  octets: Octets,
  begin: () => void,
  replaced: Uid | null = null,
): Promise<Result<MovedMessage>> {
  const limitBytes = await appendLimitOf(session, path);
  if (!limitBytes.ok) return limitBytes;
  if (limitBytes.value !== null && limitBytes.value < octets.lengthBytes) {
    return err({ kind: 'message-too-large', limitedBy: 'mail-server', limitBytes: limitBytes.value });
  }
  const tokens = [session.pathToken(path), ...attributesOf(message)];
  let told: MessageName | null = null;
  // REPLACE tells before it completes (RFC 8508 §3.3).
  const untagged = {
    OK: async (response: ImapResponse) => {
      told ??= appendedMessageOf(response);
    },
  };
  const appended = await attempt(() =>
    replaced === null
      ? session.append(tokens, octets, begin)
      : session.append([setToken(oneUid(replaced)), ...tokens], octets, begin, 'UID REPLACE', untagged),
  );
  if (appended.ok) return ok({ mailboxPath: path, message: appendedMessageOf(appended.value) ?? told });
  // It may have been renamed or deleted since it was listed; the next request shall look again.
  session.rolePaths = null;
  // In the middle of the message it ended the session as well, and nothing more can be asked.
  const failure = session.isOpen ? await explained(session, path, appended.failure) : appended.failure;
  const isTooBig = failure.kind === 'command-refused' && failure.responseCode === 'TOOBIG';
  return err(isTooBig ? { kind: 'message-too-large', limitedBy: 'mail-server', limitBytes: null } : failure);
}

/** A mailbox has to be selected only to learn which keywords it keeps: APPEND would leave the others out without a word. */
async function destination(
  session: ImapSession,
  access: Access,
  mailbox: MailboxName,
  flags: readonly string[],
  timings: Timings,
): Promise<Result<GrantedPath>> {
  if (flags.length > 0) {
    const selected = await select(session, access, mailbox, timings);
    if (!selected.ok) return selected;
    const refusal = await puttingRefusal(session, access, selected.value.path);
    if (refusal !== null) return err(refusal);
    const lost = flags.find((flag) => !canKeep(selected.value, flag));
    if (lost !== undefined) return err({ kind: 'unsupported-by-server', feature: `the keyword ${lost}` });
    return ok(selected.value.path);
  }
  return placeForNew(session, access, mailbox);
}

/** Whether there is one of that path is another question. Fails as `grantedDestination` does. */
export async function placeForNew(
  session: ImapSession,
  access: Access,
  mailbox: MailboxName,
): Promise<Result<GrantedPath>> {
  const path = await grantedDestination(session, access, mailbox);
  if (!path.ok) return path;
  return path.value === null ? err({ kind: 'mailbox-not-found' }) : ok(path.value);
}

/** Octets; null when the server does not tell (RFC 7889). */
async function appendLimitOf(session: ImapSession, path: GrantedPath): Promise<Result<number | null>> {
  const { appendLimit } = session;
  if (appendLimit !== 'by mailbox') return ok(appendLimit);
  return statusNumber(session, path, 'APPENDLIMIT');
}

function attributesOf({ flags, receivedAt }: NewMessage): CompilableToken[] {
  const list = flags.length === 0 ? [] : [flags.map(atom)];
  return receivedAt === null ? list : [...list, quoted(internalDateOf(receivedAt))];
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `date-time` of RFC 9051 §9, in UTC: `" 6-Nov-2026 08:30:02 +0000"`. */
export function internalDateOf(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, ' ');
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  return `${day}-${months[date.getUTCMonth()]}-${year} ${date.toISOString().slice(11, 19)} +0000`;
}
