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
import { commandFailureOf, isRefusal } from './errors.ts';
import { FetchRows } from './fetch-rows.ts';
import { Idle } from './idle.ts';
import {
  type FetchMessageObject,
  formatMessageResponse,
  type ImapClient,
  type ImapResponse,
  type MailboxObject,
  type UntaggedHandlers,
} from './imapflow.ts';
import { type Octets, sendLiteral } from './literal.ts';
import { type NameEncoding, nameOfPath } from './mailbox-name.ts';
import type { Namespaces } from './namespaces.ts';
import { type News, newsOf } from './news.ts';
import { withPreviewItem } from './preview-item.ts';
import { responseCodeTexts } from './response.ts';
import { SelectAnswer } from './select-answer.ts';
import { followMailbox, type MailboxMoment } from './selected-state.ts';
import { selectedValidity } from './status-number.ts';
import { atom, type CompilableToken, literalHead, type MessageSet, mailboxToken, quoted, setToken } from './tokens.ts';

/** What matters to us; a server of IMAP4rev2 has the first of them, whether or not rev2 was enabled (RFC 9051 Appendix E). */
const ofRev2 = [
  'UIDPLUS',
  'MOVE',
  'ESEARCH',
  'NAMESPACE',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'STATUS=SIZE',
  'SPECIAL-USE',
  'IDLE',
  'ENABLE',
  'UNSELECT',
] as const;
const others = [
  'ACL',
  'CHILDREN',
  'CONDSTORE',
  'CREATE-SPECIAL-USE',
  'LIST-MYRIGHTS',
  'OBJECTID',
  'PREVIEW',
  'QRESYNC',
  'QUOTA',
  'REPLACE',
  'SORT',
  'THREAD=REFERENCES',
  'THREAD=REFS',
  'X-GM-EXT-1',
] as const;
type Capability = (typeof ofRev2)[number] | (typeof others)[number];

const tooEarly = (): never => {
  throw new Failed({ kind: 'protocol-violated', detail: 'It completed a command before it had all of it.' });
};

/** A refusal without a reason that could be told from others. */
const isSilent = (error: unknown): boolean =>
  error instanceof Failed && error.failure.kind === 'command-refused' && error.failure.responseCode === null;

/** Commands whose numbers mean nothing in a mailbox that was numbered anew. */
const namesMessages = /^(UID |FETCH|STORE|SEARCH|SORT|THREAD|COPY|MOVE)/;

export type StoreOperation = '+FLAGS' | '-FLAGS';

interface ToldRows {
  readonly tagged: ImapResponse;
  readonly rows: FetchMessageObject[];
}

/** Where rows of FETCH go as they come; `removals` is how many times messages have been removed by then. */
export interface RowSink {
  readonly isContradictory: boolean;
  add(row: FetchMessageObject, removals: number): void;
}

export class ImapSession implements Poolable {
  readonly #client: ImapClient;
  readonly #faultOf: () => MailFailure | null;
  readonly #state: ReturnType<typeof followMailbox>;
  /** What the server tells of the selected mailbox without being asked. */
  readonly news: News;
  #isIdentified = false;
  #isCondstoreRefused = false;
  #owesNews = false;
  /** It answers STATUS of the selected mailbox from what it has told already (Dovecot). */
  #isAskedInVain = false;
  /** Which mailbox has which role, as listed once; null when that is not known yet. */
  rolePaths: ReadonlyMap<Role, string> | null = null;
  isQresyncRefused = false;
  /** How many times `rolePaths` was told to be out of date: what was listed before that is not to be kept. */
  rolesForgotten = 0;
  /** Whose mailboxes are whose, as asked once; null before that. */
  namespaces: Namespaces | null = null;

  constructor(client: ImapClient, faultOf: () => MailFailure | null) {
    this.#client = client;
    this.#faultOf = faultOf;
    this.#state = followMailbox(client);
    this.news = newsOf(client);
  }

  get isOpen(): boolean {
    return this.#client.usable && this.#client.state !== this.#client.states.LOGOUT;
  }

