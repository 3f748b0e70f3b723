/**
 * What can be asked of one IMAP session, which has at most one mailbox selected?
 *
 * Sees to it that an answer is about that mailbox as it is now: news are asked for, and a mailbox that was numbered anew is
 * noticed. Knows commands, not what they are for: that is one file per operation beside this.
 */

import { within } from '../../core/deadline.ts';
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Poolable } from '../../wire/pool.ts';
import type { Role } from '../answers.ts';
import { ImapConnection } from './connection.ts';
import { FetchRows } from './fetch-rows.ts';
import type { GrantedPath } from './granted-path.ts';
import { Idle } from './idle.ts';
import {
  type FetchMessageObject,
  formatMessageResponse,
  type ImapClient,
  type ImapResponse,
  type MailboxObject,
  type UntaggedHandlers,
} from './imapflow.ts';
import type { Namespaces } from './namespaces.ts';
import { type News, newsOf } from './news.ts';
import { withPreviewItem } from './preview-item.ts';
import { responseCodeTexts } from './response.ts';
import { SelectAnswer } from './select-answer.ts';
import { followMailbox, type MailboxMoment } from './selected-state.ts';
import { selectedValidity } from './status-number.ts';
import { atom, type CompilableToken, type MessageSet, quoted, setToken } from './tokens.ts';

/** A refusal without a reason that could be told from others. */
const isSilent = (error: unknown): boolean =>
  error instanceof Failed && error.failure.kind === 'command-refused' && error.failure.responseCode === null;

const isHopeless = ({ kind }: MailFailure): boolean =>
  ['deadline-exceeded', 'limit-exceeded', 'protocol-violated'].includes(kind);

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

export class ImapSession extends ImapConnection implements Poolable {
  readonly #state: ReturnType<typeof followMailbox>;
  /** What the server tells of the selected mailbox without being asked. */
  readonly news: News;
  #isIdentified = false;
  #isCondstoreRefused = false;
  #owesNews = false;
  /** Until the server has answered what is new; what cannot go along with the question waits for that. */
  #waking: Promise<void> | null = null;
  /** It answers STATUS of the selected mailbox from what it has told already (Dovecot). */
  #isAskedInVain = false;
  /** Which mailbox has which role, as listed once; null when that is not known yet. */
  rolePaths: ReadonlyMap<Role, string> | null = null;
  /** What the names of all mailboxes in the trash begin with, as listed then; null when there can be none. */
  trashPrefix: string | null = null;
  /** When that was listed. */
  rolesListedAtMs = 0;
  /** Whether the server has announced QRESYNC (RFC 7162) and does not do it. */
  isQresyncRefused = false;
  /** How many times `rolePaths` was told to be out of date: what was listed before that is not to be kept. */
  rolesForgotten = 0;
  /** Whose mailboxes are whose, as asked once; null before that. */
  namespaces: Namespaces | null = null;

  constructor(client: ImapClient, faultOf: () => MailFailure | null) {
    super(client, faultOf);
    this.#state = followMailbox(client);
    this.news = newsOf(client);
  }

  /**
   * How many sessions of one account get along; null for any number. mailutils keeps changes to the session that made them
   * until it leaves the mailbox; servers that share a mailbox better have had UIDPLUS for twenty years.
   */
  get mostSessions(): number | null {
    return this.has('UIDPLUS') ? null : 1;
  }

  /** The selected mailbox as far as the server has told; its `exists` follows what arrives. */
  get mailbox(): MailboxObject | null {
    return this.client.mailbox || null;
  }

  /** The selected mailbox as SELECT has told of it; null when none is. */
  get moment(): MailboxMoment | null {
    return this.#state.moment;
  }

  /** True when the selected mailbox has got another UIDVALIDITY since: until it is selected anew, no UID means anything. */
  get isRenumbered(): boolean {
    return this.#state.isRenumbered;
  }

