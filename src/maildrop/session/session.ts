/**
 * What can be done in one session with a maildrop?
 *
 * A session sees the maildrop as it was at login and nothing that came later (RFC 1939 §4). Every method throws Failed.
 * Deleting ends the session with QUIT; reading never does: Gmail hides a message for good once it was retrieved and the
 * session ended in order.
 */
import type { Account } from '../../core/account.ts';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Timings } from '../../core/reply.ts';
import type { Poolable } from '../../wire/pool.ts';
import type { SpooledMessage } from '../answers.ts';
import { isUidl, withOccurrences } from '../rules.ts';
import { type LoggedIn, login } from './login.ts';
import { type Command, type Reply, repliesTo } from './pipeline.ts';
import { collected } from './reply-reader.ts';
import { commandRefused, Refused } from './status-line.ts';
import type { Body } from './wire.ts';

/** Eight digits, as fetchmail sends it for the same purpose: some servers read no more into an int. */
const moreLinesThanAnyMessage = 99_999_999;

/** What a header or an -ERR takes, to reckon with. */
const shortReplyBytes = 8 * 1024;

declare const brand: unique symbol;
/** A message's number inside one session; it means nothing in another. */
export type MessageNumber = number & { readonly [brand]: 'MessageNumber' };

export interface NumberedMessage extends SpooledMessage {
  readonly number: MessageNumber;
}

export class MaildropSession implements Poolable {
  readonly #server: LoggedIn;
  #messages: readonly NumberedMessage[] | undefined;
  /** Called when we end the session, without the server's consent. */
  onClose: () => void = () => undefined;

  private constructor(server: LoggedIn) {
    this.#server = server;
  }

  static async open(account: Account, development: boolean, timings: Timings): Promise<MaildropSession> {
    return new MaildropSession(await login(account, development, timings));
  }

  get isOpen(): boolean {
    return this.#server.wire.isOpen;
  }

  get capabilities(): readonly string[] {
    return this.#server.capabilities;
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
    this.#messages ??= await this.#readListing();
    return this.#messages;
  }

  async #readListing(): Promise<NumberedMessage[]> {
    const { commands } = this.#server;
    const uidls = await listed('UIDL', commands.UIDL());
    const sizes = new Map(await listed('LIST', commands.LIST()));
    const messages = uidls.map(([number, uidl]) => {
      const size = Number(sizes.get(number));
      if (!Number.isSafeInteger(size) || size < 0) throw violated('LIST does not tell the size of a message.');
      if (!isUidl(uidl)) throw violated('UIDL gives a unique-id that RFC 1939 §7 does not allow.');
      return { number: messageNumber(number), uidl, size };
    });
    return withOccurrences(messages);
  }

  /** The header blocks of these, in order (TOP with no lines of the body). */
  async *headers(messages: readonly NumberedMessage[]): AsyncGenerator<Uint8Array, void, undefined> {
    const commands = messages.map(({ number }) => topOf(number, 0, shortReplyBytes));
    for await (const reply of this.#replies(commands)) {
      if (reply.refused !== null) throw new Failed({ kind: 'unsupported-by-server', feature: 'TOP' });
      yield await collected(bodyOf(reply), limits.headerBytes, 'headerBytes');
    }
  }

  /**
   * A reply for each of these, in order: the whole message as it arrives. One at a time, whatever the server announces: if it
   * left out the end of a reply, with several on their way one message would pass for another, and be deleted for it.
   */
  retrieve(messages: readonly NumberedMessage[]): AsyncGenerator<Reply, void, undefined> {
    const commands = messages.map(
      ({ number, size }): Command => ({ verb: 'RETR', line: `RETR ${number}`, replyBytes: size }),
    );
    return repliesTo(this.#server.wire, commands, false);
  }

  /**
   * The whole message without a trace: RETR counts as fetched, so that Dovecot marks it as seen and Gmail may hide it, but
   * TOP with more lines than any message has does not (RFC 1939 §7 sends the entire message then). A server without TOP
   * leaves no choice.
   */
  async peek(message: NumberedMessage): Promise<Body> {
    for (const replies of [
      this.#replies([topOf(message.number, moreLinesThanAnyMessage, message.size)]),
      this.retrieve([message]),
    ]) {
      const { value: reply } = await replies.next();
      if (reply !== undefined && reply.refused === null) return bodyOf(reply);
      if (reply?.refused.command === 'RETR') throw new Failed(commandRefused(reply.refused));
    }
    throw new Error('A command without a reply');
  }

  /**
   * Deletes all of these or none, and ends the session. A message that was marked is deleted only when the server has
   * accepted QUIT (RFC 1939 §6); if anything fails before, the connection ends without it and nothing is deleted.
   */
  async delete(messages: readonly NumberedMessage[]): Promise<void> {
    const commands = messages.map(
      ({ number }): Command => ({ verb: 'DELE', line: `DELE ${number}`, replyBytes: limits.replyLineBytes }),
    );
    try {
      for await (const { refused } of this.#replies(commands)) {
        if (refused !== null) throw new Failed(commandRefused(refused));
      }
      await this.#server.commands.QUIT();
    } catch (error) {
      throw error instanceof Refused ? new Failed(commandRefused(error)) : error;
    } finally {
      this.close();
    }
  }

  #replies(commands: readonly Command[]): AsyncGenerator<Reply, void, undefined> {
    return repliesTo(this.#server.wire, commands, this.#server.isPipelined);
  }
}

const topOf = (number: MessageNumber, lines: number, replyBytes: number): Command => ({
  verb: 'TOP',
  line: `TOP ${number} ${lines}`,
  replyBytes,
});

function bodyOf(reply: Reply): Body {
  if (reply.refused !== null || reply.body === null) throw new Error('A reply without a body');
  return reply.body;
}

/** The rows of a multi-line LIST or UIDL: a message number and what is said of it. */
async function listed(verb: 'LIST' | 'UIDL', command: Promise<string[][] | string[]>): Promise<[string, string][]> {
  try {
    return (await command).map((row) => {
      const [number, about] = Array.isArray(row) ? row : [];
      if (number === undefined || about === undefined) throw violated(`A line of ${verb} is not a number and a word.`);
      return [number, about];
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new Failed(verb === 'UIDL' ? { kind: 'unsupported-by-server', feature: 'UIDL' } : commandRefused(error));
  }
}

const violated = (detail: string): Failed => new Failed({ kind: 'protocol-violated', detail });

function messageNumber(text: string): MessageNumber {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw violated('A message number is not a number.');
  return number as MessageNumber;
}
