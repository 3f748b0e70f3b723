/**
 * What does an event say of a message of a maildrop besides what a listing shows?
 *
 * The message is read as it arrives, and no more of it is kept than the event is to hold. It stays where it is and is not marked.
 */
import { Buffer } from 'node:buffer';
import { byteStreamOf } from '../../core/byte-stream.ts';
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { CappedBytes } from '../../core/mime/bytes.ts';
import { requestedHeaders } from '../../core/mime/header-forms.ts';
import { type ReadEmail, readEmail } from '../../core/mime/read.ts';
import { findMessage } from '../../maildrop/session/find-message.ts';
import type { NumberedMessage } from '../../maildrop/session/listing.ts';
import type { MaildropSession } from '../../maildrop/session/session.ts';
import type { Body } from '../../maildrop/session/wire.ts';
import type { JsonObject, MessageRef } from '../event.ts';
import { Sights, spooledSummary } from '../news/maildrop-sights.ts';
import type { Include } from '../subscription.ts';
import { includedIn } from './include-members.ts';

export type PopRef = Extract<MessageRef, { readonly protocol: 'pop3' }>;

/**
 * The `message` of the event: as a listing shows it, and what `include` asks for, without links. `raw` is null for a message that is larger
 * than an event may be. Fails with `message-not-found`. The session has to be younger than the event: it sees nothing that came later. Throws
 * Failed when the session is lost.
 */
export async function readMaildropMessage(
  session: MaildropSession,
  ref: PopRef,
  include: Include,
): Promise<Result<JsonObject>> {
  const message = await found(session, ref);
  if (!message.ok) return message;
  const wantsRaw = include.raw && message.value.size <= limits.rawIncludedBytes;
  const rest = include.raw && !wantsRaw ? { raw: null } : {};
  if (wantsRaw || include.text || include.html || include.headers || include.attachments) {
    return ok({ ...rest, ...(await wholeOf(session, message.value, include, wantsRaw)) });
  }
  const [sight] = await new Sights(session).of([message.value]);
  return ok({ ...rest, ...(sight?.summary ?? spooledSummary(message.value)) });
}

async function found(session: MaildropSession, ref: PopRef): Promise<Result<NumberedMessage>> {
  try {
    return ok(await findMessage(session, ref));
  } catch (error) {
    if (error instanceof Failed && error.failure.kind === 'message-not-found') return err(error.failure);
    throw error;
  }
}

async function wholeOf(
  session: MaildropSession,
  message: NumberedMessage,
  include: Include,
  wantsRaw: boolean,
): Promise<JsonObject> {
  const kept = new CappedBytes(wantsRaw ? limits.rawIncludedBytes : 0);
  const octets = keptFrom(await session.peek(message, false), kept);
  const email = await readEmail(byteStreamOf(octets), { maxBodyBytes: include.maxBodyBytes });
  // It may be longer than the server has said.
  const raw = kept.isCut ? null : Buffer.from(kept.view()).toString('base64');
  return { ...spooledSummary(message), ...email.headers, ...included(email, include), ...(wantsRaw ? { raw } : {}) };
}

async function* keptFrom(body: Body, kept: CappedBytes): Body {
  for await (const chunk of body) {
    kept.push(chunk);
    yield chunk;
  }
}

/** The members of the Email that `GET …/messages/{id}` has for the same. */
function included({ header, bodies, hasAttachment }: ReadEmail, include: Include): JsonObject {
  const headers = include.headers ? requestedHeaders(header, ['headers']) : {};
  return { ...(include.attachments ? { hasAttachment } : {}), ...includedIn({ ...headers, ...bodies }, include) };
}
