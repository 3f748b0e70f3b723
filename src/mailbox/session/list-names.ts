/**
 * LIST as the server can do it (RFC 9051 §6.3.9)
 *
 * In one round trip with subscriptions and counts where it knows LIST-EXTENDED and LIST-STATUS (RFC 5258, RFC 5819), by LIST,
 * LSUB and a STATUS for each mailbox where it does not. Names are taken as octets, whatever they are sent as.
 */
import { Buffer } from 'node:buffer';
import { Failed } from '../../core/failure.ts';
import type { UntaggedHandlers } from './imapflow.ts';
import { isSelectable } from './mailbox-roles.ts';
import type { ImapSession } from './session.ts';
import { listIn, textIn, valueIn } from './token-values.ts';
import { atom, type CompilableToken, mailboxToken, quoted } from './tokens.ts';

export interface ListedName {
  /** As it stands on the wire, in octets. */
  readonly name: string;
  /** Empty where there is no hierarchy (NIL). */
  readonly delimiter: string;
  readonly flags: Set<string>;
  isSubscribed: boolean;
  counts: Counts;
}

interface Counts {
  readonly messages: number;
  readonly unseen: number;
}

const noCounts: Counts = { messages: 0, unseen: 0 };
const countItems = [atom('MESSAGES'), atom('UNSEEN')];

/** What lies below `reference`, the namespace prefix on the wire, or everything for `''`. */
export async function listNames(session: ImapSession, reference: string, withCounts: boolean): Promise<ListedName[]> {
  const root = [mailboxToken(reference, session.nameEncoding), quoted('*')];
  const extended = session.has('LIST-EXTENDED') ? await tryExtended(session, root, withCounts) : null;
  const listed = extended ?? (await listPlainly(session, root, withCounts));
  if (withCounts && (extended === null || !session.has('LIST-STATUS'))) {
    for (const entry of listed) entry.counts = await countsOf(session, entry);
  }
  return listed;
}

/** Null when the server takes back with BAD what it has announced. */
async function tryExtended(
  session: ImapSession,
  root: readonly CompilableToken[],
  withCounts: boolean,
): Promise<ListedName[] | null> {
  const wanted: CompilableToken[] = [atom('SUBSCRIBED')];
  // Asked for one thing, some servers leave out what they would have told unasked.
  if (session.has('SPECIAL-USE')) wanted.push(atom('SPECIAL-USE'));
  if (session.has('CHILDREN')) wanted.push(atom('CHILDREN'));
  if (withCounts && session.has('LIST-STATUS')) wanted.push(atom('STATUS'), countItems);
  const listing = new Listing(session);
  const isDone = await unlessRefused(() =>
    session.exec('LIST', [...root, atom('RETURN'), wanted], listing.handlersFor('LIST')),
  );
  return isDone ? listing.all() : null;
}

async function listPlainly(
  session: ImapSession,
  root: readonly CompilableToken[],
  withSubscriptions: boolean,
): Promise<ListedName[]> {
  const listing = new Listing(session);
  await session.exec('LIST', root, listing.handlersFor('LIST'));
  const listed = listing.all();
  if (!withSubscriptions) return listed;
  const subscribed = new Listing(session);
  const isKnown = await unlessRefused(() => session.exec('LSUB', root, subscribed.handlersFor('LSUB')));
  // One that knows no subscriptions shows all mailboxes to everybody.
  const names = new Set((isKnown ? subscribed : listing).all().map(({ name }) => name));
  for (const entry of listed) entry.isSubscribed = names.has(entry.name);
  return listed;
}

async function countsOf(session: ImapSession, { name, flags }: ListedName): Promise<Counts> {
  if (!isSelectable(flags)) return noCounts;
  const listing = new Listing(session);
  const mailbox = mailboxToken(name, session.nameEncoding);
  // A mailbox that may be seen and not read has no counts for us.
  const isTold = await unlessRefused(() => session.exec('STATUS', [mailbox, countItems], listing.handlersFor('LIST')));
  const { countsByName } = listing;
  // However the server spells the name of the only mailbox that it was asked about.
  const told = countsByName.get(name) ?? (countsByName.size === 1 ? [...countsByName.values()][0] : undefined);
  return (isTold ? told : undefined) ?? noCounts;
}

async function unlessRefused(command: () => Promise<unknown>): Promise<boolean> {
  try {
    await command();
    return true;
  } catch (error) {
    const isRefused =
      error instanceof Failed &&
      ['command-refused', 'permission-denied', 'mailbox-not-found', 'server-busy'].includes(error.failure.kind);
    if (!isRefused) throw error;
    return false;
  }
}

/** What arrives for one command. */
class Listing {
  readonly countsByName = new Map<string, Counts>();
  readonly #session: ImapSession;
  readonly #entries = new Map<string, ListedName>();

  constructor(session: ImapSession) {
    this.#session = session;
  }

  handlersFor(verb: 'LIST' | 'LSUB'): UntaggedHandlers {
    return {
      [verb]: async ({ attributes = [] }) => this.#add(attributes),
      // mailutils puts no quotes around a name with spaces, which is several tokens then.
      STATUS: async ({ attributes = [] }) => this.#count([attributes[0], attributes.at(-1)]),
    };
  }

  all(): ListedName[] {
    return [...this.#entries.values()].map((entry) => ({
      ...entry,
      counts: this.countsByName.get(entry.name) ?? noCounts,
    }));
  }

  #add([flagList, delimiter, token]: readonly unknown[]): void {
    const name = this.#nameIn(token);
    if (name === null || name === '' || this.#entries.has(name)) return;
    const flags = new Set(listIn(flagList).flatMap((flag) => textIn(flag) ?? []));
    const isSubscribed = [...flags].some((flag) => flag.toLowerCase() === '\\subscribed');
    this.#entries.set(name, { name, delimiter: textIn(delimiter) ?? '', flags, isSubscribed, counts: noCounts });
  }

  #count([token, items]: readonly unknown[]): void {
    const name = this.#nameIn(token);
    const texts = listIn(items).map((item) => textIn(item) ?? '');
    const countOf = (item: string): number => {
      const value = texts[texts.findIndex((text) => text.toUpperCase() === item) + 1] ?? '';
      return /^\d{1,10}$/.test(value) ? Number(value) : 0;
    };
    if (name !== null) this.countsByName.set(name, { messages: countOf('MESSAGES'), unseen: countOf('UNSEEN') });
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

/** The last string or atom of a LIST line. A STATUS line of such a name stays without counts. */
function lastIn(line: string): string | null {
  const [, inQuotes, bare] = /(?:"((?:[^"\\]|\\.)*)"|([^\s"()]+))\s*$/.exec(line) ?? [];
  return inQuotes?.replace(/\\(.)/g, '$1') ?? bare ?? null;
}
