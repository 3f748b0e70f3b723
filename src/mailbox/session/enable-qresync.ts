/**
 * ENABLE QRESYNC (RFC 7162 §3.2.3), once in a session
 *
 * From then on the server says VANISHED where it said EXPUNGE. Only where changes are asked for, so that all others are spared the
 * round trip.
 */
import { attempt } from './attempt.ts';
import type { ImapSession } from './session.ts';
import { textsIn } from './token-values.ts';
import { atom } from './tokens.ts';

/**
 * False when the server does not do it. The selected mailbox is left before, as it has to be (RFC 5161 §3.1), where the server can do
 * that without expunging; whichever is needed has to be selected anew.
 */
export async function enableQresync(session: ImapSession): Promise<boolean> {
  if (session.isQresyncRefused || !session.has('QRESYNC') || !session.has('ENABLE')) return false;
  if (session.enabled.has('QRESYNC')) return true;
  const isLeaving = session.mailbox !== null && session.has('UNSELECT');
  const enabling = await attempt(async () => {
    if (isLeaving)
      await session.together(
        () => session.unselect(),
        () => enable(session),
      );
    else await enable(session);
  });
  session.isQresyncRefused = !enabling.ok || !session.enabled.has('QRESYNC');
  return !session.isQresyncRefused;
}

async function enable(session: ImapSession): Promise<void> {
  await session.exec('ENABLE', [atom('QRESYNC')], {
    ENABLED: async ({ attributes }) => {
      for (const name of textsIn(attributes)) session.enabled.add(name.toUpperCase());
    },
  });
}
