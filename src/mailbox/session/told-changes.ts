/**
 * What does a server tell of the messages that have changed since a MODSEQ? (RFC 7162 §3.1.4, §3.2.10)
 *
 * Rows of a FETCH for those that are there, VANISHED (EARLIER) for those that are not. A mailbox may have many, so no more is kept
 * of each than is needed.
 */
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Uid } from '../answers.ts';
import { type ImapResponse, type UntaggedHandlers, vanishedEarlier } from './imapflow.ts';
import { listIn, textIn, textsIn } from './token-values.ts';
import { rangesIn, type UidRange } from './uid-ranges.ts';

export class ToldChanges {
  /** The MODSEQ of each message that a row was about. */
  readonly modseqs = new Map<Uid, bigint>();
  readonly vanished: UidRange[] = [];
  #isBroken = false;

  readonly untagged: UntaggedHandlers = {
    FETCH: async (response) => {
      const { uid, modseq } = rowOf(response);
      // Without a UID it is news about some message, which comes with a later MODSEQ and will be told again.
      if (uid === null) return;
      if (modseq === null) this.#isBroken = true;
      else this.modseqs.set(uid, modseq);
    },
    [vanishedEarlier]: async ({ attributes = [] }) => {
      for (const range of rangesIn(textIn(attributes[1]) ?? '')) {
        this.#isBroken ||= range === null || this.vanished.length >= limits.imapLongAnswerResponses;
        if (this.#isBroken || range === null) return;
        this.vanished.push(range);
      }
    },
  };

  /** Throws Failed when something that was told could not be understood: then what is known is not all. */
  check(): void {
    if (this.#isBroken)
      throw new Failed({ kind: 'protocol-violated', detail: 'It told of changes in a form of its own.' });
  }
}

interface Row {
  readonly uid: Uid | null;
  /** Null when the row does not tell. */
  readonly flags: readonly string[] | null;
  readonly modseq: bigint | null;
}

/** `* 7 FETCH (UID 12 FLAGS (\Seen) MODSEQ (33))`, in any order. */
export function rowOf({ attributes = [] }: ImapResponse): Row {
  let uid: Uid | null = null;
  let flags: readonly string[] | null = null;
  let modseq: bigint | null = null;
  const items = listIn(attributes[1]);
  for (let at = 0; at + 1 < items.length; at += 2) {
    const value = items[at + 1];
    switch (textIn(items[at])?.toUpperCase()) {
      case 'UID':
        uid = uidIn(textIn(value));
        break;
      case 'FLAGS':
        flags = textsIn(value);
        break;
      case 'MODSEQ':
        modseq = modseqIn(textsIn(value)[0]);
        break;
    }
  }
  return { uid, flags, modseq };
}

function uidIn(text: string | null): Uid | null {
  const value = /^[1-9]\d{0,9}$/.test(text ?? '') ? Number(text) : 0;
  return value >= 1 && value <= 0xffffffff ? (value as Uid) : null;
}

const modseqIn = (text: string | undefined): bigint | null =>
  text !== undefined && /^\d{1,19}$/.test(text) ? BigInt(text) : null;
