/**
 * Who holds the sessions of one maildrop?
 *
 * One Durable Object per account, one POP3 session at a time: the server locks the maildrop while it lasts. Nothing is
 * stored; losing the object at any instant loses a connection and no message. Every method answers with a Reply and never
 * throws.
 */
import { DurableObject } from 'cloudflare:workers';
import { type Account, type AccountMessage, fromMessage } from '../core/account.ts';
import { err, Failed, type MailFailure, ok, type Result } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { crashOf, logEvent } from '../core/log.ts';
import { type Reply, type Timings, timed } from '../core/reply.ts';
import { leasedStream } from '../wire/leased-stream.ts';
import { LoginMemory } from '../wire/login-memory.ts';
import { type Lease, SessionPool } from '../wire/pool.ts';
import type { DeletedMessages, ListedMessage, MaildropPage, SpooledMessage, StreamedMessage } from './answers.ts';
import { ambiguousUidls, digestKey, type MessageName, uidlDigest } from './rules.ts';
import { chosenFor, downloadFrames } from './session/download.ts';
import type { NumberedMessage } from './session/listing.ts';
import { MaildropSession } from './session/session.ts';

export interface PageRequest {
  readonly after: MessageName | null;
  readonly limit: number;
  readonly header: boolean;
}

export interface DownloadRequest {
  readonly limit: number;
  readonly maxBytes: number | null;
}

/** Takes what it needs of a session, and says when the session is to be given back. */
type Use<T> = (lease: Lease<MaildropSession>, timings: Timings) => Promise<T>;

export class MaildropConnection extends DurableObject<Pick<Env, 'DEVELOPMENT'>> {
  readonly #pool = new SessionPool<MaildropSession>({
    sessions: 1,
    idleMs: limits.idleMaildropSessionMs,
    memory: new LoginMemory(this.ctx.storage),
    open: (account, timings) => this.#open(account, timings),
  });
  #lastHangUp = 0;

  /** What the server says it can do, once logged in; empty when it does not know CAPA. */
  async capabilities(account: AccountMessage): Promise<Reply<readonly string[]>> {
    return this.#fresh(account, async ({ session, release }) => {
      release();
      return session.capabilities;
    });
  }

  /** Nobody has logged in for long: nothing is kept. */
  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }

  /** One page of the maildrop as it is now. Fails with `state-gone` when `after` has left it. */
  async page(account: AccountMessage, request: PageRequest): Promise<Reply<MaildropPage>> {
    return this.#fresh(account, async ({ session, release }, timings) => {
      const page = await timed(timings, 'fetch', () => pageOf(session, request));
      release();
      return page;
    });
  }

  /** Whether a message is there, without reading it. */
  async find(account: AccountMessage, name: MessageName): Promise<Reply<SpooledMessage>> {
    return this.#warm(account, async ({ session, release }, timings) => {
      const { uidl, occurrence, size } = await timed(timings, 'fetch', () => named(session, name));
      release();
      return { uidl, occurrence, size };
    });
  }

  /** One message, streamed as the server has it. It stays where it is and is not marked. */
  async read(account: AccountMessage, name: MessageName): Promise<Reply<StreamedMessage>> {
    return this.#warm(account, async (lease, timings) => {
      const message = await timed(timings, 'fetch', () => named(lease.session, name));
      // With its first bytes: what fails before them is a problem, and what fails behind them a broken stream.
      const chunks = await timed(timings, 'fetch', async () => begun(await lease.session.peek(message, lease.isWarm)));
      const { uidl, occurrence, size } = message;
      return { uidl, occurrence, size, body: this.#stream(lease, chunks, account) };
    });
  }

  /** The oldest messages as frames (`frames.ts`). They stay where they are. */
  async download(account: AccountMessage, request: DownloadRequest): Promise<Reply<ReadableStream<Uint8Array>>> {
    return this.#fresh(account, async (lease, timings) => {
      const messages = await timed(timings, 'fetch', () => lease.session.messages());
      const frames = downloadFrames(lease.session, chosenFor(messages, request), ambiguousUidls(messages));
      return this.#stream(lease, frames, account);
    });
  }

  /** Deletes exactly the messages whose UIDL has one of these digests: all that are still there, or none. */
  async delete(account: AccountMessage, digests: readonly Uint8Array[]): Promise<Reply<DeletedMessages>> {
    const start = Date.now();
    return this.#fresh(account, async ({ session, release }, timings) => {
      const messages = await timed(timings, 'fetch', () => session.messages());
      const chosen = await digested(messages, new Set(digests.map(digestKey)));
      const ambiguous = ambiguousUidls(messages);
      if (chosen.some(({ uidl }) => ambiguous.has(uidl))) throw new Failed({ kind: 'uidl-not-unique' });
      if (chosen.length > 0) await timed(timings, 'store', () => session.delete(chosen));
      release();
      const result = { deleted: chosen.length, alreadyGone: digests.length - chosen.length };
      logEvent('maildrop.acknowledged', { host: account.server.host, ...result, elapsedMs: Date.now() - start });
      return result;
    });
  }

  /** In a session that sees the maildrop as it is now, and in which nothing was retrieved. */
  async #fresh<T>(account: AccountMessage, use: Use<T>): Promise<Reply<T>> {
    const timings: Timings = {};
    return { result: await this.#attempt(account, { fresh: true }, timings, use), timings };
  }

  /**
   * In a session that may be warm. It may have died unnoticed, and it does not see what came after it was opened: then
   * once more in a fresh one.
   */
  async #warm<T>(account: AccountMessage, use: Use<T>): Promise<Reply<T>> {
    const timings: Timings = {};
    let wasWarm = false;
    const result = await this.#attempt(account, {}, timings, (lease, timings) => {
      wasWarm = lease.isWarm;
      return use(lease, timings);
    });
    const isDoubtful = !result.ok && ['connection-lost', 'message-not-found'].includes(result.failure.kind);
    return {
      result: wasWarm && isDoubtful ? await this.#attempt(account, { fresh: true }, timings, use) : result,
      timings,
    };
  }

  async #attempt<T>(
    account: AccountMessage,
    wish: { readonly fresh?: boolean },
    timings: Timings,
    use: Use<T>,
  ): Promise<Result<T>> {
    const taken = await this.#pool.take(fromMessage(account), wish, timings);
    if (!taken.ok) return taken;
    try {
      return ok(await use(taken.value, timings));
    } catch (error) {
      taken.value.discard();
      return err(this.#failureOf(error, account));
    }
  }

  #stream(
    lease: Lease<MaildropSession>,
    chunks: AsyncGenerator<Uint8Array, void, undefined>,
    { server }: AccountMessage,
  ): ReadableStream<Uint8Array> {
    return leasedStream(lease, chunks, (failure) =>
      logEvent('stream.failed', { protocol: 'pop3', host: server.host, failure: failure.kind }),
    );
  }

  async #open(account: Account, timings: Timings): Promise<Result<MaildropSession>> {
    const start = Date.now();
    for (;;) {
      const opened = await this.#login(account, timings);
      // A server may notice later than we do that our last session has ended, and hold its lock until then.
      const isLocked = !opened.ok && opened.failure.kind === 'maildrop-locked';
      const isOurLock = start - this.#lastHangUp < limits.lingeringLockMs;
      if (!isLocked || !isOurLock || Date.now() - start > limits.lingeringLockMs) return opened;
      await timed(timings, 'queue', () => scheduler.wait(limits.lockedRetryMs));
    }
  }

  async #login(account: Account, timings: Timings): Promise<Result<MaildropSession>> {
    const start = Date.now();
    const { host } = account.server;
    try {
      const session = await MaildropSession.open(account, this.env.DEVELOPMENT === 'true', timings);
      session.onClose = () => {
        this.#lastHangUp = Date.now();
      };
      logEvent('session.opened', { protocol: 'pop3', host, elapsedMs: Date.now() - start });
      return ok(session);
    } catch (error) {
      return err(this.#failureOf(error, account));
    }
  }

  #failureOf(error: unknown, { server }: Pick<Account, 'server'>): MailFailure {
    const { host } = server;
    if (!(error instanceof Failed)) {
      logEvent('object.crashed', { protocol: 'pop3', host, ...crashOf(error) });
      return { kind: 'internal' };
    }
    logEvent('session.failed', { protocol: 'pop3', host, failure: error.failure.kind });
    return error.failure;
  }
}

