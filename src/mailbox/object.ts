/**
 * One account's mailboxes: the Durable Object that keeps its IMAP sessions.
 *
 * What the gateway calls, and which operation each call is.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Access } from '../core/access.ts';
import { type AccountMessage, fromMessage } from '../core/account.ts';
import { err, type MailFailure, ok, type Result } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { logEvent } from '../core/log.ts';
import type { Reply, Timings } from '../core/reply.ts';
import { AccessTokens, type GivenToken } from '../wire/access-tokens.ts';
import { forget } from '../wire/forgetting.ts';
import { KeptAnswers } from '../wire/kept-answers.ts';
import { LoginMemory } from '../wire/login-memory.ts';
import { type Lease, SessionPool } from '../wire/pool.ts';
import type {
  BytesWish,
  ChangedMessage,
  ExportedMailbox,
  FetchedChanges,
  FetchedMessage,
  FetchedPage,
  FetchedThreads,
  FoundAcross,
  FoundPage,
  ListedMailbox,
  MailboxExtras,
  MailboxName,
  MessageName,
  MovedMessage,
  StreamedEvents,
  StreamedMessage,
  StreamedPart,
  ThreadName,
  ToldQuota,
  TrashedMessage,
  UpdatedMessage,
} from './answers.ts';
import { isLabel } from './rules.ts';
import { AccountSessions, isUnsendable } from './session/account-sessions.ts';
import { appendMessage, type NewMessage } from './session/append-message.ts';
import { type AppendedOnce, appendOnce } from './session/append-once.ts';
import { type BatchRequest, changeBatch } from './session/batch.ts';
import type { BatchChange } from './session/batch-plan.ts';
import { copyMessage } from './session/copy-message.ts';
import { createMailbox, type NewMailbox } from './session/create-mailbox.ts';
import { deleteMailbox } from './session/delete-mailbox.ts';
import { type ExportRequest, exportMailbox } from './session/export-mailbox.ts';
import { fetchMessage, type MessageRequest } from './session/fetch-message.ts';
import { fetchPage, type PageRequest } from './session/fetch-page.ts';
import { fetchThread, fetchThreads, type ThreadDetail, type ThreadsRequest } from './session/fetch-threads.ts';
import { type AcrossRequest, findAcross } from './session/find-across.ts';
import { findPage, type SearchRequest } from './session/find-page.ts';
import { fetchMailbox, listMailboxes } from './session/list-mailboxes.ts';
import { Listeners } from './session/listeners.ts';
import { Measures, unkept } from './session/measures.ts';
import type { Once } from './session/once.ts';
import { openSession } from './session/open-session.ts';
import { fetchQuotas } from './session/quota.ts';
import { type Removal, removeMessage } from './session/remove-message.ts';
import { type MailboxChange, updateMailbox } from './session/rename-mailbox.ts';
import { type Replacement, replaceMessage } from './session/replace-message.ts';
import type { SelectedMailbox } from './session/select.ts';
import type { ImapSession } from './session/session.ts';
import { settingRefusal } from './session/setting-refusal.ts';
import { isFlag } from './session/store-keywords.ts';
import { readsOctets, streamMessage } from './session/stream-message.ts';
import { streamPart } from './session/stream-part.ts';
import type { Source } from './session/stream-section.ts';
import { type TakeInOptions, takeInStream } from './session/take-in-stream.ts';
import { noDestination } from './session/transfer.ts';
import { UnfinishedMoves } from './session/unfinished-moves.ts';
import { type EmailChange, updateMessage } from './session/update-message.ts';
import { Upload } from './session/upload.ts';

export class MailboxConnection extends DurableObject<Pick<Env, 'DEVELOPMENT' | 'OAUTH2_PROVIDERS'>> {
  readonly #tokens = new AccessTokens(this.ctx.storage, this.env);

  readonly #sessions = new AccountSessions(
    new SessionPool({
      sessions: limits.sessionsPerMailbox,
      idleMs: limits.idleMailboxSessionMs,
      memory: new LoginMemory(this.ctx.storage),
      open: this.#tokens.opening((account, timings) => openSession(account, this.env.DEVELOPMENT === 'true', timings)),
    }),
  );

  readonly #unfinishedMoves = new UnfinishedMoves();
  readonly #measures = new Measures();
  readonly #kept = new KeptAnswers(this.ctx.storage);

  readonly #listeners = new Listeners(this.#sessions);

  /** What the server says it can do, once logged in. */
  async capabilities(account: AccountMessage): Promise<Reply<readonly string[]>> {
    return this.#sessions.reply(account, { kind: 'read', mailbox: null }, async ({ session }) => {
      await session.wakeUp();
      return ok(session.capabilities);
    });
  }

  /** What the account's Watcher logs in with. `refused` as in `AccessTokens`. */
  async accessToken(account: AccountMessage, refused: string | null): Promise<Result<GivenToken>> {
    return this.#tokens.given(fromMessage(account), refused);
  }

  /** Nobody has logged in for long. */
  override async alarm(): Promise<void> {
    await forget(this.ctx.storage);
  }

  /** What an Idempotency-Key stands for: to another user, mailbox or route it is another. */
  #once<Answer>(
    route: string,
    { user }: AccountMessage,
    mailbox: MailboxName,
    key: string | null,
  ): Once<Answer> | null {
    return key === null ? null : this.#kept.request([route, user, mailbox], key);
  }

  async mailboxes(account: AccountMessage, extras: MailboxExtras): Promise<Reply<ListedMailbox[]>> {
    return this.#sessions.reply(account, { kind: 'read', mailbox: null }, ({ session }, timings) =>
      listMailboxes(session, account.access, extras, timings),
    );
  }

  async page(account: AccountMessage, mailbox: MailboxName, request: PageRequest): Promise<Reply<FetchedPage>> {
    return this.#sessions.inMailbox(account, { kind: 'read', mailbox }, ({ session }, selected, timings) =>
      fetchPage(session, selected, request, timings),
    );
  }

  async message(
    account: AccountMessage,
    mailbox: MailboxName,
    name: MessageName,
    request: MessageRequest,
  ): Promise<Reply<FetchedMessage>> {
    return this.#sessions.inMailbox(
      account,
      { kind: 'read', mailbox, newsCanWait: true },
      ({ session }, selected, timings) => fetchMessage(session, selected, name, request, timings),
    );
  }

  async raw(
    account: AccountMessage,
    mailbox: MailboxName,
    name: MessageName,
    wish: BytesWish,
  ): Promise<Reply<StreamedMessage>> {
    return this.#sessions.inMailbox(
      account,
      { kind: 'stream', mailbox, newsCanWait: readsOctets(wish) },
      (lease, selected, timings) =>
        streamMessage(this.#source(account, lease, selected, name, '', timings), selected, name, wish),
    );
  }

  async part(
    account: AccountMessage,
    mailbox: MailboxName,
    name: MessageName,
    partId: string,
    wish: BytesWish,
  ): Promise<Reply<StreamedPart>> {
    return this.#sessions.inMailbox(
      account,
      { kind: 'stream', mailbox, newsCanWait: readsOctets(wish) },
      (lease, selected, timings) =>
        streamPart(this.#source(account, lease, selected, name, partId, timings), selected, name, partId, wish),
    );
  }

  #source(
    account: AccountMessage,
    lease: Lease<ImapSession>,
    { path }: SelectedMailbox,
    { uidValidity, uid }: MessageName,
    partId: string,
    timings: Timings,
  ): Source {
    const isNamedForGood = uidValidity !== 0;
    const measure = isNamedForGood ? this.#measures.of(account.user, path, uidValidity, uid, partId) : unkept;
    return { lease, measure, onFailure: logStreamFailure(account), timings };
  }

  /** Marks, moves, or both. */
  async update(
    account: AccountMessage,
    mailbox: MailboxName,
    name: MessageName,
    change: EmailChange,
  ): Promise<Reply<UpdatedMessage>> {
    const isSendable = [...change.labels.add, ...change.labels.remove].every(isLabel);
    const refused = isSendable
      ? refusalIn({ kind: 'update', ...change }, account.access)
      : refusal('labels', 'A label is text.');
    if (refused !== null) return { result: refused, timings: {} };
    const isLabelling = change.labels.add.length + change.labels.remove.length > 0;
    const isRepeatable = change.mailbox === null && change.expected === null && !isLabelling;
    return this.#sessions.inMailbox(
      account,
      // Otherwise it has to be known that the session is alive before anything is sent that may be sent once only.
      { kind: 'write', mailbox, newsCanWait: isRepeatable, isRepeatable },
      ({ session }, selected, timings, isRepeated) =>
        updateMessage(session, selected, name, change, this.#unfinishedMoves.of(account.user), timings, isRepeated),
    );
  }

  async copy(
    account: AccountMessage,
    mailbox: MailboxName,
    name: MessageName,
    to: MailboxName,
    key: string | null,
  ): Promise<Reply<MovedMessage>> {
    if (isUnsendable(to)) return { result: noDestination, timings: {} };
    const once = this.#once<MovedMessage>('copy', account, mailbox, key);
    return this.#sessions.inMailbox(account, { kind: 'write', mailbox }, ({ session }, selected, timings) =>
      copyMessage(session, selected, name, to, once, timings),
    );
  }

  /** Adds a message of `lengthBytes`, streamed. Nothing of it is there if `body` ends before, or is no message. */
  async append(
    account: AccountMessage,
    mailbox: MailboxName,
    message: NewMessage,
    lengthBytes: number,
    body: ReadableStream<Uint8Array>,
    key: string | null,
  ): Promise<Reply<MovedMessage>> {
    const once = this.#once<AppendedOnce>('append', account, mailbox, key);
    return this.#uploading(account, mailbox, message, new Upload(body, lengthBytes), (upload, lease, begin, timings) =>
      once === null
        ? appendMessage(lease, account.access, mailbox, message, upload, begin, timings)
        : appendOnce(lease, account.access, mailbox, message, upload, once, begin, timings),
    );
  }

  /** Puts a message in the place of a draft, which is there until the new one is. */
  async replace(
    account: AccountMessage,
    mailbox: MailboxName,
    replacement: Replacement,
    lengthBytes: number,
    body: ReadableStream<Uint8Array>,
  ): Promise<Reply<MovedMessage>> {
    const flags = replacement.flags ?? [];
    return this.#uploading(
      account,
      mailbox,
      { flags },
      new Upload(body, lengthBytes),
      (upload, lease, begin, timings) =>
        replaceMessage(lease, account.access, mailbox, replacement, upload, begin, timings),
    );
  }

  async #uploading<T>(
    account: AccountMessage,
    mailbox: MailboxName,
    { flags }: Pick<NewMessage, 'flags'>,
    upload: Upload,
    work: (upload: Upload, lease: Lease<ImapSession>, begin: () => void, timings: Timings) => Promise<Result<T>>,
  ): Promise<Reply<T>> {
    try {
      if (!flags.every(isFlag)) return { result: refusal('keywords', 'A keyword is an IMAP atom.'), timings: {} };
      const lack = settingRefusal(account.access, flags, 'new');
      if (lack !== null) return { result: err(lack), timings: {} };
      // Before a session is taken: who sends nothing shall not hold one.
      const begun = await upload.begin();
      if (!begun.ok) return { result: begun, timings: {} };
      const intent = { kind: 'write', mailbox, isUpload: true } as const;
      return await this.#sessions.reply(account, intent, (lease, timings, begin) =>
        work(upload, lease, begin, timings),
      );
    } finally {
      upload.end();
    }
  }

  /** Many messages at once; an outcome for each, in the order of their names. */
  async batch(
    account: AccountMessage,
    mailbox: MailboxName,
    request: BatchRequest,
    key: string | null,
  ): Promise<Reply<Result<ChangedMessage>[]>> {
    const once = this.#once<Result<ChangedMessage>[]>('batch', account, mailbox, key);
    const refused = refusalIn(request.change, account.access);
    if (refused !== null) return { result: refused, timings: {} };
    const unfinished = this.#unfinishedMoves.of(account.user);
    return this.#sessions.reply(account, { kind: 'write', mailbox }, (lease, timings, begin) =>
      changeBatch(lease, account.access, mailbox, request, unfinished, once, begin, timings),
    );
  }

  async remove(
    account: AccountMessage,
    mailbox: MailboxName,
    name: MessageName,
    removal: Removal,
  ): Promise<Reply<'removed' | TrashedMessage>> {
    return this.#sessions.inMailbox(account, { kind: 'write', mailbox }, ({ session }, selected, timings) =>
      removeMessage(session, selected, name, removal, this.#unfinishedMoves.of(account.user), timings),
    );
  }

  async mailbox(account: AccountMessage, mailbox: MailboxName, extras: MailboxExtras): Promise<Reply<ListedMailbox>> {
    return this.#sessions.reply(account, { kind: 'read', mailbox }, ({ session }, timings) =>
      fetchMailbox(session, account.access, mailbox, extras, timings),
    );
  }

  async createMailbox(account: AccountMessage, wish: NewMailbox): Promise<Reply<ListedMailbox>> {
    return this.#sessions.reshape(
      account,
      { kind: 'write', mailbox: wish.parent, isNameGoing: false },
      (lease, timings, begin) => createMailbox(lease, wish, begin, timings),
    );
  }

  /** Renames, moves, subscribes. */
  async updateMailbox(
    account: AccountMessage,
    mailbox: MailboxName,
    change: MailboxChange,
  ): Promise<Reply<ListedMailbox>> {
    return this.#sessions.reshape(account, { kind: 'write', mailbox, isNameGoing: true }, (lease, timings, begin) =>
      updateMailbox(lease, account.access, mailbox, change, begin, timings),
    );
  }

  async deleteMailbox(account: AccountMessage, mailbox: MailboxName, removeEmails: boolean): Promise<Reply<void>> {
    return this.#sessions.reshape(account, { kind: 'write', mailbox, isNameGoing: true }, (lease, timings, begin) =>
      deleteMailbox(lease, mailbox, removeEmails, begin, timings),
    );
  }

  async quotas(account: AccountMessage, mailbox: MailboxName): Promise<Reply<ToldQuota[]>> {
    return this.#sessions.reply(account, { kind: 'read', mailbox }, ({ session }, timings) =>
      fetchQuotas(session, account.access, mailbox, timings),
    );
  }

  async export(account: AccountMessage, mailbox: MailboxName, request: ExportRequest): Promise<Reply<ExportedMailbox>> {
    const onFailure = logStreamFailure(account);
    return this.#sessions.inMailbox(
      account,
      // As in `find`: asked along with the news, it would be told of what was there before.
      { kind: 'stream', mailbox },
      (lease, selected, timings) => exportMailbox(lease, selected, request, onFailure, timings),
    );
  }

  /** What has changed since `since`; the state as it is now, and no changes, when that is null. */
  async changes(
    account: AccountMessage,
    mailbox: MailboxName,
    since: Uint8Array | null,
    maxChanges: number,
  ): Promise<Reply<FetchedChanges>> {
    return this.#listeners.look(account, mailbox, since, maxChanges);
  }

  /** The same, as soon as anything has changed; no changes when nothing has for `waitMs`. */
  async changesWithin(
    account: AccountMessage,
    mailbox: MailboxName,
    since: Uint8Array,
    maxChanges: number,
    waitMs: number,
  ): Promise<Reply<FetchedChanges>> {
    return this.#listeners.changes(account, mailbox, since, maxChanges, waitMs);
  }

  /** What has changed since `since`, if that is given, and then whatever changes, as the lines of `live/lines.ts`. */
  async events(
    account: AccountMessage,
    mailbox: MailboxName,
    since: Uint8Array | null,
  ): Promise<Reply<StreamedEvents>> {
    return this.#listeners.events(account, mailbox, since, logStreamFailure(account));
  }

  async find(account: AccountMessage, mailbox: MailboxName, request: SearchRequest): Promise<Reply<FoundPage>> {
    return this.#sessions.inMailbox(
      account,
      // Asked for along with the search, news would come behind it: Dovecot searches in what it has told so far.
      { kind: 'read', mailbox },
      ({ session }, selected, timings) => findPage(session, selected, request, timings),
    );
  }

  /** In several mailboxes. */
  async findAcross(account: AccountMessage, request: AcrossRequest): Promise<Reply<FoundAcross>> {
    return this.#sessions.reply(account, { kind: 'read', mailbox: null }, ({ session }, timings) =>
      findAcross(session, account.access, request, timings),
    );
  }

  async threads(
    account: AccountMessage,
    mailbox: MailboxName,
    request: ThreadsRequest,
  ): Promise<Reply<FetchedThreads>> {
    return this.#sessions.inMailbox(
      account,
      // As in `find`: asked along with the news, it would be told of what was there before.
      { kind: 'read', mailbox },
      ({ session }, selected, timings) => fetchThreads(session, selected, request, timings),
    );
  }

  async thread(
    account: AccountMessage,
    mailbox: MailboxName,
    name: ThreadName,
    detail: ThreadDetail,
  ): Promise<Reply<FetchedThreads>> {
    return this.#sessions.inMailbox(
      account,
      // As in `find`: asked along with the news, it would be told of what was there before.
      { kind: 'read', mailbox },
      ({ session }, selected, timings) => fetchThread(session, selected, name, detail, timings),
    );
  }

  /** Adds the messages of `parcels` (`core/parcel.ts`), each once; answers slips as lines of JSON, in the order of the parcels. */
  async takeIn(
    account: AccountMessage,
    mailbox: MailboxName,
    parcels: ReadableStream<Uint8Array>,
    options: TakeInOptions,
  ): Promise<Reply<ReadableStream<Uint8Array>>> {
    const onFailure = logStreamFailure(account);
    return takeInStream(this.#sessions, this.#kept, account, mailbox, parcels, options, onFailure);
  }
}

/** Why a change can be sent to no server, or may not be; null when nothing speaks against it. */
function refusalIn(change: BatchChange, access: Access): Result<never> | null {
  const { add, remove } = change.kind === 'update' ? change.keywords : { add: [], remove: [] };
  if (![...add, ...remove].every(isFlag)) return refusal('keywords', 'A keyword is an IMAP atom.');
  const lack = settingRefusal(access, add, 'existing');
  if (lack !== null) return err(lack);
  const to = change.kind === 'update' ? change.mailbox : change.kind === 'copy' ? change.to : null;
  return to !== null && isUnsendable(to) ? noDestination : null;
}

const refusal = (field: string, message: string): Result<never> =>
  err({ kind: 'request-invalid', errors: [{ in: 'body', field, message }] });

const logStreamFailure =
  ({ server }: AccountMessage) =>
  (failure: MailFailure): void =>
    logEvent('stream.failed', { protocol: 'imap', host: server.host, failure: failure.kind });
