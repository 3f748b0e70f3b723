/**
 * Which message of the maildrop does a name mean?
 */
import { Failed } from '../../core/failure.ts';
import type { MessageName } from '../rules.ts';
import type { NumberedMessage } from './listing.ts';
import type { MaildropSession } from './session.ts';

/** Throws Failed with `message-not-found`. */
export async function findMessage(session: MaildropSession, name: MessageName): Promise<NumberedMessage> {
  const message = (await session.messages()).find((candidate) => isNamed(candidate, name));
  if (message === undefined) throw new Failed({ kind: 'message-not-found' });
  return message;
}

export const isNamed = (message: MessageName, name: MessageName): boolean =>
  message.uidl === name.uidl && message.occurrence === name.occurrence;
