/**
 * Who waits for changes of the maildrop?
 *
 * Each caller proves itself by a look of its own, in a session of its own, before it shares what is found for others; and it
 * shares it only with those who came with the same credential.
 */
import { type AccountMessage, fromMessage } from '../../core/account.ts';
import { err, Failed, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { crashOf, logEvent } from '../../core/log.ts';
import { type Reply, timed } from '../../core/reply.ts';
import { type CredentialDigest, isSameCredential } from '../../wire/credential.ts';
import type { MaildropChanges } from '../answers.ts';
import { changesSince, hasChanges } from '../sync/changes.ts';
import type { MaildropSessions } from './account-sessions.ts';
import { type Known, Listener, sightOf } from './listener.ts';
import { mayPass, nextLookMs, restMsOf, Watch } from './watch.ts';

interface Looked {
  readonly changes: MaildropChanges;
  /** When it may be looked again. */
  readonly nextLookMs: number;
}

export class Listeners {
  readonly #sessions: MaildropSessions;
  readonly #watches = new Set<Watch>();
  #waiting = 0;

  constructor(sessions: MaildropSessions) {
    this.#sessions = sessions;
  }

  /** What has changed, as soon as anything has; nothing when nothing has for so long. */
  async changes(account: AccountMessage, known: Known, waitMs: number): Promise<Reply<MaildropChanges>> {
    const untilMs = Date.now() + waitMs;
    const credential = await this.#sessions.credentialOf(account);
    const first = await this.#look(account, credential, known);
    if (first.result.ok ? hasChanges(first.result.value.changes) : !mayPass(first.result.failure)) return told(first);
    if (this.#waiting >= limits.listeners) return { ...first, result: err(full) };
    this.#waiting += 1;
    try {
      const looked = await this.#lookedAgain(account, credential, known, first, untilMs);
      const { result } = looked;
      if (!result.ok || hasChanges(result.value.changes)) return told(looked);
      const news = await this.#news(account, credential, known, result.value.nextLookMs, untilMs);
      return news === null ? told(looked) : { ...looked, result: news };
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Until it has seen the maildrop once, a caller has proven nothing. */
  async #lookedAgain(
    account: AccountMessage,
    credential: CredentialDigest,
    known: Known,
    first: Reply<Looked>,
    untilMs: number,
  ): Promise<Reply<Looked>> {
    let looked = first;
    while (!looked.result.ok && (await rested(looked.result.failure, untilMs))) {
      looked = await this.#look(account, credential, known);
    }
    return looked;
  }

  #look(account: AccountMessage, credential: CredentialDigest, { since, maxChanges }: Known): Promise<Reply<Looked>> {
    const start = Date.now();
    return this.#sessions.fresh(account, async ({ session, release, discard }, timings) => {
      const messages = await timed(timings, 'fetch', () => session.messages());
      const nextMs = nextLookMs(session, Date.now() - start);
      this.#watchOf(credential)?.show(sightOf(messages), nextMs);
      const changes = changesSince(since, messages, maxChanges);
      if (changes === null) throw new Failed({ kind: 'state-gone' });
      // Whoever is told of news reads them next. Otherwise nobody has to find the maildrop locked.
      if (hasChanges(changes)) release();
      else discard();
      return { changes, nextLookMs: nextMs };
    });
  }

  /** What others see from then on; null when that is nothing new. */
  async #news(
    account: AccountMessage,
    credential: CredentialDigest,
    known: Known,
    nextLookMs: number,
    untilMs: number,
  ): Promise<Result<MaildropChanges> | null> {
    const listener = new Listener(known);
    const timer = setTimeout(() => listener.dismiss(), Math.max(0, untilMs - Date.now()));
    const found = this.#watchOf(credential);
    const watch = found ?? new Watch(fromMessage(account), credential, this.#sessions, nextLookMs);
    watch.join(listener);
    if (found === undefined) void this.#run(watch, account.server.host);
    try {
      return await listener.answer;
    } finally {
      clearTimeout(timer);
      watch.leave(listener);
    }
  }

  #watchOf(credential: CredentialDigest): Watch | undefined {
    return [...this.#watches].find((watch) => !watch.isOver && isSameCredential(watch.credential, credential));
  }

  async #run(watch: Watch, host: string): Promise<void> {
    this.#watches.add(watch);
    try {
      await watch.run();
    } catch (error) {
      logEvent('object.crashed', { protocol: 'pop3', host, ...crashOf(error) });
      watch.dismiss({ kind: 'internal' });
    } finally {
      this.#watches.delete(watch);
    }
  }
}

const told = ({ result, timings }: Reply<Looked>): Reply<MaildropChanges> => ({
  result: result.ok ? ok(result.value.changes) : result,
  timings,
});

/** False when the time is over before the server may be asked again. */
async function rested(failure: MailFailure, untilMs: number): Promise<boolean> {
  const restMs = Math.max(limits.lockedRetryMs, restMsOf(failure));
  if (!mayPass(failure) || Date.now() + restMs >= untilMs) return false;
  await scheduler.wait(restMs);
  return true;
}

const full: MailFailure = {
  kind: 'listeners-full',
  limitedBy: 'postern',
  limit: 'listeners',
  most: limits.listeners,
  retryAfterSeconds: 30,
};
