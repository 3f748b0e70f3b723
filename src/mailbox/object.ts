/**
 * One account's mailboxes: the Durable Object that keeps its IMAP sessions.
 *
 * What the gateway calls. Every answer is a Reply: a failure is a value, since an error would lose its class on the way.
 * Reading is tried once more when a session that was kept warm turns out to be dead; changing is not, but for the part
 * before anything was changed.
 */
import { DurableObject } from 'cloudflare:workers';
import { type Account, type AccountMessage, fromMessage } from '../core/account.ts';
import { err, Failed, type MailFailure, ok, type Result } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { crashOf, logEvent } from '../core/log.ts';
import type { Reply, Timings } from '../core/reply.ts';
import { LoginMemory } from '../wire/login-memory.ts';
import { type Lease, SessionPool } from '../wire/pool.ts';
import type {
  FetchedMessage,
  FetchedPage,
  ListedMailbox,
  MailboxName,
  MessageName,
  MovedMessage,
  StreamedMessage,
  StreamedPart,
  UpdatedMessage,
} from './answers.ts';
import { appendMessage, type NewMessage } from './session/append-message.ts';
import { copyMessage } from './session/copy-message.ts';
import { fetchMessage, type MessageRequest } from './session/fetch-message.ts';
import { fetchPage, type PageRequest } from './session/fetch-page.ts';
import { listMailboxes } from './session/list-mailboxes.ts';
import { openSession } from './session/open-session.ts';
import { type Removal, removeMessage } from './session/remove-message.ts';
import { isSelected, type SelectedMailbox, select } from './session/select.ts';
import type { ImapSession } from './session/session.ts';
import { isFlag } from './session/store-keywords.ts';
import { streamMessage } from './session/stream-message.ts';
import { streamPart } from './session/stream-part.ts';
import { noDestination } from './session/transfer.ts';
import { UnfinishedMoves } from './session/unfinished-moves.ts';
import { type EmailChange, updateMessage } from './session/update-message.ts';
import { Upload } from './session/upload.ts';

/** What an operation may do with its session, which decides what becomes of it afterwards. */
interface Intent {
  readonly kind: 'read' | 'write' | 'stream';
  readonly mailbox: MailboxName | null;
  /** It holds its session for as long as its caller sends. */
  readonly isUpload?: boolean;
}

type Work<T> = (lease: Lease<ImapSession>, begin: () => void) => Promise<Result<T>>;

type MailboxWork<T> = (lease: Lease<ImapSession>, selected: SelectedMailbox) => Promise<Result<T>>;