  /** How many times the server has told that messages were removed from the selected mailbox. */
  get removals(): number {
    return this.#state.removals;
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
   * than slow; so it is waited for less long than a command that has work to do. One that has more news than is listened to, or
   * answers nonsense, is given up in the same way: a new one has to be asked for nothing.
   */
  async wakeUp(): Promise<void> {
    this.#owesNews = false;
    try {
      await within(limits.wakeUpMs, 'command', this.#askForNews());
    } catch (error) {
      if (!(error instanceof Failed) || !isHopeless(error.failure)) throw error;
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
    const idle = new Idle(this.client);
    await this.within('IDLE', () => idle.begin(until));
    await idle.rest(until);
    const { isRunning } = idle;
    await this.within('IDLE', () => idle.end());
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
    return this.client.capabilities.has('CONDSTORE');
  }

  /** The next command goes out with a NOOP before it: in one go when it names messages by UID, which news cannot shift. */
  oweNews(): void {
    this.#owesNews = true;
  }

  get isNewsOwed(): boolean {
    return this.#owesNews;
  }

  /** `parameters` as in RFC 4466 §2.1; `told` is for what a server tells along with them, maybe of each message. */
  async select(
    path: GrantedPath,
    parameters: readonly CompilableToken[] = [],
    told: UntaggedHandlers = {},
  ): Promise<void> {
    if (this.#owesNews) return this.#awake(() => this.select(path, parameters, told));
    try {
      await this.#selectCounting(path, parameters, told);
    } catch (error) {
      // NetEase refuses mailboxes to clients that have not introduced themselves, without saying so in a code.
      if (!isSilent(error) || this.#isIdentified || !this.client.capabilities.has('ID')) throw error;
      this.#isIdentified = true;
      await this.exec('ID', [[quoted('name'), quoted('Postern')]]);
      await this.#select(path, parameters, told);
    }
  }

  /**
   * HIGHESTMODSEQ belongs to the answer wherever changes are counted, but Dovecot 2.3 has to be asked for it first (RFC 7162
   * §3.1.8). Without it where a server announces CONDSTORE and takes no parameter.
   */
  async #selectCounting(
    path: GrantedPath,
    parameters: readonly CompilableToken[],
    told: UntaggedHandlers,
  ): Promise<void> {
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

  async #select(path: GrantedPath, parameters: readonly CompilableToken[], told: UntaggedHandlers): Promise<void> {
    // Whatever the answer, the mailbox from before is left (RFC 9051 §6.3.2), and what is told is about the new one.
    this.#state.leave();
    const answer = new SelectAnswer(path);
    const tokens = [this.pathToken(path), ...(parameters.length === 0 ? [] : [parameters])];
    const enter = (tagged: ImapResponse) => this.#state.enter(answer.mailbox(tagged));
    await this.run('SELECT', tokens, { ...answer.untagged, ...told }, enter, 'FETCH' in told);
  }

  /** The mailbox is left without expunging anything, which CLOSE would do (RFC 3691). */
  async unselect(): Promise<void> {
    if (this.#owesNews) return this.#awake(() => this.unselect());
    this.#state.leave();
    await this.run('UNSELECT', false, {});
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
        const row = await formatMessageResponse(response, mailbox, undefined, this.client);
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
    const { capabilities, mailbox } = this.client;
    const isOffered = capabilities.has('CONDSTORE') || capabilities.has('QRESYNC');
    return isOffered && mailbox !== false && mailbox.noModseq !== true;
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
    const run = () => this.run(command, tokens, untagged, undefined, isLong);
    if (this.#owesNews) {
      // Without a word to `#waking` before: what asks for news must not wait for them.
      const waking = this.wakeUp();
      this.#waking = waking.finally(() => {
        this.#waking = null;
      });
    }
    const waking = this.#waking;
    if (waking === null) return run();
    if (this.#mayGoAlong(command)) return (await this.together(() => waking, run))[1];
    await waking;
    if (this.isRenumbered && namesMessages.test(command)) throw new Failed({ kind: 'state-gone' });
    const running = run();
    // What waited with it was meant to go out with it.
    this.client.sendAhead();
    return running;
  }

  /**
   * Whether news cannot make it a command about other messages, or answered without them: a search that comes along with NOOP is
   * made by Dovecot in what it has told before. What changes messages waits, where a mailbox may become another.
   */
  #mayGoAlong(command: string): boolean {
    return command === 'UID FETCH' || (command === 'UID STORE' && this.#knowsMailboxes);
  }
}
