/**
 * One account's maildrop: the Durable Object that keeps its POP3 session.
 *
 * What the gateway calls, and which operation each call is. Nothing is stored but which logins were refused; losing the object at
 * any instant loses a connection and no message.
 */
import { DurableObject } from 'cloudflare:workers';
import type { AccountMessage } from '../core/account.ts';
import type { Result } from '../core/failure.ts';
import { gathered } from '../core/gathered.ts';
import { logEvent } from '../core/log.ts';
import { type Reply, timed } from '../core/reply.ts';
import type { GivenToken } from '../wire/access-tokens.ts';
import { forget } from '../wire/forgetting.ts';
import { readyTogether } from '../wire/ready-together.ts';
import type {
  DeletedMessages,
  DownloadStream,
  ListedMessage,
  MaildropAbilities,
  MaildropChanges,
  MaildropPage,
  PrunedMessages,
  SpooledMessage,
  StreamedMessage,
} from './answers.ts';
import type { ExportedMaildrop, ExportRequest } from './export/frames.ts';
import type { HandOverRequest } from './hand-over.ts';
import type { MessageName } from './rules.ts';
import { MaildropSessions } from './session/account-sessions.ts';
import { changesIn } from './session/changes.ts';
import { deleteMessages } from './session/delete-messages.ts';
import { downloadFrames } from './session/download.ts';
import { type DownloadRequest, planOf } from './session/download-plan.ts';
import { chosenForExport, exportFrames } from './session/export-maildrop.ts';
import { findMessage } from './session/find-message.ts';
import { type HandedOver, handOver } from './session/hand-over.ts';
import { newestOf, type PageRequest, pageOf } from './session/list-page.ts';
import { Listeners } from './session/listeners.ts';
import { type PruneRequest, pruneMaildrop } from './session/prune.ts';
import { openMessage } from './session/stream-message.ts';

export class MaildropConnection extends DurableObject<Pick<Env, 'DEVELOPMENT' | 'OAUTH2_PROVIDERS'>> {
  readonly #sessions = new MaildropSessions(this.ctx.storage, this.env);
  readonly #listeners = new Listeners(this.#sessions);

  /** Whether the server takes this credential. The session ends at once: whoever asks logs in by itself, and a maildrop is locked. */
  async prove(account: AccountMessage): Promise<Reply<void>> {
    return this.#sessions.fresh(account, async ({ discard }) => discard());
  }

  /** What the account's Watcher logs in with. `refused` as in `AccessTokens`. */
  async accessToken(account: AccountMessage, refused: string | null): Promise<Result<GivenToken>> {
    return this.#sessions.accessToken(account, refused);
  }

  /** Nobody has logged in for long. */
  override async alarm(): Promise<void> {
    await forget(this.ctx.storage);
  }

