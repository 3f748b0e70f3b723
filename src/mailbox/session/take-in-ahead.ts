/**
 * Which messages of the selected mailbox have the Message-IDs that are going to be looked for?
 *
 * Asked for all of them in one search: each goes through a large mailbox from its beginning (Dovecot: 0.4 s for 100,000 messages, ran).
 * One that is known to be there is asked for with them, so that an answer without it is none.
 */
import { Failed } from '../../core/failure.ts';
import type { Parcel } from '../../core/parcel.ts';
import type { Uid } from '../answers.ts';
import type { Program, SearchToken } from '../search/program.ts';
import { attempt, isExpungeIssued } from './attempt.ts';
import { messageIdIn, messageIdItem } from './message-id-item.ts';
import { uidsFound } from './search.ts';
import type { ImapSession } from './session.ts';
import { uidSets } from './tokens.ts';

/** A message of the mailbox that searching can be tried by. */
export interface Sample {
  readonly uid: Uid;
  readonly messageId: string;
}

export class LookAhead {
  readonly #session: ImapSession;
  readonly #known = new Map<string, readonly Uid[]>();

  constructor(session: ImapSession) {
    this.#session = session;
  }

  /** Those that had it when it was looked for; null when it was not, or was used already: it may be there by now. */
  take(messageId: string): readonly Uid[] | null {
    const known = this.#known.get(messageId) ?? null;
    this.#known.delete(messageId);
    return known;
  }

  /** For these, as many as fit into one command. */
  async look(parcels: readonly Parcel[], sample: Sample): Promise<void> {
    const ids = asManyAsFit(new Set(parcels.flatMap(({ messageId }) => messageId ?? [])));
    // For one alone it is no gain.
    if (ids.length < 2) return;
    const found = await attempt(() => uidsFound(this.#session, anyOf([...ids, sample.messageId])));
    if (!found.ok || found.value.length > mostFound || !found.value.includes(sample.uid)) return;
    const byId = await this.#messageIdsOf(found.value, sample);
    if (byId !== null) for (const id of ids) this.#known.set(id, byId.get(id.toLowerCase()) ?? []);
  }

  /** Null when one of them cannot be read. */
  async #messageIdsOf(found: readonly Uid[], sample: Sample): Promise<ReadonlyMap<string, Uid[]> | null> {
    const byId = new Map([[sample.messageId.toLowerCase(), [sample.uid]]]);
    const missing = new Set<number>(found.filter((uid) => uid !== sample.uid));
    for (const set of uidSets(found.filter((uid) => missing.has(uid)))) {
      const rows = await attempt(() => this.#session.fetch(set, [messageIdItem]));
      if (!rows.ok && !isExpungeIssued(rows.failure)) throw new Failed(rows.failure);
      for (const row of rows.ok ? rows.value : []) {
        const id = messageIdIn(row)?.toLowerCase();
        if (id === undefined || !missing.delete(row.uid)) continue;
        byId.set(id, [...(byId.get(id) ?? []), row.uid as Uid]);
      }
    }
    return missing.size === 0 ? byId : null;
  }
}

const mostFound = 500;
const mostBytes = 6_000;

function asManyAsFit(ids: ReadonlySet<string>): readonly string[] {
  let bytes = 0;
  return [...ids].filter((id) => {
    bytes += id.length + 'OR HEADER Message-ID "" '.length;
    return bytes <= mostBytes;
  });
}

const anyOf = (ids: readonly string[]): Program => [
  ids.flatMap((id, index): SearchToken[] => [
    ...(index < ids.length - 1 ? ['OR'] : []),
    'HEADER',
    'Message-ID',
    { text: id },
  ]),
];
