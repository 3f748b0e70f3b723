/**
 * Which mailboxes does a user want to see? (SUBSCRIBE and UNSUBSCRIBE, RFC 9051 §6.3.7)
 */

import type { MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { attempt } from './attempt.ts';
import type { ImapSession } from './session.ts';
import { mailboxToken } from './tokens.ts';

/** All in one go. Answers the first refusal, if any: what is listed afterwards says what holds. */
export async function setSubscribed(
  session: ImapSession,
  names: readonly string[],
  isSubscribed: boolean,
): Promise<MailFailure | null> {
  const command = isSubscribed ? 'SUBSCRIBE' : 'UNSUBSCRIBE';
  const rest = [...names];
  let refusal: MailFailure | null = null;
  while (rest.length > 0) {
    const batch = rest.splice(0, limits.imapMailboxesAhead);
    const outcomes = await session.allTogether(
      batch.map((name) => () => attempt(() => session.exec(command, [mailboxToken(name, session.nameEncoding)]))),
    );
    for (const outcome of outcomes) if (!outcome.ok) refusal ??= outcome.failure;
  }
  return refusal;
}