  /** What the server says it can do, once logged in; empty when it does not know CAPA. */
  async capabilities(account: AccountMessage): Promise<Reply<MaildropAbilities>> {
    return this.#sessions.fresh(account, async ({ session, release }, timings) => {
      const policy = await timed(timings, 'login', () => session.policy());
      release();
      return { capabilities: session.capabilities, policy };
    });
  }

  /** One page of the maildrop as it is now. Fails with `state-gone` when `after` has left it. */
  async page(account: AccountMessage, request: PageRequest): Promise<Reply<MaildropPage>> {
    return this.#sessions.fresh(account, async ({ session, release }, timings) => {
      const page = await timed(timings, 'fetch', () => pageOf(session, request));
      release();
      return page;
    });
  }

  /** The last messages as the maildrop is now, with their headers, the newest first. */
  async newest(account: AccountMessage, limit: number): Promise<Reply<ListedMessage[]>> {
    return this.#sessions.fresh(account, async ({ session, release }, timings) => {
      const messages = await timed(timings, 'fetch', () => newestOf(session, limit));
      release();
      return messages;
    });
  }

  /** Whether a message is there, without reading it. */
  async find(account: AccountMessage, name: MessageName): Promise<Reply<SpooledMessage>> {
    return this.#sessions.warm(account, async ({ session, release }, timings) => {
      const { uidl, occurrence, size } = await timed(timings, 'fetch', () => findMessage(session, name));
      release();
      return { uidl, occurrence, size };
    });
  }

  /** One message, streamed as the server has it. It stays where it is and is not marked. */
  async read(account: AccountMessage, name: MessageName): Promise<Reply<StreamedMessage>> {
    return this.#sessions.warm(account, async (lease, timings) => {
      const { chunks, ...message } = await openMessage(lease, name, timings);
      return { ...message, body: this.#sessions.stream(lease, chunks, account) };
    });
  }

  /** The oldest messages as frames (`frames.ts`). They stay where they are. Fails with `state-gone` when it cannot be told what is new. */
  async download(account: AccountMessage, request: DownloadRequest): Promise<Reply<DownloadStream>> {
    return this.#sessions.fresh(account, async (lease, timings) => {
      const messages = await timed(timings, 'fetch', () => lease.session.messages());
      const { planned, ...told } = await planOf(messages, request);
      const frames = readyTogether(downloadFrames(lease.session, planned, this.#sessions.streamFailed(account)));
      return { ...told, frames: this.#sessions.stream(lease, frames, account) };
    });
  }

  /** Deletes exactly the messages whose UIDL has one of these digests, as far as they are still there. */
  async delete(account: AccountMessage, digests: readonly Uint8Array[]): Promise<Reply<DeletedMessages>> {
    const start = Date.now();
    const reply = await deleteMessages(this.#sessions, account, digests);
    if (reply.result.ok) {
      const { deleted, alreadyGone, notDeleted } = reply.result.value;
      const counts = { deleted, alreadyGone, notDeleted: notDeleted.length };
      logEvent('maildrop.acknowledged', { host: account.server.host, ...counts, elapsedMs: Date.now() - start });
    }
    return reply;
  }

  /** What has changed since a state, or the state as it is now. Fails with `state-gone` when that cannot be told. */
  async changes(
    account: AccountMessage,
    since: Uint8Array | null,
    maxChanges: number,
  ): Promise<Reply<MaildropChanges>> {
    return this.#sessions.fresh(account, async ({ session, release }, timings) => {
      const changes = await timed(timings, 'fetch', () => changesIn(session, since, maxChanges));
      release();
      return changes;
    });
  }

  /** The same, as soon as anything has changed; no changes when nothing has for `waitMs`. */
  async changesWithin(
    account: AccountMessage,
    since: Uint8Array,
    maxChanges: number,
    waitMs: number,
  ): Promise<Reply<MaildropChanges>> {
    return this.#listeners.changes(account, { since, maxChanges }, waitMs);
  }

  /** Deletes what is old enough, all but the newest, or what is both; or tells what that would be. */
  async prune(account: AccountMessage, wish: Omit<PruneRequest, 'startMs'>): Promise<Reply<PrunedMessages>> {
    const startMs = Date.now();
    return this.#sessions.fresh(account, async ({ session, release }, timings) => {
      const pruned = await pruneMaildrop(session, { ...wish, startMs }, timings);
      release();
      const counts = { deleted: wish.dryRun ? 0 : pruned.messages.length, kept: pruned.kept };
      logEvent('maildrop.pruned', { host: account.server.host, ...counts, elapsedMs: Date.now() - startMs });
      return pruned;
    });
  }

  /** All messages, oldest first, as frames (`export/frames.ts`). They stay where they are and are not marked. */
  async export(account: AccountMessage, request: ExportRequest): Promise<Reply<ExportedMaildrop>> {
    return this.#sessions.fresh(account, async (lease, timings) => {
      const { chosen, ...numbers } = await timed(timings, 'fetch', () => chosenForExport(lease.session, request));
      if (!request.withBody) lease.release();
      const frames = exportFrames(lease.session, chosen, this.#sessions.streamFailed(account));
      return { ...numbers, body: request.withBody ? this.#sessions.stream(lease, gathered(frames), account) : null };
    });
  }

  /** Messages as parcels (`core/parcel.ts`), and what deletes those that are safe in another account. Everything else stays. */
  async handOver(account: AccountMessage, request: HandOverRequest): Promise<Reply<HandedOver>> {
    return handOver(this.#sessions, account, request);
  }
}
