/**
 * Which UIDs are in the selected mailbox?
 *
 * By UID SEARCH, as ranges where the server knows ESEARCH (RFC 4731 §3.1), which is some octets instead of some hundred thousand.
 */
import { limits } from '../../core/limits.ts';
import type { Uid } from '../answers.ts';
import { present } from '../sync/mark.ts';
import type { UntaggedHandlers } from './imapflow.ts';
import type { ImapSession } from './session.ts';
import { textIn } from './token-values.ts';
import { atom } from './tokens.ts';
import { rangesIn } from './uid-ranges.ts';

export interface AllUids {
  readonly found: Map<Uid, typeof present>;
  ask(): Promise<void>;
}

export function allUids(session: ImapSession): AllUids {
  const found = new Map<Uid, typeof present>();
  const addSet = (set: string): void => {
    for (const range of rangesIn(set)) {
      if (range === null || found.size + range.last - range.first > limits.imapLongAnswerResponses) continue;
      for (let uid = range.first; uid <= range.last; uid++) found.set(uid as Uid, present);
    }
  };
  const untagged: UntaggedHandlers = {
    ESEARCH: async ({ attributes = [] }) => {
      const at = attributes.findIndex((token) => textIn(token)?.toUpperCase() === 'ALL');
      if (at >= 0) addSet(textIn(attributes[at + 1]) ?? '');
    },
    SEARCH: async ({ numbers, attributes = [] }) => {
      const uids = numbers ?? attributes.map((token) => Number(textIn(token)));
      for (const uid of uids) if (uid >= 1 && uid <= 0xffffffff) found.set(uid as Uid, present);
    },
  };
  const ask = async (): Promise<void> => {
    const how = session.has('ESEARCH') ? [atom('RETURN'), [atom('ALL')]] : [];
    await session.exec('UID SEARCH', [...how, atom('ALL')], untagged, true);
  };
  return { found, ask };
}
