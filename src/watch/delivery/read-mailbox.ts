/**
 * What does an event say of a message of a mailbox besides what a listing shows?
 */
import type { Access } from '../../core/access.ts';
import { err, type Result } from '../../core/failure.ts';
import type { ImapSession } from '../../mailbox/session/session.ts';
import type { JsonObject, MessageRef } from '../event.ts';
import type { Include } from '../subscription.ts';

export type ImapRef = Extract<MessageRef, { readonly protocol: 'imap' }>;

/**
 * The `message` of the event: as a listing shows it, and what `include` asks for, without links. Throws Failed when the session is lost.
 * `raw` is null for a message that is larger than an event may be.
 */
export async function readMailboxMessage(
  _session: ImapSession,
  _access: Access,
  _ref: ImapRef,
  _include: Include,
): Promise<Result<JsonObject>> {
  return err({ kind: 'internal' });
}
