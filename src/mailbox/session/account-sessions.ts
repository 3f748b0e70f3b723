/**
 * How does an operation get a session of its account, and what becomes of the session afterwards?
 *
 * Reading is tried once more when a session that was kept warm turns out to be dead; changing is not, but for the part
 * before anything was changed, and for what comes to the same when it is done twice. Every answer is a Reply: a failure is a value, since an error would lose its class on the
 * way to the gateway.
 */
import { type Account, type AccountMessage, fromMessage } from '../../core/account.ts';
import { err, Failed, type MailFailure, type Result } from '../../core/failure.ts';
import { crashOf, logEvent } from '../../core/log.ts';
import type { Reply, Timings } from '../../core/reply.ts';
import type { CredentialDigest } from '../../wire/credential.ts';
import type { Lease, SessionPool } from '../../wire/pool.ts';
import type { MailboxName } from '../answers.ts';
import { notGranted } from './granted-path.ts';
import { isSelected, type SelectedMailbox, select } from './select.ts';
import type { ImapSession } from './session.ts';

/** What an operation may do with its session, which decides what becomes of it afterwards. */
export interface Intent {
  readonly kind: 'read' | 'write' | 'stream';
  readonly mailbox: MailboxName | null;
  /** It holds its session for as long as its caller sends. */
  readonly isUpload?: boolean;
  /** Its first command names messages by UID, and can be sent along with the question for news. */
  readonly newsCanWait?: boolean;
  /** A change that leaves the same behind if it is made twice. */
  readonly isRepeatable?: boolean;
  /** It holds its session until this is called, and does not wait for one (`Wish.onWanted`). */
  readonly onWanted?: (() => void) | undefined;
}

export type Work<T> = (lease: Lease<ImapSession>, timings: Timings, begin: () => void) => Promise<Result<T>>;

/** `isRepeated`: an earlier try has ended with its session, and nobody knows how far it came. */
export type MailboxWork<T> = (
  lease: Lease<ImapSession>,
  selected: SelectedMailbox,
  timings: Timings,
  isRepeated: boolean,
) => Promise<Result<T>>;

export class AccountSessions {
  readonly #pool: SessionPool<ImapSession>;

  constructor(pool: SessionPool<ImapSession>) {
    this.#pool = pool;
  }

  /** What tells one credential of the account from another. */
  credentialOf(account: AccountMessage): Promise<CredentialDigest> {
    return this.#pool.digest(fromMessage(account));
  }

  async inMailbox<T>(
    account: AccountMessage,
    intent: Intent & { readonly mailbox: MailboxName },
    work: MailboxWork<T>,
  ): Promise<Reply<T>> {
    let hasBegun = false;
    return this.reply(account, intent, async (lease, timings, begin) => {
      const selected = await select(lease.session, account.access, intent.mailbox, timings, intent.newsCanWait);
      if (!selected.ok) return selected;
      const isRepeated = hasBegun;
      hasBegun = true;
      begin();
      const workIn = (mailbox: SelectedMailbox) => work(lease, mailbox, timings, isRepeated);
      if (intent.newsCanWait !== true || intent.kind === 'write') return workIn(selected.value);
      const result = await valued(() => workIn(selected.value));
      if (result.ok || result.failure.kind !== 'state-gone' || !lease.isWarm) return result;
      // What the session knew of the mailbox may have been out of date: it may have got this UIDVALIDITY since.
      const now = await select(lease.session, account.access, intent.mailbox, timings);
      const isNews = now.ok && now.value.uidValidity !== selected.value.uidValidity;
      return isNews ? workIn(now.value) : now.ok ? result : now;
    });
  }

