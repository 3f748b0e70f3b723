/**
 * One account's mailboxes: the Durable Object that keeps its IMAP sessions.
 *
 * What the gateway calls, and which operation each call is.
 */
import { DurableObject } from 'cloudflare:workers';
import type { AccountMessage } from '../core/account.ts';
import { err, type MailFailure, ok, type Result } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { logEvent } from '../core/log.ts';
import type { Reply } from '../core/reply.ts';
import { LoginMemory } from '../wire/login-memory.ts';
import { SessionPool } from '../wire/pool.ts';
import type {
  FetchedMessage,
  FetchedPage,
  ListedMailbox,
  MailboxExtras,
  MailboxName,
  MessageName,
  MovedMessage,
  StreamedMessage,
  StreamedPart,
  ToldQuota,
  UpdatedMessage,
} from './answers.ts';
import { AccountSessions, isUnsendable } from './session/account-sessions.ts';
import { appendMessage, type NewMessage } from './session/append-message.ts';
import { copyMessage } from './session/copy-message.ts';
import { createMailbox, type NewMailbox } from './session/create-mailbox.ts';
import { deleteMailbox } from './session/delete-mailbox.ts';
import { fetchMessage, type MessageRequest } from './session/fetch-message.ts';
import { fetchPage, type PageRequest } from './session/fetch-page.ts';
import { fetchMailbox, listMailboxes } from './session/list-mailboxes.ts';
import { openSession } from './session/open-session.ts';
import { fetchQuotas } from './session/quota.ts';
import { type Removal, removeMessage } from './session/remove-message.ts';
import { type MailboxChange, updateMailbox } from './session/rename-mailbox.ts';
import { isFlag } from './session/store-keywords.ts';
import { streamMessage } from './session/stream-message.ts';
import { streamPart } from './session/stream-part.ts';
import { noDestination } from './session/transfer.ts';
import { UnfinishedMoves } from './session/unfinished-moves.ts';
import { type EmailChange, updateMessage } from './session/update-message.ts';
import { Upload } from './session/upload.ts';

export class MailboxConnection extends DurableObject<Pick<Env, 'DEVELOPMENT'>> {
  readonly #sessions = new AccountSessions(
    new SessionPool({
      sessions: limits.sessionsPerMailbox,
      idleMs: limits.idleMailboxSessionMs,
      memory: new LoginMemory(this.ctx.storage),
      open: (account, timings) => openSession(account, this.env.DEVELOPMENT === 'true', timings),
    }),
  );

  readonly #unfinishedMoves = new UnfinishedMoves();

  /** What the server says it can do, once logged in. */
  async capabilities(account: AccountMessage): Promise<Reply<readonly string[]>> {
    return this.#sessions.reply(account, { kind: 'read', mailbox: null }, () => async ({ session }) => {
      await session.wakeUp();
      return ok(session.capabilities);
    });
  }

  /** Nobody has logged in for long: nothing is kept. */
  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }

  async mailboxes(account: AccountMessage, extras: MailboxExtras): Promise<Reply<ListedMailbox[]>> {
    return this.#sessions.reply(
      account,
      { kind: 'read', mailbox: null },
      (timings) =>
        ({ session }) =>
          listMailboxes(session, extras, timings),
    );
  }

  async page(account: AccountMessage, mailbox: MailboxName, request: PageRequest): Promise<Reply<FetchedPage>> {
    return this.#sessions.inMailbox(
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
    return this.#sessions.inMailbox(
      account,
      { kind: 'read', mailbox, newsCanWait: true },
      (timings) =>
        ({ session }, selected) =>
          fetchMessage(session, selected, name, request, timings),
    );
  }

  async raw(account: AccountMessage, mailbox: MailboxName, name: MessageName): Promise<Reply<StreamedMessage>> {
    const onFailure = logStreamFailure(account);
    return this.#sessions.inMailbox(
      account,
      { kind: 'stream', mailbox, newsCanWait: true },
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
    return this.#sessions.inMailbox(
      account,
      { kind: 'stream', mailbox, newsCanWait: true },
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
    return this.#sessions.inMailbox(
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
    return this.#sessions.inMailbox(
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
      return await this.#sessions.reply(
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
    return this.#sessions.inMailbox(
      account,
      { kind: 'write', mailbox },
      (timings) =>
        ({ session }, selected) =>
          removeMessage(session, selected, name, removal, this.#unfinishedMoves.of(account.user), timings),
    );
  }

  async mailbox(account: AccountMessage, mailbox: MailboxName, extras: MailboxExtras): Promise<Reply<ListedMailbox>> {
    return this.#sessions.reply(
      account,
      { kind: 'read', mailbox },
      (timings) =>
        ({ session }) =>
          fetchMailbox(session, mailbox, extras, timings),
    );
  }

  async createMailbox(account: AccountMessage, wish: NewMailbox): Promise<Reply<ListedMailbox>> {
    return this.#sessions.reshape(
      account,
      { kind: 'write', mailbox: wish.parent, isNameGoing: false },
      (timings) => (lease, begin) => createMailbox(lease, wish, begin, timings),
    );
  }

  /** Renames, moves, subscribes. */
  async updateMailbox(
    account: AccountMessage,
    mailbox: MailboxName,
    change: MailboxChange,
  ): Promise<Reply<ListedMailbox>> {
    return this.#sessions.reshape(
      account,
      { kind: 'write', mailbox, isNameGoing: true },
      (timings) => (lease, begin) => updateMailbox(lease, mailbox, change, begin, timings),
    );
  }

  async deleteMailbox(account: AccountMessage, mailbox: MailboxName, removeEmails: boolean): Promise<Reply<void>> {
    return this.#sessions.reshape(
      account,
      { kind: 'write', mailbox, isNameGoing: true },
      (timings) => (lease, begin) => deleteMailbox(lease, mailbox, removeEmails, begin, timings),
    );
  }

  async quotas(account: AccountMessage, mailbox: MailboxName): Promise<Reply<ToldQuota[]>> {
    return this.#sessions.reply(
      account,
      { kind: 'read', mailbox },
      (timings) =>
        ({ session }) =>
          fetchQuotas(session, mailbox, timings),
    );
  }
}

const refusal = (field: string, message: string): Result<never> =>
  err({ kind: 'request-invalid', errors: [{ in: 'body', field, message }] });

const logStreamFailure =
  ({ server }: AccountMessage) =>
  (failure: MailFailure): void =>
    logEvent('stream.failed', { protocol: 'imap', host: server.host, failure: failure.kind });
