/**
 * Which messages of the selected mailbox are these? (UID SEARCH, RFC 3501 §6.4.4)
 */
import type { Uid } from '../answers.ts';
import type { ImapSession } from './session.ts';
import { textIn } from './token-values.ts';
import type { CompilableToken } from './tokens.ts';

/** RFC 9051 §9, `nz-number` */
const isUid = (number: number): boolean => Number.isInteger(number) && number > 0 && number <= 0xffffffff;

/** Ascending, each once. */
export async function searchUids(session: ImapSession, criteria: readonly CompilableToken[]): Promise<Uid[]> {
  const found = new Set<number>();
  await session.exec('UID SEARCH', criteria, {
    // A long answer may come in several lines.
    SEARCH: async ({ numbers, attributes = [] }) => {
      for (const uid of numbers ?? attributes.map((token) => Number(textIn(token)))) if (isUid(uid)) found.add(uid);
    },
  });
  return [...found].sort((one, other) => one - other).map((uid) => uid as Uid);
}
