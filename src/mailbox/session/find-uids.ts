/**
 * Which messages of the selected mailbox are meant: all of them, or those that a search finds?
 */
import { ok, type Result } from '../../core/failure.ts';
import type { Uid } from '../answers.ts';
import type { ImapSession } from './session.ts';
import { textIn } from './token-values.ts';
import { atom } from './tokens.ts';

/** Ascending, which is the order of their arrival (RFC 9051 §2.3.1.1). */
export async function findUids(session: ImapSession): Promise<Result<Uid[]>> {
  const found = new Set<number>();
  await session.exec('UID SEARCH', [atom('ALL')], {
    // A long answer may come in several lines.
    SEARCH: async ({ numbers, attributes = [] }) => {
      for (const uid of numbers ?? attributes.map((token) => Number(textIn(token)))) found.add(uid);
    },
  });
  const uids = [...found].filter((uid) => Number.isInteger(uid) && uid > 0 && uid <= 0xffffffff);
  return ok(uids.sort((one, other) => one - other) as Uid[]);
}
