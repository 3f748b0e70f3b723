/**
 * What does a server tell of its mailboxes? (LIST, LSUB, STATUS and MYRIGHTS)
 *
 * All that arrives for one command or for several that are on their way together. Names are taken as octets, whatever they
 * are sent as.
 */
import { Buffer } from 'node:buffer';
import type { UntaggedHandlers } from './imapflow.ts';
import { uidValidityOf } from './select-answer.ts';
import type { ImapSession } from './session.ts';
import { listIn, textIn, valueIn } from './token-values.ts';

export interface ListedName {
  /** As it stands on the wire, in octets. */
  readonly name: string;
  /** Empty where there is no hierarchy (NIL). */
  readonly delimiter: string;
  readonly flags: ReadonlySet<string>;
  isSubscribed: boolean;
  told: Told;
}

/** What the names of all mailboxes in this one begin with. */
export const prefixOf = ({ name, delimiter }: Pick<ListedName, 'name' | 'delimiter'>): string =>
  delimiter !== '' && name.endsWith(delimiter) ? name : name + delimiter;

/** Null where the server did not say. */
export interface Told {
  readonly messages: number | null;
  readonly unseen: number | null;
  /** In octets. */
  readonly size: number | null;
  /** The letters of RFC 4314. */
  readonly rights: string | null;
  /** 0 is none. */
  readonly uidValidity: number | null;
  readonly uidNext: number | null;
  /** HIGHESTMODSEQ; null also for a mailbox that has none (RFC 7162 §3.1.2.2). */
  readonly modseq: bigint | null;
}

export const nothingTold: Told = {
  messages: null,
  unseen: null,
  size: null,
  rights: null,
  uidValidity: null,
  uidNext: null,
  modseq: null,
};

/** What either of the two says. */
export const mergedTold = (one: Told, other: Told): Told => ({
  messages: other.messages ?? one.messages,
  unseen: other.unseen ?? one.unseen,
  size: other.size ?? one.size,
  rights: other.rights ?? one.rights,
  uidValidity: other.uidValidity ?? one.uidValidity,
  uidNext: other.uidNext ?? one.uidNext,
  modseq: other.modseq ?? one.modseq,
});

export class ListAnswer {
  readonly #session: ImapSession;
  readonly #entries = new Map<string, ListedName>();
  readonly #told = new Map<string, Told>();

  constructor(session: ImapSession) {
    this.#session = session;
  }

  handlersFor(verb: 'LIST' | 'LSUB'): UntaggedHandlers {
    return { [verb]: async ({ attributes = [] }) => this.#add(attributes), ...this.detailHandlers };
  }

  get detailHandlers(): UntaggedHandlers {
    return {
      // mailutils puts no quotes around a name with spaces, which is several tokens then.
      STATUS: async ({ attributes = [] }) => this.#count([attributes[0], attributes.at(-1)]),
      MYRIGHTS: async ({ attributes: [mailbox, rights] = [] }) =>
        this.#tell(mailbox, { ...nothingTold, rights: textIn(rights) }),
    };
  }

  all(): ListedName[] {
    return [...this.#entries.values()].map((entry) => ({ ...entry, told: this.toldOf(entry.name) ?? nothingTold }));
  }

  /** Null when nothing was told under that name. */
  toldOf(name: string): Told | null {
    return this.#told.get(name) ?? null;
  }

  /** However the server spells the name of the only mailbox that it was asked about. */
  get onlyTold(): Told | null {
    const [told, ...more] = this.#told.values();
    return told !== undefined && more.length === 0 ? told : null;
  }

  #add([flagList, delimiter, token]: readonly unknown[]): void {
    const name = this.#nameIn(token);
    if (name === null || name === '' || this.#entries.has(name)) return;
    const flags = new Set(listIn(flagList).flatMap((flag) => textIn(flag) ?? []));
    const isSubscribed = hasFlag(flags, '\\subscribed');
    this.#entries.set(name, { name, delimiter: textIn(delimiter) ?? '', flags, isSubscribed, told: nothingTold });
  }

  #count([token, items]: readonly unknown[]): void {
    const texts = listIn(items).map((item) => textIn(item) ?? '');
    const textBehind = (item: string): string => {
      const at = texts.findIndex((text) => text.toUpperCase() === item);
      return at < 0 ? '' : (texts[at + 1] ?? '');
    };
    const numberOf = (item: string): number | null =>
      /^\d{1,15}$/.test(textBehind(item)) ? Number(textBehind(item)) : null;
    const modseq = textBehind('HIGHESTMODSEQ');
    this.#tell(token, {
      ...nothingTold,
      messages: numberOf('MESSAGES'),
      unseen: numberOf('UNSEEN'),
      size: numberOf('SIZE'),
      uidValidity: uidValidityOf(textBehind('UIDVALIDITY')),
      uidNext: uidValidityOf(textBehind('UIDNEXT')) || null,
      modseq: /^[1-9]\d{0,18}$/.test(modseq) ? BigInt(modseq) : null,
    });
  }

  #tell(token: unknown, told: Told): void {
    const name = this.#nameIn(token);
    if (name !== null) this.#told.set(name, mergedTold(this.#told.get(name) ?? nothingTold, told));
  }

  /** In octets. imapflow reads a line as UTF-8; what is not UTF-8 stands at the end of the line as it came. */
  #nameIn(token: unknown): string | null {
    const value = valueIn(token);
    const octets =
      value instanceof Uint8Array
        ? Buffer.from(value).toString('latin1')
        : typeof value === 'string'
          ? Buffer.from(value, 'utf8').toString('latin1')
          : null;
    if (octets === null) return null;
    const isReplaced = typeof value === 'string' && value.includes('\uFFFD');
    const name = isReplaced ? (lastIn(Buffer.from(this.#session.line).toString('latin1')) ?? octets) : octets;
    return /^inbox$/i.test(name) ? 'INBOX' : name;
  }
}

/** In any case, as flags are (RFC 9051 §9). */
export const hasFlag = (flags: ReadonlySet<string>, flag: string): boolean =>
  [...flags].some((one) => one.toLowerCase() === flag);

/** The last string or atom of a LIST line. A STATUS line of such a name stays without counts. */
function lastIn(line: string): string | null {
  const [, inQuotes, bare] = /(?:"((?:[^"\\]|\\.)*)"|([^\s"()]+))\s*$/.exec(line) ?? [];
  return inQuotes?.replace(/\\(.)/g, '$1') ?? bare ?? null;
}
