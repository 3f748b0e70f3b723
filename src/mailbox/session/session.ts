/**
 * What can be asked of one IMAP connection?
 *
 * Commands under a deadline, one at a time. A refusal (NO, BAD) leaves the session usable; whatever else goes wrong
 * closes it, since nobody knows what would still arrive. Either way it is thrown as Failed, which the object catches.
 * Knows commands, not what they are for: that is one file per operation beside this.
 */

import { within } from '../../core/deadline.ts';
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Poolable } from '../../wire/pool.ts';
import type { Role } from '../answers.ts';
import { commandFailureOf } from './errors.ts';
import {
  encodePath,
  type FetchMessageObject,
  formatMessageResponse,
  hasCapability,
  type ImapClient,
  type ImapResponse,
  type ListResponse,
  type MailboxObject,
  mergeFetchRows,
  type UntaggedHandlers,
} from './imapflow.ts';
import { responseCodeTexts } from './response.ts';
import { atom, type CompilableToken, literalHead, type MessageSet, quoted, setToken } from './tokens.ts';

type Capability = 'UIDPLUS' | 'MOVE' | 'ESEARCH' | 'NAMESPACE';

/** A literal whose octets come as they are asked for. */
export interface Octets {
  readonly lengthBytes: number;
  /** The next ones, or null after the last. Throws Failed. */
  next(): Promise<Uint8Array | null>;
}

const endOfCommand = new Uint8Array([13, 10]);

const tooEarly = (): never => {
  throw new Failed({ kind: 'protocol-violated', detail: 'It completed a command before it had all of it.' });
};

interface Namespaces {
  readonly own: readonly string[];
  readonly foreign: readonly string[];
}

export class ImapSession implements Poolable {
  readonly #client: ImapClient;
  readonly #faultOf: () => MailFailure | null;
  #isIdentified = false;
  #namespaces: Namespaces | null = null;
  /** Which mailbox has which role, as listed once; null when that is not known yet. */
  rolePaths: ReadonlyMap<Role, string> | null = null;

  constructor(client: ImapClient, faultOf: () => MailFailure | null) {
    this.#client = client;
    this.#faultOf = faultOf;
  }

  get isOpen(): boolean {
    return this.#client.usable && this.#client.state !== this.#client.states.LOGOUT;
  }

  close(): void {
    this.#client.close();
  }

