/**
 * Which message of the maildrop does a name mean, and which lie behind it?
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

/** Where those begin that lie behind `after`; all of them when it is null. Throws Failed with `state-gone` when it has left the maildrop. */
export function startBehind(messages: readonly MessageName[], after: MessageName | null): number {
  if (after === null) return 0;
  const index = messages.findIndex((message) => isNamed(message, after));
  if (index < 0) throw new Failed({ kind: 'state-gone' });
  return index + 1;
}

const isNamed = (message: MessageName, name: MessageName): boolean =>
  message.uidl === name.uidl && message.occurrence === name.occurrence;