export class MailboxConnection extends DurableObject<Pick<Env, 'DEVELOPMENT'>> {
  readonly #pool = new SessionPool<ImapSession>({
    sessions: limits.sessionsPerMailbox,
    idleMs: limits.idleMailboxSessionMs,
    memory: new LoginMemory(this.ctx.storage),
    open: (account, timings) => openSession(account, this.env.DEVELOPMENT === 'true', timings),
  });

  readonly #unfinishedMoves = new UnfinishedMoves();

  /** What the server says it can do, once logged in. */
  async capabilities(account: AccountMessage): Promise<Reply<readonly string[]>> {
    return this.#reply(account, { kind: 'read', mailbox: null }, () => async ({ session }) => {
      await session.wakeUp();
      return ok(session.capabilities);
    });
  }

  /** Nobody has logged in for long: nothing is kept. */
  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }

  async mailboxes(account: AccountMessage): Promise<Reply<ListedMailbox[]>> {
    return this.#reply(
      account,
      { kind: 'read', mailbox: null },
      (timings) =>
        ({ session }) =>
          listMailboxes(session, timings),
    );
  }

  async page(account: AccountMessage, mailbox: MailboxName, request: PageRequest): Promise<Reply<FetchedPage>> {
    return this.#inMailbox(
      account,
      { kind: 'read', mailbox },
      (timings) =>
        ({ session }, selected) =>
          fetchPage(session, selected, request, timings),
    );
  }

  async message(
    account: AccountMessage,
    mailbox: MailboxName,
    name: MessageName,
    request: MessageRequest,
  ): Promise<Reply<FetchedMessage>> {
    return this.#inMailbox(
      account,
      { kind: 'read', mailbox },
      (timings) =>
        ({ session }, selected) =>
          fetchMessage(session, selected, name, request, timings),
    );
  }

  async raw(account: AccountMessage, mailbox: MailboxName, name: MessageName): Promise<Reply<StreamedMessage>> {
    const onFailure = logStreamFailure(account);
    return this.#inMailbox(
      account,
      { kind: 'stream', mailbox },
      (timings) => (lease, selected) => streamMessage(lease, selected, name, onFailure, timings),
    );
  }

  async part(
    account: AccountMessage,
    mailbox: MailboxName,
    name: MessageName,
    partId: string,
  ): Promise<Reply<StreamedPart>> {
    const onFailure = logStreamFailure(account);
    return this.#inMailbox(
      account,
      { kind: 'stream', mailbox },
      (timings) => (lease, selected) => streamPart(lease, selected, name, partId, onFailure, timings),
    );
  }

  /** Marks, moves, or both. */
  async update(
    account: AccountMessage,
    mailbox: MailboxName,
    name: MessageName,
    change: EmailChange,
  ): Promise<Reply<UpdatedMessage>> {
    const invalid = [...change.keywords.add, ...change.keywords.remove].find((flag) => !isFlag(flag));
    if (invalid !== undefined) return { result: refusal('keywords', 'A keyword is an IMAP atom.'), timings: {} };
    if (change.mailbox !== null && isUnsendable(change.mailbox)) return { result: noDestination, timings: {} };
    return this.#inMailbox(
      account,
      { kind: 'write', mailbox },
      (timings) =>
        ({ session }, selected) =>
          updateMessage(session, selected, name, change, this.#unfinishedMoves.of(account.user), timings),
    );
  }

  async copy(
    account: AccountMessage,
    mailbox: MailboxName,
    name: MessageName,
    to: MailboxName,
  ): Promise<Reply<MovedMessage>> {
    if (isUnsendable(to)) return { result: noDestination, timings: {} };
    return this.#inMailbox(
      account,
      { kind: 'write', mailbox },
      (timings) =>
        ({ session }, selected) =>
          copyMessage(session, selected, name, to, timings),
    );
  }

  /** Adds a message of `lengthBytes`, streamed. Nothing of it is there if `body` ends before, or is no message. */
  async append(
    account: AccountMessage,
    mailbox: MailboxName,
    message: NewMessage,
    lengthBytes: number,
    body: ReadableStream<Uint8Array>,
  ): Promise<Reply<MovedMessage>> {
    const invalid = message.flags.find((flag) => !isFlag(flag));
    if (invalid !== undefined) return { result: refusal('keywords', 'A keyword is an IMAP atom.'), timings: {} };
    const upload = new Upload(body, lengthBytes);
    try {
      // Before a session is taken: who sends nothing shall not hold one.
      const begun = await upload.begin();
      if (!begun.ok) return { result: begun, timings: {} };
      return await this.#reply(
        account,
        { kind: 'write', mailbox, isUpload: true },
        (timings) => (lease, begin) => appendMessage(lease, mailbox, message, upload, begin, timings),
      );
    } finally {
      upload.end();
    }
  }

  async remove(
    account: AccountMessage,
    mailbox: MailboxName,
    name: MessageName,
    removal: Removal,
  ): Promise<Reply<'removed' | MovedMessage>> {
    return this.#inMailbox(
      account,
      { kind: 'write', mailbox },
      (timings) =>
        ({ session }, selected) =>
          removeMessage(session, selected, name, removal, this.#unfinishedMoves.of(account.user), timings),
    );
  }

  async #inMailbox<T>(
    account: AccountMessage,
    intent: Intent & { readonly mailbox: MailboxName },
    workOf: (timings: Timings) => MailboxWork<T>,
  ): Promise<Reply<T>> {
    return this.#reply(account, intent, (timings) => async (lease, begin) => {
      const selected = await select(lease.session, intent.mailbox, timings);
      if (!selected.ok) return selected;
      begin();
      return workOf(timings)(lease, selected.value);
    });
  }

  /** The one place where what is thrown becomes a value. */
  async #reply<T>(message: AccountMessage, intent: Intent, workOf: (timings: Timings) => Work<T>): Promise<Reply<T>> {
    const timings: Timings = {};
    try {
      const unsendable = unsendableOf(message, intent.mailbox);
      const result = unsendable ?? (await this.#withSession(fromMessage(message), intent, workOf(timings), timings));
      return { result, timings };
    } catch (error) {
      logEvent('object.crashed', { protocol: 'imap', host: message.server.host, ...crashOf(error) });
      return { result: err({ kind: 'internal' }), timings };
    }
  }

  async #withSession<T>(account: Account, intent: Intent, work: Work<T>, timings: Timings): Promise<Result<T>> {
    const { mailbox } = intent;
    const stream = intent.kind === 'stream' || intent.isUpload === true;
    const prefer = (session: ImapSession) => mailbox !== null && isSelected(session, mailbox);
    for (const fresh of [false, true]) {
      const taken = await this.#pool.take(account, { fresh, prefer, stream }, timings);
      if (!taken.ok) return taken;
      const lease = taken.value;
      let hasBegun = false;
      const result = await settle(lease, work, () => {
        hasBegun = true;
      });
      const isKept = intent.kind === 'stream' && result.ok;
      if (!isKept) lease.release();
      const mayRepeat = lease.isWarm && !(intent.kind === 'write' && hasBegun);
      if (result.ok || !mayRepeat || !isDead(result.failure, hasBegun)) return result;
    }
    return err({ kind: 'connection-lost' });
  }
}

/** Failed becomes a value here; whatever else is thrown is a bug, and its session is not to be met again. */
async function settle<T>(lease: Lease<ImapSession>, work: Work<T>, begin: () => void): Promise<Result<T>> {
  try {
    return await work(lease, begin);
  } catch (error) {
    if (error instanceof Failed) return err(error.failure);
    lease.discard();
    throw error;
  }
}

/** Whether the connection is gone; one that fails to answer the very first command may be gone without a word. */
function isDead(failure: MailFailure, hasBegun: boolean): boolean {
  return failure.kind === 'connection-lost' || (failure.kind === 'deadline-exceeded' && !hasBegun);
}

/** CR, LF and NUL have no place in a command, and in no name or password either (RFC 9051 §9, `quoted`). */
function unsendableOf({ user, credential }: AccountMessage, mailbox: MailboxName | null): Result<never> | null {
  if (endsLine(user) || endsLine(credential.secret)) return err({ kind: 'login-refused', responseCode: null });
  if (mailbox !== null && isUnsendable(mailbox)) return err({ kind: 'mailbox-not-found' });
  return null;
}

const endsLine = (text: string) => /[\r\n\0]/.test(text);

const isUnsendable = (mailbox: MailboxName) => 'path' in mailbox && endsLine(mailbox.path);

const refusal = (field: string, message: string): Result<never> =>
  err({ kind: 'request-invalid', errors: [{ in: 'body', field, message }] });

const logStreamFailure =
  ({ server }: AccountMessage) =>
  (failure: MailFailure): void =>
    logEvent('stream.failed', { protocol: 'imap', host: server.host, failure: failure.kind });