  /**
   * For what makes, renames or deletes mailboxes. What any session knows of roles is out of date then; and sessions that wait in
   * the mailbox whose name goes end before it does: in one that stayed Dovecot takes the files of the next mailbox of that
   * name for those of the old one, and breaks its index. Those who listen look again after it: no server tells them that what they
   * listen to has another name now. Nothing for who may reach some mailboxes alone: others lie in them, or come to lie under their names.
   */
  async reshape<T>(
    account: AccountMessage,
    intent: Intent & { readonly isNameGoing: boolean },
    work: Work<T>,
  ): Promise<Reply<T>> {
    if (account.access.mailboxes !== null) return { result: notGranted, timings: {} };
    let hasBegun = false;
    const reply = await this.reply(account, intent, (lease, timings, begin) =>
      work(lease, timings, () => {
        begin();
        hasBegun = true;
        if (intent.isNameGoing) this.#pool.retire(({ mailbox }) => mailbox !== null && mailbox.path !== 'INBOX');
      }),
    );
    if (!hasBegun) return reply;
    for (const session of this.#pool.sessions) session.forgetRoles();
    if (intent.isNameGoing) this.#pool.recall();
    return reply;
  }

  /** The one place where what is thrown becomes a value. */
  async reply<T>(message: AccountMessage, intent: Intent, work: Work<T>): Promise<Reply<T>> {
    const timings: Timings = {};
    try {
      const unsendable = unsendableOf(message, intent.mailbox);
      const result = unsendable ?? (await this.#withSession(fromMessage(message), intent, work, timings));
      return { result, timings };
    } catch (error) {
      logEvent('object.crashed', { protocol: 'imap', host: message.server.host, ...crashOf(error) });
      return { result: err({ kind: 'internal' }), timings };
    }
  }

  async #withSession<T>(account: Account, intent: Intent, work: Work<T>, timings: Timings): Promise<Result<T>> {
    const { mailbox, onWanted } = intent;
    const stream = intent.kind === 'stream' || intent.isUpload === true;
    const prefer = (session: ImapSession) => mailbox !== null && isSelected(session, mailbox);
    for (const fresh of [false, true]) {
      const taken = await this.#pool.take(account, { fresh, prefer, stream, onWanted }, timings);
      if (!taken.ok) return taken;
      const lease = taken.value;
      let hasBegun = false;
      const begin = () => {
        hasBegun = true;
      };
      const result = await settle(lease, () => work(lease, timings, begin));
      const isKept = intent.kind === 'stream' && result.ok;
      const isUseless = !result.ok && !hasBegun && isBroken(result.failure);
      if (isUseless) lease.discard();
      else if (!isKept) lease.release();
      const isDone = intent.kind === 'write' && intent.isRepeatable !== true && hasBegun;
      const mayRepeat = lease.isWarm && !isDone;
      if (result.ok || !mayRepeat || !(isUseless || isDead(result.failure, hasBegun))) return result;
    }
    return err({ kind: 'connection-lost' });
  }
}

/** Whatever is thrown but Failed is a bug, and its session is not to be met again. */
async function settle<T>(lease: Lease<ImapSession>, work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await valued(work);
  } catch (error) {
    lease.discard();
    throw error;
  }
}

/** Failed becomes a value here. */
async function valued<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failed) return err(error.failure);
    throw error;
  }
}

/** Whether the connection is gone; one that fails to answer the very first command may be gone without a word. */
function isDead(failure: MailFailure, hasBegun: boolean): boolean {
  return failure.kind === 'connection-lost' || (failure.kind === 'deadline-exceeded' && !hasBegun);
}

/**
 * Whether the server is at a loss in this session, and may not be in another: Dovecot in a mailbox whose files have been replaced
 * behind its back.
 */
const isBroken = (failure: MailFailure): boolean =>
  failure.kind === 'command-refused' && failure.responseCode === 'SERVERBUG';

/** CR, LF and NUL have no place in a command, and in no name or password either (RFC 9051 §9, `quoted`). */
function unsendableOf({ user, credential }: AccountMessage, mailbox: MailboxName | null): Result<never> | null {
  if (endsLine(user) || endsLine(credential.secret)) return err({ kind: 'login-refused', responseCode: null });
  if (mailbox !== null && isUnsendable(mailbox)) return err({ kind: 'mailbox-not-found' });
  return null;
}

const endsLine = (text: string) => /[\r\n\0]/.test(text);

export const isUnsendable = (mailbox: MailboxName) => 'path' in mailbox && endsLine(mailbox.path);
