/**
 * What does an event say of a message of a mailbox besides what a listing shows?
 *
 * Asked as `GET …/messages/{id}` asks it, and made into JSON here: what is held in memory of one message is bounded by what may be included.
 * Nothing is marked as seen.
 */
import { Buffer } from 'node:buffer';
import type { Access } from '../../core/access.ts';
import { ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { neededFor } from '../../core/needed.ts';
import { emailOf } from '../../mailbox/email-json.ts';
import { mailboxIdOf } from '../../mailbox/rules.ts';
import { fetchMessage } from '../../mailbox/session/fetch-message.ts';
import { SectionReader } from '../../mailbox/session/section-reader.ts';
import { select } from '../../mailbox/session/select.ts';
import type { ImapSession } from '../../mailbox/session/session.ts';
import type { JsonObject, MessageRef } from '../event.ts';
import type { Include } from '../subscription.ts';
import { includedIn, membersIncluded, summaryIn } from './include-members.ts';

export type ImapRef = Extract<MessageRef, { readonly protocol: 'imap' }>;

/**
 * The `message` of the event: as a listing shows it, and what `include` asks for, without links. Throws Failed when the session is lost.
 * `raw` is null for a message that is larger than an event may be.
 */
export async function readMailboxMessage(
  session: ImapSession,
  access: Access,
  { mailboxPath, uidValidity, uid }: ImapRef,
  include: Include,
): Promise<Result<JsonObject>> {
  const timings = {};
  const selected = await select(session, access, { path: mailboxPath }, timings, true);
  if (!selected.ok) return selected;
  const maxBodyBytes = Math.min(include.maxBodyBytes, limits.bodyIncludedBytes);
  // In the words of `fields`, of which octets are none.
  const fields = ['hasAttachment', ...membersIncluded({ ...include, raw: false })];
  const needed = { ...neededFor(undefined), ...bodyNeeds(include) };
  const name = { uidValidity, uid };
  const message = await fetchMessage(session, selected.value, name, { maxBodyBytes, needed }, timings);
  if (!message.ok) return message;
  const raw = include.raw ? await rawOf(session, uid, message.value.size) : null;
  if (raw !== null && !raw.ok) return raw;
  const email = emailOf(message.value, uidValidity, mailboxIdOf(mailboxPath), maxBodyBytes, fields);
  const { textBody: _text, htmlBody: _html, ...read }: JsonObject = email;
  return ok({ ...summaryIn(read), ...includedIn(read, include), ...(raw === null ? {} : { raw: raw.value }) });
}

const bodyNeeds = ({ text, html, headers, attachments }: Include) => ({
  text,
  html,
  header: headers ? ('all' as const) : ('fields' as const),
  embedded: attachments,
});

/** In base64; null for too many octets, whether or not the server has said so before. */
async function rawOf(session: ImapSession, uid: ImapRef['uid'], size: number): Promise<Result<string | null>> {
  if (size > limits.rawIncludedBytes) return ok(null);
  const reader = new SectionReader(session, { uid, section: '', announced: size }, { start: 0, end: null });
  const pieces: Uint8Array[] = [];
  for (let length = 0; ; ) {
    const chunk = await reader.next();
    if (!chunk.ok) return chunk;
    if (chunk.value === null) return ok(Buffer.concat(pieces).toString('base64'));
    length += chunk.value.length;
    if (length > limits.rawIncludedBytes) return ok(null);
    pieces.push(chunk.value);
  }
}