async function pageOf(session: MaildropSession, { after, limit, header }: PageRequest): Promise<MaildropPage> {
  const messages = await session.messages();
  const start = after === null ? 0 : 1 + messages.findIndex((message) => isNamed(message, after));
  if (after !== null && start === 0) throw new Failed({ kind: 'state-gone' });
  const chosen = messages.slice(start, start + limit);
  return {
    messages: await withHeaders(session, chosen, header),
    isLast: start + chosen.length === messages.length,
    total: messages.length,
    totalBytes: messages.reduce((sum, { size }) => sum + size, 0),
  };
}

/** The same, when the first of them has come. */
async function begun<T>(chunks: AsyncGenerator<T, void, undefined>): Promise<AsyncGenerator<T, void, undefined>> {
  const first = await chunks.next();
  return (async function* () {
    if (first.done === true) return;
    yield first.value;
    yield* chunks;
  })();
}

async function named(session: MaildropSession, name: MessageName): Promise<NumberedMessage> {
  const message = (await session.messages()).find((candidate) => isNamed(candidate, name));
  if (message === undefined) throw new Failed({ kind: 'message-not-found' });
  return message;
}

const isNamed = (message: MessageName, name: MessageName): boolean =>
  message.uidl === name.uidl && message.occurrence === name.occurrence;

async function withHeaders(
  session: MaildropSession,
  messages: readonly NumberedMessage[],
  header: boolean,
): Promise<ListedMessage[]> {
  const blocks: Uint8Array[] = [];
  let blockBytes = 0;
  for await (const block of session.headers(header ? messages : [])) {
    blocks.push(block);
    blockBytes += block.length;
    // One answer has to fit into one RPC message (32 MiB) and into memory.
    if (blockBytes > limits.pageHeaderBytes) throw new Failed({ kind: 'limit-exceeded', limit: 'pageHeaderBytes' });
  }
  return messages.map(({ uidl, occurrence, size }, index) => ({
    uidl,
    occurrence,
    size,
    header: blocks[index] ?? null,
  }));
}

async function digested(
  messages: readonly NumberedMessage[],
  digests: ReadonlySet<string>,
): Promise<NumberedMessage[]> {
  const keys = await Promise.all(messages.map(async ({ uidl }) => digestKey(await uidlDigest(uidl))));
  return messages.filter((_, index) => digests.has(keys[index] ?? ''));
}