  /** The connection ends without LOGOUT, and no command could have the server expunge anything (CLOSE is never sent). */
  close(): void {
    this.#client.close();
  }

  has(capability: Capability): boolean {
    const { capabilities } = this.#client;
    return (
      capabilities.has(capability) || (capabilities.has('IMAP4rev2') && ofRev2.some((name) => name === capability))
    );
  }

  /** All that the server says it can do, in its own words, sorted. */
  get capabilities(): readonly string[] {
    return this.#client.capabilityNames;
  }

  /**
   * How many sessions of one account get along; null for any number. mailutils keeps changes to the session that made them
   * until it leaves the mailbox; servers that share a mailbox better have had UIDPLUS for twenty years.
   */
  get mostSessions(): number | null {
    return this.has('UIDPLUS') ? null : 1;
  }

  /** How names are written on this connection. */
  get nameEncoding(): NameEncoding {
    return this.#client.hasUtf8 ? 'utf-8' : 'utf-7';
  }

  /** How many lines of the server could not be parsed, and are left out of what it told. */
  get unreadLines(): number {
    return this.#client.unreadLines;
  }

  /** The response that is being handled, as it came. */
  get line(): Uint8Array {
    return this.#client.line;
  }

  /** The selected mailbox as far as the server has told; its `exists` follows what arrives. */
  get mailbox(): MailboxObject | null {
    return this.#client.mailbox || null;
  }

  /** The selected mailbox as SELECT has told of it; null when none is. */
  get moment(): MailboxMoment | null {
    return this.#state.moment;
  }

  /** True when the selected mailbox has got another UIDVALIDITY since: until it is selected anew, no UID means anything. */
  get isRenumbered(): boolean {
    return this.#state.isRenumbered;
  }

  /** Mailboxes have been made, renamed or deleted, by this session or by another. */
  forgetRoles(): void {
    this.rolePaths = null;
    this.rolesForgotten += 1;
  }

  /** Lets the server report what changed in the selected mailbox. */
  async noop(): Promise<void> {
    await this.exec('NOOP', false);
  }

  /**
   * The same as the first command after a pause. A connection that died in silence does not answer it, and is lost rather
   * than slow; so it is waited for less long than a command that has work to do. One that has more news than is listened to is given up
   * in the same way: a new one is told of the mailbox as it is.
   */
  async wakeUp(): Promise<void> {
    this.#owesNews = false;
    try {
      await within(limits.wakeUpMs, 'command', this.#askForNews());
    } catch (error) {
      if (!(error instanceof Failed) || !['deadline-exceeded', 'limit-exceeded'].includes(error.failure.kind))
        throw error;
      this.close();
      throw new Failed({ kind: 'connection-lost' });
    }
  }

  /**
   * Lets the server report what changes in the selected mailbox as it happens (RFC 2177), until then or until the server ends
   * it, which is answered by false. Nothing else may be asked meanwhile. What it reports goes to `news`.
   */
  async idle(until: Promise<void>): Promise<boolean> {
    this.#owesNews = false;
    const idle = new Idle(this.#client);
    await this.#within('IDLE', () => idle.begin());
    await idle.rest(until);
    const { isRunning } = idle;
    await this.#within('IDLE', () => idle.end());
    return isRunning;
  }

  /**
   * NOOP, and in the same go whether the selected mailbox still has its name: one that was renamed or deleted, and made anew by
   * somebody, is shown by some servers with the new one's messages under the old UIDVALIDITY (Courier, ran), by some as empty
   * (Cyrus, ran). INBOX stays INBOX, and where each request selects its mailbox anyway nothing has to be asked.
   */
  async #askForNews(): Promise<void> {
    const { mailbox } = this;
    const isSettled = mailbox === null || mailbox.path === 'INBOX' || this.mostSessions !== null;
    if (isSettled || this.#isAskedInVain) return this.#noopInEarnest();
    const told = await this.#withNoop(() => selectedValidity(this, mailbox.path));
    if (told === 'in vain') this.#isAskedInVain = true;
    // Refused: it may be gone. Selecting it will tell. What went along may have selected another by now.
    else if (told !== 'untold' && this.mailbox === mailbox) this.#state.tell(told);
  }

  /**
   * Dovecot says OK, and an untagged NO before it, when it cannot tell: another mailbox has the name of the selected one by now. In
   * such a session even SELECT fails, so it ends. A warning about room, which comes in the same way, is an ALERT.
   */
  async #noopInEarnest(): Promise<void> {
    let isLost = false;
    const untagged: UntaggedHandlers = {
      NO: async (response) => {
        isLost ||= responseCodeTexts(response)[0]?.toUpperCase() !== 'ALERT';
      },
    };
    // Somebody may have marked all messages as read.
    await this.exec('NOOP', false, untagged, true);
    if (!isLost) return;
    this.close();
    throw new Failed({ kind: 'connection-lost' });
  }

  /** Behind the NOOP, which is when Courier adopts the new messages; Dovecot completes NOOP last, so it gets it last. */
  async #withNoop<T>(ask: () => Promise<T>): Promise<T> {
    const noop = () => this.#noopInEarnest();
    return this.#knowsMailboxes ? (await this.together(ask, noop))[0] : (await this.together(noop, ask))[1];
  }

