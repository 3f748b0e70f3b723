/**
 * What can be done in one session with a maildrop?
 *
 * A session sees the maildrop as it was at login and nothing that came later (RFC 1939 §4). Every method throws Failed.
 * Deleting ends the session with QUIT; reading never does: Gmail hides a message for good once it was retrieved and the
 * session ended in order.
 */
import type { LoginAccount } from '../../core/account.ts';
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Timings } from '../../core/reply.ts';
import type { Poolable } from '../../wire/pool.ts';
import type { MaildropPolicy } from '../answers.ts';
import { hasCapability, isPolicyPerUser, policyIn } from './capabilities.ts';
import { exactVerb } from './exact-verb.ts';
import { bodyOf, headerIn, headerOf, type Listing, type NumberedMessage, readListing } from './listing.ts';
import { type LoggedIn, login } from './login.ts';
import { markerOf, shifted } from './marker.ts';
import { type Command, type Reply, repliesTo } from './pipeline.ts';
import { commandRefused, optionalRefused } from './refusals.ts';
import { Refused } from './status-line.ts';
import type { Body } from './wire.ts';

/** Eight digits, as fetchmail sends it for the same purpose: some servers read no more into an int. */
const moreLinesThanAnyMessage = 99_999_999;

/** What a server said to a wish to delete. */
export interface Marked {
  /** Of each message, in order, why it was not marked; null when it was. */
  readonly refusals: readonly (MailFailure | null)[];
  /** Why QUIT was not accepted: of those that were marked all, some or none are gone (RFC 1939 §6). Null when it was. */
  readonly ending: MailFailure | null;
}

export class MaildropSession implements Poolable {
  readonly #server: LoggedIn;
  #listing: Listing | undefined;
  /** Called when we end the session, without the server's consent. */
  onClose: () => void = () => undefined;

  private constructor(server: LoggedIn) {
    this.#server = server;
  }

  static async open(account: LoginAccount, development: boolean, timings: Timings): Promise<MaildropSession> {
    return new MaildropSession(await login(account, development, timings));
  }

  get isOpen(): boolean {
    return this.#server.wire.isOpen;
  }

  /** What the server says that it can do: `SASL PLAIN LOGIN`, `LOGIN-DELAY 180`. Empty when it has no CAPA. */
  get capabilities(): readonly string[] {
    return this.#server.capabilities;
  }

  /** What it does to mail that is left there. Asked for once more where that is another for each user. */
  async policy(): Promise<MaildropPolicy> {
    if (!isPolicyPerUser(this.capabilities)) return policyIn(this.capabilities);
    const capabilities = await this.#server.commands.CAPA();
    return policyIn(capabilities.length > 0 ? capabilities : this.capabilities);
  }

  /** A maildrop has one session at a time in any case. */
  readonly mostSessions = null;

  close(): void {
    if (!this.isOpen) return;
    this.onClose();
    this.#server.wire.close();
  }

  /** All messages, oldest first. Asked of the server once: within a session the answer can't change. */
  async messages(): Promise<readonly NumberedMessage[]> {
    return (await this.#read()).messages;
  }

  async #read(): Promise<Listing> {
    this.#listing ??= await readListing(this.#server);
    return this.#listing;
  }

