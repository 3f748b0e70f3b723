/**
 * What is in the newest messages of the selected mailbox, where a thousand times the same is asked for?
 *
 * In batches, so that no answer is larger than the bounds of a session allow, and other accounts get their turn in between.
 */
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Uid } from '../answers.ts';
import { attempt, isExpungeIssued } from './attempt.ts';
import type { FetchMessageObject } from './imapflow.ts';
import { uidsFound } from './search.ts';
import type { ImapSession } from './session.ts';
import { atom, type CompilableToken, uidSets } from './tokens.ts';

export interface NewestMessages {
  /** Ascending. */
  readonly uids: readonly Uid[];
  /** Whether there are no older ones. */
  readonly isAll: boolean;
}

export async function newestMessages(session: ImapSession): Promise<NewestMessages> {
  const all = await uidsFound(session, 'all');
  return { uids: all.slice(-limits.threadedMessages), isAll: all.length <= limits.threadedMessages };
}

export const isUnseen = ({ flags }: FetchMessageObject): boolean =>
  ![...(flags ?? [])].some((flag) => flag.toLowerCase() === '\\seen');

/**
 * Hands each row to `use`, in no order. A message that is there and whose row cannot be read is handed on with its flags alone, so
 * that it does not pass for deleted.
 */
export async function eachRow(
  session: ImapSession,
  uids: readonly Uid[],
  items: readonly CompilableToken[],
  use: (uid: Uid, row: FetchMessageObject) => void,
): Promise<void> {
  const missing = new Set(uids);
  const ask = async (asked: readonly Uid[], items: readonly CompilableToken[]): Promise<void> => {
    for (const set of uidSets(asked)) {
      const rows = await attempt(() => session.fetch(set, [atom('FLAGS'), ...items]));
      if (!rows.ok && !isExpungeIssued(rows.failure)) throw new Failed(rows.failure);
      for (const row of rows.ok ? rows.value : []) {
        const uid = row.uid as Uid | undefined;
        if (uid !== undefined && row.flags !== undefined && missing.delete(uid)) use(uid, row);
      }
    }
  };
  for (let from = 0; from < uids.length; from += limits.threadBatch) {
    await ask(uids.slice(from, from + limits.threadBatch), items);
  }
  if (missing.size === 0) return;
  // What others have expunged is left out of a FETCH before it can be told of (RFC 2180 §4.1).
  await session.noop();
  await ask([...missing], []);
}
