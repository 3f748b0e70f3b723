/**
 * What does an event say of a message of a maildrop besides what a listing shows?
 */
import { err, type Result } from '../../core/failure.ts';
import type { MaildropSession } from '../../maildrop/session/session.ts';
import type { JsonObject, MessageRef } from '../event.ts';
import type { Include } from '../subscription.ts';

export type PopRef = Extract<MessageRef, { readonly protocol: 'pop3' }>;

/** The `message` of the event: as a listing shows it, and what `include` asks for, without links. Throws Failed when the session is lost. */
export async function readMaildropMessage(
  _session: MaildropSession,
  _ref: PopRef,
  _include: Include,
): Promise<Result<JsonObject>> {
  return err({ kind: 'internal' });
}
