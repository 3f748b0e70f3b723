/**
 * What does a server tell of a mailbox when it is selected? (RFC 9051 §6.3.2)
 */
import { Failed } from '../../core/failure.ts';
import type { ImapResponse, MailboxObject } from './imapflow.ts';
import { responseCodeTexts } from './response.ts';
import { textsIn } from './token-values.ts';
import { vanishedIn } from './uid-ranges.ts';

const highestUidValidity = 0xffffffff;

/**
 * 0 when the server says so or says nothing: then nothing tells whether a UID still means the same message. Null for what
 * is no UIDVALIDITY at all (RFC 9051 §9, `nz-number`).
 */
export function uidValidityOf(text: string): number | null {
  if (!/^\d{1,10}$/.test(text)) return null;
  const value = Number(text);
  return value <= highestUidValidity ? value : null;
}

export class SelectAnswer {
  readonly #path: string;
  #exists: number | null = null;
  #uidValidity: number | null = 0;
  #flags: readonly string[] = [];
  #permanentFlags: readonly string[] | null = null;
  /** Although the server knows CONDSTORE, this mailbox does not (RFC 7162 §3.1.2.2). */
  #noModseq = false;
  #uidNext = 0;
  #highestModseq: bigint | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  readonly untagged = {
    EXISTS: async ({ command = '' }: ImapResponse) => {
      if (/^\d{1,10}$/.test(command)) this.#exists = Number(command);
    },
    // Between this and the end of SELECT others may expunge.
    VANISHED: async (response: ImapResponse) => {
      if (this.#exists !== null) this.#exists -= Math.min(this.#exists, vanishedIn(response));
    },
    FLAGS: async ({ attributes = [] }: ImapResponse) => {
      this.#flags = textsIn(attributes[0]);
    },
    OK: async (response: ImapResponse) => {
      const [code = '', value = ''] = responseCodeTexts(response);
      const list = response.attributes?.[0]?.section?.[1];
      switch (code.toUpperCase()) {
        case 'UIDVALIDITY':
          this.#uidValidity = uidValidityOf(value);
          break;
        case 'PERMANENTFLAGS':
          if (Array.isArray(list)) this.#permanentFlags = textsIn(list);
          break;
        case 'UIDNEXT':
          this.#uidNext = uidValidityOf(value) ?? 0;
          break;
        case 'NOMODSEQ':
          this.#noModseq = true;
          break;
        case 'HIGHESTMODSEQ':
          // RFC 7162 §7: 63 bits.
          this.#highestModseq = /^\d{1,19}$/.test(value) ? BigInt(value) : null;
          break;
      }
    },
  } as const;

  /** The mailbox as selected. Throws Failed when the server has left out what nothing can be done without. */
  mailbox(tagged: ImapResponse): MailboxObject {
    const exists = this.#exists;
    const uidValidity = this.#uidValidity;
    if (exists === null) throw violated('It selected a mailbox without telling how many messages are in it.');
    if (uidValidity === null) throw violated('It gave a mailbox a UIDVALIDITY that is none.');
    const permanentFlags = this.#permanentFlags;
    return {
      path: this.#path,
      delimiter: '',
      flags: new Set(this.#flags),
      ...(permanentFlags === null ? {} : { permanentFlags: new Set(permanentFlags) }),
      uidValidity: BigInt(uidValidity),
      uidNext: this.#uidNext,
      ...(this.#highestModseq === null ? {} : { highestModseq: this.#highestModseq }),
      exists,
      noModseq: this.#noModseq,
      readOnly: responseCodeTexts(tagged)[0]?.toUpperCase() === 'READ-ONLY',
    };
  }
}

const violated = (detail: string): Failed => new Failed({ kind: 'protocol-violated', detail });