  /** The header blocks of these, in order. */
  async *headers(messages: readonly NumberedMessage[]): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const reply of this.headerReplies(messages)) yield headerIn(reply, this.#server, 'TOP');
  }

  /** The same where one that is refused is to fail alone. They have to be read to their end. */
  async *headerReplies(messages: readonly NumberedMessage[]): AsyncGenerator<Reply, void, undefined> {
    const { known } = await this.#read();
    yield* this.#replies(messages.map((message) => headerOf(message, known)));
  }

  /** A reply for each of these, in order: the whole message as it arrives. It ends only when it is proven to be whole. */
  async *retrieve(messages: readonly NumberedMessage[]): AsyncGenerator<Reply, void, undefined> {
    const { known } = await this.#read();
    const commands = messages.map((message) => wholeOf('RETR', message, known.verb));
    yield* this.#replies(commands);
  }

  /**
   * The whole message without a trace: RETR counts as fetched, so that Dovecot marks it as seen and Gmail may hide it, but
   * TOP with more lines than any message has does not (RFC 1939 §7 sends the entire message then). A server without TOP
   * leaves no choice. A session that was kept warm may have died in silence: it is waited for less long, and then it is lost
   * rather than slow.
   */
  async peek(message: NumberedMessage, isWarm: boolean): Promise<Body> {
    const { known } = await this.#read();
    const top = await this.#answer(wholeOf('TOP', message, known.verb), isWarm);
    if (top.refused === null) return bodyOf(top);
    const failure = optionalRefused(top.refused, hasCapability(this.capabilities, 'TOP'), 'TOP');
    if (failure.kind !== 'unsupported-by-server') throw new Failed(failure);
    const retr = await this.#answer(wholeOf('RETR', message, known.verb), false);
    if (retr.refused === null) return bodyOf(retr);
    throw new Failed(commandRefused(retr.refused));
  }

  /** A reply for each of these, in order, as `retrieve` gives it, and without a trace wherever the server's TOP is exact. */
  async *peekAll(messages: readonly NumberedMessage[]): AsyncGenerator<Reply, void, undefined> {
    const { known } = await this.#read();
    const ask = (verb: 'TOP' | 'RETR', asked: readonly NumberedMessage[]) =>
      this.#replies(asked.map((message) => wholeOf(verb, message, known.verb)));
    yield* ask(await exactVerb(messages, ask, hasCapability(this.capabilities, 'TOP')), messages);
  }

  /** The reply to one command. */
  async #answer(command: Command, isWarm: boolean): Promise<Reply> {
    try {
      const { value } = await this.#replies([command], isWarm ? limits.wakeUpMs : limits.commandMs).next();
      if (value === undefined) throw new Error('A command without a reply');
      return value;
    } catch (error) {
      const isSilent = isWarm && error instanceof Failed && error.failure.kind === 'deadline-exceeded';
      throw isSilent ? new Failed({ kind: 'connection-lost' }) : error;
    }
  }

  /**
   * Marks these as deleted, those that the server agrees to, and ends the session. What was marked is gone when the server has
   * accepted QUIT (RFC 1939 §6). Throws Failed when anything else than a refusal comes before QUIT: then nothing is deleted.
   */
  async delete(messages: readonly NumberedMessage[]): Promise<Marked> {
    const commands = messages.map(
      ({ number }): Command => ({
        verb: 'DELE',
        line: `DELE ${number}`,
        replyBytes: limits.replyLineBytes,
        isMultiLine: false,
      }),
    );
    const refusals: (MailFailure | null)[] = [];
    try {
      for await (const { refused } of this.#replies(commands)) {
        refusals.push(refused === null ? null : commandRefused(refused));
      }
      return { refusals, ending: refusals.includes(null) ? await this.#quit() : null };
    } finally {
      // Also where the connection has ended already: the server may not have noticed, and hold its lock.
      this.onClose();
      this.close();
    }
  }

  /** Why it is not known what QUIT has done; null when the server has accepted it. */
  async #quit(): Promise<MailFailure | null> {
    // Before it is sent: until then nothing is deleted, and nobody has to look.
    if (this.#server.wire.hasUnread) throw shifted();
    try {
      await this.#server.commands.QUIT();
      return null;
    } catch (error) {
      if (error instanceof Refused) return commandRefused(error);
      if (error instanceof Failed) return error.failure;
      throw error;
    }
  }

  /** What has no marker that is proven to come back is not sent ahead, unless its reply is a single line. */
  #replies(
    commands: readonly Command[],
    firstReplyMs: number = limits.commandMs,
  ): AsyncGenerator<Reply, void, undefined> {
    const isSafe = this.#listing?.known.isProven === true || commands.every(({ isMultiLine }) => !isMultiLine);
    const isPipelined = isSafe && hasCapability(this.capabilities, 'PIPELINING');
    return repliesTo(this.#server.wire, commands, { isPipelined, firstReplyMs });
  }
}

const wholeOf = (verb: 'RETR' | 'TOP', message: NumberedMessage, known: 'UIDL' | 'LIST'): Command => ({
  verb,
  line: verb === 'RETR' ? `RETR ${message.number}` : `TOP ${message.number} ${moreLinesThanAnyMessage}`,
  replyBytes: message.size,
  isMultiLine: true,
  marker: markerOf(known, message, message.size),
});