  /** Where there are modification sequences, a selected mailbox is more than its name to the server, and never becomes another. */
  get #knowsMailboxes(): boolean {
    return this.#client.capabilities.has('CONDSTORE');
  }

  /** The next command goes out with a NOOP before it: in one go when it names messages by UID, which news cannot shift. */
  oweNews(): void {
    this.#owesNews = true;
  }

  /**
   * Two commands in one go, without waiting for the first one's answer before the second is sent (RFC 9051 §5.5): one round
   * trip. Both have ended when this does; fails as the first of them that fails. Never for a command by sequence numbers
   * behind one during which the server may tell of removed messages. When both wait for the same kind of response, the first
   * gets those of both: servers may complete both after they have answered both.
   */
  async together<A, B>(first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
    const both = [first(), second()] as const;
    this.#client.sendAhead();
    await Promise.allSettled(both);
    return Promise.all(both);
  }

  /** The same with any number of commands. Those that wait for the same kind of response had better share what they do with it. */
  async allTogether<T>(commands: readonly (() => Promise<T>)[]): Promise<T[]> {
    const all = commands.map((command) => command());
    this.#client.sendAhead();
    await Promise.allSettled(all);
    return Promise.all(all);
  }

  /** `parameters` as in RFC 4466 §2.1; `told` is for what a server tells along with them, maybe of each message. */
  async select(path: string, parameters: readonly CompilableToken[] = [], told: UntaggedHandlers = {}): Promise<void> {
    if (this.#owesNews) return this.#awake(() => this.select(path, parameters, told));
    try {
      await this.#selectCounting(path, parameters, told);
    } catch (error) {
      // NetEase refuses mailboxes to clients that have not introduced themselves, without saying so in a code.
      if (!isSilent(error) || this.#isIdentified || !this.#client.capabilities.has('ID')) throw error;
      this.#isIdentified = true;
      await this.exec('ID', [[quoted('name'), quoted('Postern')]]);
      await this.#select(path, parameters, told);
    }
  }

  /**
   * HIGHESTMODSEQ belongs to the answer wherever changes are counted, but Dovecot 2.3 has to be asked for it first (RFC 7162
   * §3.1.8). Without it where a server announces CONDSTORE and takes no parameter.
   */
  async #selectCounting(path: string, parameters: readonly CompilableToken[], told: UntaggedHandlers): Promise<void> {
    const mayCount = this.has('CONDSTORE') && !this.enabled.has('QRESYNC') && !this.#isCondstoreRefused;
    if (parameters.length > 0 || !mayCount) return this.#select(path, parameters, told);
    try {
      await this.#select(path, [atom('CONDSTORE')], told);
    } catch (error) {
      if (!isSilent(error)) throw error;
      await this.#select(path, [], told);
      this.#isCondstoreRefused = true;
    }
  }

  async #select(path: string, parameters: readonly CompilableToken[], told: UntaggedHandlers): Promise<void> {
    // Whatever the answer, the mailbox from before is left (RFC 9051 §6.3.2), and what is told is about the new one.
    this.#state.leave();
    const answer = new SelectAnswer(path);
    const tokens = [this.pathToken(path), ...(parameters.length === 0 ? [] : [parameters])];
    const enter = (tagged: ImapResponse) => this.#state.enter(answer.mailbox(tagged));
    await this.#run('SELECT', tokens, { ...answer.untagged, ...told }, enter, 'FETCH' in told);
  }

  /** The mailbox is left without expunging anything, which CLOSE would do (RFC 3691). */
  async unselect(): Promise<void> {
    if (this.#owesNews) return this.#awake(() => this.unselect());
    this.#state.leave();
    await this.#run('UNSELECT', false, {});
  }

  /** What ENABLE has switched on (RFC 5161). */
  get enabled(): Set<string> {
    return this.#client.enabled;
  }

  /** FETCH. One row a message; messages that are not there are missing, rows nobody asked for may be among them. */
  async fetch(messages: MessageSet, items: readonly CompilableToken[]): Promise<FetchMessageObject[]> {
    const command = messages.by === 'uid' ? 'UID FETCH' : 'FETCH';
    return (await this.#told(command, [setToken(messages), [atom('UID'), ...items]])).rows;
  }

  /** UID STORE, not silent. Answers the rows that the server sent, which tell whether the message was there at all. */
  async store(
    messages: MessageSet,
    operation: StoreOperation,
    flags: readonly string[],
  ): Promise<FetchMessageObject[]> {
    return (await this.#told('UID STORE', [setToken(messages), atom(operation), flags.map(atom)])).rows;
  }

  async #told(command: string, tokens: readonly CompilableToken[]): Promise<ToldRows> {
    const rows = new FetchRows();
    return { tagged: await this.tell(rows, command, tokens), rows: rows.merged() };
  }

  /** The tagged OK of a command that is answered in rows. */
  async tell(rows: RowSink, command: string, tokens: readonly CompilableToken[]): Promise<ImapResponse> {
    const tagged = await this.exec(command, tokens, {
      FETCH: async (response) => {
        const { mailbox } = this;
        if (mailbox === null) return;
        const row = await formatMessageResponse(response, mailbox, undefined, this.#client);
        rows.add(withPreviewItem(row, response), this.#state.removals);
      },
    });
    if (!rows.isContradictory) return tagged;
    this.close();
    throw new Failed({ kind: 'protocol-violated', detail: 'It gave one UID to two messages, or two UIDs to one.' });
  }

  /**
   * UID STORE that a change since `modseq` prevents (RFC 7162 §3.1.3). The server says OK to one that it prevented, and only
   * a response code beside it tells.
   */
  async storeUnchanged(
    messages: MessageSet,
    modseq: bigint,
    operation: StoreOperation,
    flags: readonly string[],
  ): Promise<{ readonly isModified: boolean; readonly rows: FetchMessageObject[] }> {
    const unchanged = [atom('UNCHANGEDSINCE'), atom(String(modseq))];
    const tokens = [setToken(messages), unchanged, atom(operation), flags.map(atom)];
    const { tagged, rows } = await this.#told('UID STORE', tokens);
    return { isModified: responseCodeTexts(tagged)[0]?.toUpperCase() === 'MODIFIED', rows };
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
   * APPEND, or what else ends in a message, its octets streamed. Each octet is under a deadline, however long all of them take. `begin` is called when the
   * server has asked for the first. A refusal before that or after the last leaves the session usable; anything in between
   * ends it, since a literal that was begun has to be finished and nothing else may be sent.
   */
  async append(
    tokens: readonly CompilableToken[],
    octets: Octets,
    begin: () => void,
    command: 'APPEND' | 'UID REPLACE' = 'APPEND',
    untagged: UntaggedHandlers = {},
  ): Promise<ImapResponse> {
    const asked = Promise.withResolvers<void>();
    const onPlusTag = async (): Promise<void> => asked.resolve();
    const all = [...tokens, literalHead(octets.lengthBytes)];
    const completion = this.#client.exec(command, all, { untagged, onPlusTag });
    await this.#within(command, () => Promise.race([asked.promise, completion.then(tooEarly)]));
    begin();
    try {
      await sendLiteral(octets, (bytes) => this.#client.sendOctets(bytes), completion.then(tooEarly));
    } catch (error) {
      this.close();
      const failure = commandFailureOf(error, command, this.#faultOf());
      throw failure === null ? error : new Failed(failure);
    }
    return this.#within(command, async () => {
      const { response, next } = await completion;
      next();
      return response;
    });
  }

  /** A mailbox's name as the server spells it. */
  pathToken(path: string): CompilableToken {
    return mailboxToken(nameOfPath(path, this.nameEncoding), this.nameEncoding);
  }

  /**
   * Any command. Answers its tagged OK. Fails with `state-gone` when the mailbox has got another UIDVALIDITY. `isLong`: it may be
   * answered with some words about each message.
   */
  async exec(
    command: string,
    tokens: readonly CompilableToken[] | false,
    untagged: UntaggedHandlers = {},
    isLong = false,
  ): Promise<ImapResponse> {
    const refuse = (): void => {
      if (this.isRenumbered && namesMessages.test(command)) throw new Failed({ kind: 'state-gone' });
    };
    refuse();
    const tagged = await this.#runWithNews(command, tokens, untagged, isLong);
    refuse();
    return tagged;
  }

  /** Sends a NOOP along, after a pause: what it tells is of no use, but that it is answered soon. */
  async #awake(run: () => Promise<void>): Promise<void> {
    this.#owesNews = false;
    await this.together(() => this.wakeUp(), run);
  }

  async #runWithNews(
    command: string,
    tokens: readonly CompilableToken[] | false,
    untagged: UntaggedHandlers,
    isLong: boolean,
  ): Promise<ImapResponse> {
    const run = () => this.#run(command, tokens, untagged, undefined, isLong);
    if (!this.#owesNews) return run();
    this.#owesNews = false;
    if (this.#mayGoAlong(command)) return (await this.together(() => this.wakeUp(), run))[1];
    await this.wakeUp();
    if (this.isRenumbered && namesMessages.test(command)) throw new Failed({ kind: 'state-gone' });
    return run();
  }

  /**
   * Whether news cannot make it a command about other messages. What changes messages waits, where a mailbox may become another; what
   * asks which messages there are always does: Dovecot looks among those that it has told of so far.
   */
  #mayGoAlong(command: string): boolean {
    if (/^UID (SEARCH|SORT|THREAD)/.test(command)) return false;
    return command === 'UID FETCH' || (command.startsWith('UID ') && this.#knowsMailboxes);
  }

  /** `apply` sees the tagged OK before anything is handled that the server sends behind it. */
  async #run(
    command: string,
    tokens: readonly CompilableToken[] | false,
    untagged: UntaggedHandlers,
    apply: (tagged: ImapResponse) => void = () => undefined,
    isLong = false,
  ): Promise<ImapResponse> {
    return this.#within(command, async () => {
      const { response, next } = await this.#client.exec(command, tokens, { untagged, isLong });
      apply(response);
      next();
      return response;
    });
  }

  async #within<T>(command: string, work: () => Promise<T>): Promise<T> {
    try {
      return await within(limits.commandMs, 'command', work());
    } catch (error) {
      const failure = commandFailureOf(error, command, this.#faultOf());
      // A login that is taken back ends the session too, or the pool would hand it on.
      if (!isRefusal(error) || failure?.kind === 'login-refused') this.close();
      throw failure === null ? error : new Failed(failure);
    }
  }
}
