/**
 * How does an operation get the session of its maildrop, and what becomes of the session afterwards?
 *
 * One at a time, since the server locks the maildrop while it lasts. Every answer is a Reply: a failure is a value, since an
 * error would lose its class on the way to the gateway.
 */
import { type Account, type AccountMessage, fromMessage, type LoginAccount } from '../../core/account.ts';
import { within } from '../../core/deadline.ts';
import { err, Failed, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { crashOf, logEvent } from '../../core/log.ts';
import { type Reply, type Timings, timed } from '../../core/reply.ts';
import { AccessTokens, type GivenToken } from '../../wire/access-tokens.ts';
import type { CredentialDigest } from '../../wire/credential.ts';
import { leasedStream } from '../../wire/leased-stream.ts';
import { LoginMemory } from '../../wire/login-memory.ts';
import { type Lease, SessionPool } from '../../wire/pool.ts';
import { MaildropSession } from './session.ts';

/** Takes what it needs of a session, and says when the session is to be given back. */
export type Use<T> = (lease: Lease<MaildropSession>, timings: Timings) => Promise<T>;

export class MaildropSessions {
  readonly #pool: SessionPool<MaildropSession>;
  readonly #tokens: AccessTokens;
  readonly #isDevelopment: boolean;
  #lastHangUp = 0;

  constructor(storage: DurableObjectStorage, env: Pick<Env, 'DEVELOPMENT' | 'OAUTH2_PROVIDERS'>) {
    this.#isDevelopment = env.DEVELOPMENT === 'true';
    this.#tokens = new AccessTokens(storage, env);
    this.#pool = new SessionPool<MaildropSession>({
      sessions: 1,
      idleMs: limits.idleMaildropSessionMs,
      memory: new LoginMemory(storage),
      open: this.#tokens.opening((account, timings) => this.#open(account, timings)),
    });
  }

  /** What tells one credential from another. */
  credentialOf(account: AccountMessage): Promise<CredentialDigest> {
    return this.#pool.digest(fromMessage(account));
  }

  /** For who logs in elsewhere (`AccessTokens.given`). */
  accessToken(account: AccountMessage, refused: string | null): Promise<Result<GivenToken>> {
    return this.#tokens.given(fromMessage(account), refused);
  }

  /**
   * In a session that sees the maildrop as it is now, and in which nothing was retrieved. It ends when `use` takes longer than that:
   * each wait for the server is short, and all of them together can take hours, for which nobody waits any more.
   */
  async fresh<T>(account: AccountMessage, use: Use<T>, mostMs: number = limits.requestMs): Promise<Reply<T>> {
    const timings: Timings = {};
    return { result: await this.#attempt(account, { fresh: true, mostMs }, timings, use), timings };
  }

  /**
   * In a session that may be warm. It may have died unnoticed, and it does not see what came after it was opened: then
   * once more in a fresh one.
   */
  async warm<T>(account: AccountMessage, use: Use<T>): Promise<Reply<T>> {
    const timings: Timings = {};
    let wasWarm = false;
    const result = await this.#attempt(account, { fresh: false }, timings, (lease, timings) => {
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
    { fresh, mostMs = limits.requestMs }: { readonly fresh: boolean; readonly mostMs?: number },
    timings: Timings,
    use: Use<T>,
  ): Promise<Result<T>> {
    const taken = await this.#pool.take(fromMessage(account), { fresh }, timings);
    if (!taken.ok) return taken;
    try {
      return ok(await within(mostMs, 'request', use(taken.value, timings)));
    } catch (error) {
      taken.value.discard();
      return err(this.#failureOf(error, account));
    }
  }

  /** What holds the session to its last byte. `unclaimedMs` as in `leasedStream`. */
  stream(
    lease: Lease<MaildropSession>,
    chunks: AsyncGenerator<Uint8Array, void, undefined>,
    account: AccountMessage,
    unclaimedMs?: number,
  ): ReadableStream<Uint8Array> {
    return leasedStream(lease, chunks, this.streamFailed(account), unclaimedMs);
  }

  /** Puts down why a stream has not come to its end. */
  streamFailed({ server }: AccountMessage): (failure: MailFailure) => void {
    return ({ kind }) => logEvent('stream.failed', { protocol: 'pop3', host: server.host, failure: kind });
  }

  async #open(account: LoginAccount, timings: Timings): Promise<Result<MaildropSession>> {
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

  async #login(account: LoginAccount, timings: Timings): Promise<Result<MaildropSession>> {
    const start = Date.now();
    const { host } = account.server;
    try {
      const session = await MaildropSession.open(account, this.#isDevelopment, timings);
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
