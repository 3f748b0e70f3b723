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
import { type PopConnection, Refused } from './connection.ts';
import { login } from './login.ts';
import { collected } from './reply-reader.ts';

/** Eight digits, as fetchmail sends it for the same purpose: some servers read no more into an int. */
const moreLinesThanAnyMessage = 99_999_999;

declare const brand: unique symbol;
/** A message's number inside one session; it means nothing in another. */
export type MessageNumber = number & { readonly [brand]: 'MessageNumber' };

export interface NumberedMessage extends SpooledMessage {
  readonly number: MessageNumber;
}

export class MaildropSession implements Poolable {
  readonly #connection: PopConnection;
  #messages: readonly NumberedMessage[] | undefined;
  /** Called when we end the session, without the server's consent. */
  onClose: () => void = () => undefined;

  private constructor(connection: PopConnection) {
    this.#connection = connection;
  }

  static async open(account: Account, development: boolean, timings: Timings): Promise<MaildropSession> {
    return new MaildropSession(await login(account, development, timings));
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  close(): void {
    if (!this.isOpen) return;
    this.onClose();
    this.#connection.close();
  }

  /** All messages, oldest first. Asked of the server once: within a session the answer can't change. */
  async messages(): Promise<readonly NumberedMessage[]> {
    this.#messages ??= await this.#readListing();
    return this.#messages;
  }

  async #readListing(): Promise<NumberedMessage[]> {
    const uidls = await this.#listing('UIDL', this.#connection.UIDL());
    const sizes = new Map(await this.#listing('LIST', this.#connection.LIST()));
    const messages = uidls.map(([number, uidl]) => {
      const size = Number(sizes.get(number));
      if (!Number.isSafeInteger(size) || size < 0) throw violated('LIST does not tell the size of a message.');
      if (!isUidl(uidl)) throw violated('UIDL gives a unique-id that RFC 1939 §7 does not allow.');
      return { number: messageNumber(number), uidl, size };
    });
    return withOccurrences(messages);
  }

  /** The rows of a multi-line LIST or UIDL: a message number and what is said of it. */
  async #listing(verb: string, command: Promise<string[][] | string[]>): Promise<[string, string][]> {
    const rows = await this.#run(command, (refused) =>
      verb === 'UIDL' ? { kind: 'unsupported-by-server', feature: 'UIDL' } : commandRefused(refused),
    );
    return rows.map((row) => {
      const [number, about] = Array.isArray(row) ? row : [];
      if (number === undefined || about === undefined) throw violated(`A line of ${verb} is not a number and a word.`);
      return [number, about];
    });
  }

  /** The header block (TOP with no lines of the body). */
  async header({ number }: NumberedMessage): Promise<Uint8Array> {
    const body = await this.#run(this.#connection.stream('TOP', number, 0), () => ({
      kind: 'unsupported-by-server',
      feature: 'TOP',
    }));
    return collected(body, limits.headerBytes, 'headerBytes');
  }

  /** The whole message, as it arrives. It has to be read to its end before anything else is asked of the session. */
  async retrieve({ number }: NumberedMessage): Promise<AsyncGenerator<Uint8Array, void, undefined>> {
    return this.#run(this.#connection.stream('RETR', number), commandRefused);
  }

  /**
   * The whole message without a trace: RETR counts as fetched, so that Dovecot marks it as seen and Gmail may hide it, but
   * TOP with more lines than any message has does not (RFC 1939 §7 sends the entire message then). A server without TOP
   * leaves no choice.
   */
  async peek(message: NumberedMessage): Promise<AsyncGenerator<Uint8Array, void, undefined>> {
    try {
      return await this.#connection.stream('TOP', message.number, moreLinesThanAnyMessage);
    } catch (error) {
      if (error instanceof Refused) return this.retrieve(message);
      throw error;
    }
  }

  /**
   * Deletes all of these or none, and ends the session. A message that was marked is deleted only when the server has
   * accepted QUIT (RFC 1939 §6); if anything fails before, the connection ends without it and nothing is deleted.
   */
  async delete(messages: readonly NumberedMessage[]): Promise<void> {
    try {
      for (const { number } of messages) await this.#run(this.#connection.DELE(number), commandRefused);
      await this.#run(this.#connection.QUIT(), commandRefused);
    } finally {
      this.close();
    }
  }

  async #run<T>(command: Promise<T>, failureOf: (refused: Refused) => Failed['failure']): Promise<T> {
    try {
      return await command;
    } catch (error) {
      throw error instanceof Refused ? new Failed(failureOf(error)) : error;
    }
  }
}

const commandRefused = ({ command, responseCode }: Refused): Failed['failure'] => ({
  kind: 'command-refused',
  command,
  responseCode,
});

const violated = (detail: string): Failed => new Failed({ kind: 'protocol-violated', detail });

function messageNumber(text: string): MessageNumber {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw violated('A message number is not a number.');
  return number as MessageNumber;
}
