/**
 * UID COPY and UID MOVE of many messages, and what the server told of each (COPYUID, RFC 4315 §3).
 */
import type { MailFailure } from '../../core/failure.ts';
import type { MessageName, MessageState, Uid } from '../answers.ts';
import { attempt } from './attempt.ts';
import type { GrantedPath } from './granted-path.ts';
import { lookUpAll } from './message-states.ts';
import { copiedMessagesOf } from './response.ts';
import type { ImapSession } from './session.ts';
import { setToken, uidSets } from './tokens.ts';
import { asDestination, explained } from './transfer.ts';

export interface TransferredSet {
  /** Where those are now that the server told of, in whatever way it completed the command. */
  readonly copies: ReadonlyMap<Uid, MessageName>;
  /** Those that are still where they were; nobody has looked when all were transferred. */
  readonly left: ReadonlyMap<Uid, MessageState>;
  /** Why those were not transferred that were not, as far as there is any. */
  readonly refusal: MailFailure;
}

/** For servers with UIDPLUS alone: with others nobody could tell what has become of which message. */
export async function transferSet(
  session: ImapSession,
  command: 'UID COPY' | 'UID MOVE',
  uids: readonly Uid[],
  path: GrantedPath,
): Promise<TransferredSet> {
  const copies = new Map<Uid, MessageName>();
  const add = (response: unknown): void => {
    for (const [uid, copy] of copiedMessagesOf(response)) copies.set(uid, copy);
  };
  const silence: MailFailure = { kind: 'command-refused', command, responseCode: null };
  let refusal: MailFailure = silence;
  for (const set of uidSets(uids)) {
    const tagged = await attempt(() =>
      // MOVE tells in an untagged OK before it completes (RFC 6851 §4.3), and may do so several times.
      session.exec(command, [setToken(set), session.pathToken(path)], { OK: async (response) => add(response) }),
    );
    if (tagged.ok) {
      add(tagged.value);
      continue;
    }
    // The mailbox may have been renamed or deleted since it was listed; the next request shall look again.
    session.rolePaths = null;
    refusal = asDestination(await explained(session, path, tagged.failure));
  }
  if (refusal === silence && uids.every((uid) => copies.has(uid))) return { copies, left: new Map(), refusal };
  // What others have expunged need not be shown before the server was given the chance to say so.
  await session.noop();
  return { copies, left: await lookUpAll(session, uids), refusal };
}