  has(capability: Capability): boolean {
    // A server of IMAP4rev2 has all four, whether or not rev2 was enabled (RFC 9051 Appendix E).
    return hasCapability(this.#client, capability) || this.#client.capabilities.has('IMAP4rev2');
  }

  /** The selected mailbox as far as the server has told; its `exists` follows what arrives. */
  get mailbox(): MailboxObject | null {
    return this.#client.mailbox || null;
  }

  /** Lets the server report what changed in the selected mailbox. */
  async noop(): Promise<void> {
    await this.exec('NOOP', false);
  }

  /**
   * The same as the first command after a pause. A connection that died in silence does not answer it, and is lost rather
   * than slow; so it is waited for less long than a command that has work to do.
   */
  async wakeUp(): Promise<void> {
    try {
      await within(limits.wakeUpMs, 'command', this.noop());
    } catch (error) {
      if (!(error instanceof Failed) || error.failure.kind !== 'deadline-exceeded') throw error;
      this.close();
      throw new Failed({ kind: 'connection-lost' });
    }
  }

  async select(path: string): Promise<void> {
    // imapflow would LIST a mailbox first that it has not heard of.
    if (!this.#client.folders.has(path)) this.#client.folders.set(path, { path });
    try {
      await this.#within('SELECT', () => this.#client.run('SELECT', path));
    } catch (error) {
      // NetEase refuses mailboxes to clients that have not introduced themselves, without saying so in a code.
      const isSilent =
        error instanceof Failed && error.failure.kind === 'command-refused' && error.failure.responseCode === null;
      if (!isSilent || this.#isIdentified || !this.#client.capabilities.has('ID')) throw error;
      this.#isIdentified = true;
      await this.#within('ID', () => this.#client.run('ID', { name: 'Postern' }));
      await this.#within('SELECT', () => this.#client.run('SELECT', path));
    }
  }

  async list(reference: string, withCounts: boolean): Promise<ListResponse[]> {
    const options = withCounts ? { statusQuery: { messages: true, unseen: true } } : {};
    const listed = await this.#within('LIST', () => this.#client.run('LIST', reference, '*', options));
    // imapflow swallows what happens in the STATUS commands that it sends where LIST can't carry the counts.
    if (!this.isOpen) throw new Failed(this.#faultOf() ?? { kind: 'connection-lost' });
    return listed;
  }

  /** The prefixes of namespaces: mine, and those of other users and groups (RFC 2342). */
  async namespaces(): Promise<Namespaces> {
    this.#namespaces ??= await this.#askNamespaces();
    return this.#namespaces;
  }

  async #askNamespaces(): Promise<Namespaces> {
    if (!this.has('NAMESPACE')) return { own: [], foreign: [] };
    await this.#within('NAMESPACE', () => this.#client.run('NAMESPACE'));
    const { personal, other, shared } = this.#client.namespaces ?? { personal: [], other: false, shared: false };
    // A prefix that imapflow knows of is put before every path that lacks it, which hides all other namespaces.
    this.#client.namespace = undefined;
    const prefixesOf = (list: typeof personal | false | undefined) => (list || []).map(({ prefix }) => prefix);
    return { own: prefixesOf(personal), foreign: [...prefixesOf(other), ...prefixesOf(shared)] };
  }

  /** FETCH. One row a message; messages that are not there are missing, rows nobody asked for may be among them. */
  async fetch(messages: MessageSet, items: readonly CompilableToken[]): Promise<FetchMessageObject[]> {
    const rows = new Map<number, FetchMessageObject[]>();
    const collect = this.#collectRows(rows);
    await this.exec(
      messages.by === 'uid' ? 'UID FETCH' : 'FETCH',
      [setToken(messages), [atom('UID'), ...items]],
      collect,
    );
    return [...rows.values()].map(mergeFetchRows);
  }

  /** UID STORE, not silent. Answers the rows that the server sent, which tell whether the message was there at all. */
  async store(
    messages: MessageSet,
    operation: '+FLAGS' | '-FLAGS',
    flags: readonly string[],
  ): Promise<FetchMessageObject[]> {
    const rows = new Map<number, FetchMessageObject[]>();
    const tokens = [setToken(messages), atom(operation), flags.map(atom)];
    await this.exec('UID STORE', tokens, this.#collectRows(rows));
    return [...rows.values()].map(mergeFetchRows);
  }

  /**
   * UID STORE that a change since `modseq` prevents (RFC 7162 §3.1.3). The server says OK to one that it prevented, and only
   * a response code beside it tells.
   */
  async storeUnchanged(
    messages: MessageSet,
    modseq: bigint,
    operation: '+FLAGS' | '-FLAGS',
    flags: readonly string[],
  ): Promise<{ readonly isModified: boolean; readonly rows: FetchMessageObject[] }> {
    const rows = new Map<number, FetchMessageObject[]>();
    const unchanged = [atom('UNCHANGEDSINCE'), atom(String(modseq))];
    const tokens = [setToken(messages), unchanged, atom(operation), flags.map(atom)];
    const response = await this.exec('UID STORE', tokens, this.#collectRows(rows));
    const isModified = responseCodeTexts(response)[0]?.toUpperCase() === 'MODIFIED';
    return { isModified, rows: [...rows.values()].map(mergeFetchRows) };
  }

  /** Whether messages of the selected mailbox have a MODSEQ to ask for (RFC 7162); a server may offer it and still have none. */
  get hasModseq(): boolean {
    const { capabilities, mailbox } = this.#client;
    const isOffered = capabilities.has('CONDSTORE') || capabilities.has('QRESYNC');
    return isOffered && mailbox !== false && mailbox.noModseq !== true;
  }

  /** The most octets that a message may have to be added; null when the server does not say (RFC 7889). */
  get appendLimit(): number | 'by mailbox' | null {
    const limit = this.#client.capabilities.get('APPENDLIMIT');
    return typeof limit === 'number' ? limit : limit === true ? 'by mailbox' : null;
  }

  /**
   * APPEND, its message streamed. Each octet is under a deadline, however long all of them take. `begin` is called when the
   * server has asked for the first. A refusal before that or after the last leaves the session usable; anything in between
   * ends it, since a literal that was begun has to be finished and nothing else may be sent.
   */
  async append(tokens: readonly CompilableToken[], octets: Octets, begin: () => void): Promise<ImapResponse> {
    const asked = Promise.withResolvers<void>();
    const onPlusTag = async (): Promise<void> => asked.resolve();
    const all = [...tokens, literalHead(octets.lengthBytes)];
    const completion = this.#client.exec('APPEND', all, { untagged: {}, onPlusTag });
    await this.#within('APPEND', () => Promise.race([asked.promise, completion.then(tooEarly)]));
    begin();
    try {
      await this.#sendLiteral(octets, completion.then(tooEarly));
    } catch (error) {
      this.close();
      const failure = commandFailureOf(error, 'APPEND', this.#faultOf());
      throw failure === null ? error : new Failed(failure);
    }
    return this.#within('APPEND', async () => {
      const { response, next } = await completion;
      next();
      return response;
    });
  }

  /** Until it has all octets, a server may say nothing but that it wants more. */
  async #sendLiteral(octets: Octets, interrupted: Promise<never>): Promise<void> {
    let left = octets.lengthBytes;
    const orInterrupted = <T>(work: Promise<T>) => (left > 0 ? Promise.race([work, interrupted]) : work);
    for (;;) {
      const packet = await orInterrupted(octets.next());
      const bytes = packet ?? endOfCommand;
      await orInterrupted(within(limits.commandMs, 'command', this.#client.sendOctets(bytes)));
      if (packet === null) return;
      left -= packet.length;
    }
  }

  /** A mailbox's name as the server spells it. */
  pathToken(path: string): CompilableToken {
    return quoted(encodePath(this.#client, path));
  }

  /** Any command. Answers its tagged OK. */
  async exec(
    command: string,
    tokens: readonly CompilableToken[] | false,
    untagged: UntaggedHandlers = {},
  ): Promise<ImapResponse> {
    return this.#within(command, async () => {
      const { response, next } = await this.#client.exec(command, tokens, { untagged });
      next();
      return response;
    });
  }

  #collectRows(rows: Map<number, FetchMessageObject[]>): UntaggedHandlers {
    return {
      FETCH: async (response) => {
        const { mailbox } = this;
        if (mailbox === null) return;
        const row = await formatMessageResponse(response, mailbox, undefined, this.#client);
        rows.set(row.seq, [...(rows.get(row.seq) ?? []), row]);
      },
    };
  }

  async #within<T>(command: string, work: () => Promise<T>): Promise<T> {
    try {
      return await within(limits.commandMs, 'command', work());
    } catch (error) {
      const failure = commandFailureOf(error, command, this.#faultOf());
      if (failure?.kind !== 'command-refused') this.close();
      throw failure === null ? error : new Failed(failure);
    }
  }
}
