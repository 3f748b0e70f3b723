/**
 * How do lines and replies travel between us and a POP3 server?
 *
 * Our transport under our framing, without any command in mind. Every wait has a deadline. A refusal leaves the
 * connection as good as it was; after any other failure nobody knows what would still arrive, so it ends.
 */
import { within } from '../../core/deadline.ts';
import { Failed, type Phase } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { Pace } from '../../wire/pace.ts';
import { type Packets, packetsOf } from '../../wire/packets.ts';
import { hangUp } from '../../wire/transport.ts';
import { ReplyReader } from './reply-reader.ts';
import { judged, Refused } from './status-line.ts';

/** The bytes of a multi-line reply as they arrive. It has to be read to its end before the next reply can be. */
export type Body = AsyncGenerator<Uint8Array, void, undefined>;

const latin1 = new TextDecoder('windows-1252');

export class PopWire {
  #socket: Socket;
  #reader: ReplyReader;
  #packets: Packets;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #isOpen = true;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#packets = packetsOf(socket.readable);
    this.#writer = socket.writable.getWriter();
    this.#reader = new ReplyReader(this.#packets.read);
    this.#watch(socket);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** True when something has come that belongs to no reply yet. What is still on its way is not seen. */
  get hasUnread(): boolean {
    return this.#reader.hasUnread;
  }

  /** Ends the connection without QUIT: nothing is deleted, and nothing counts as fetched. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    hangUp(this.#socket);
  }

  /** Runs one exchange under a deadline. Throws Refused, or Failed after closing the connection. */
  async within<T>(limitMs: number, phase: Phase, exchange: () => Promise<T>): Promise<T> {
    try {
      return await within(limitMs, phase, exchange());
    } catch (error) {
      throw this.#ending(error);
    }
  }

  /** Asks when nothing is left to be answered. Throws `protocol-violated` when the server has spoken unasked. */
  async write(...lines: readonly string[]): Promise<void> {
    // It would pass for the reply to what is asked now, and each reply for that to the next command.
    if (this.hasUnread) throw new Failed({ kind: 'protocol-violated', detail: 'It sent more than it was asked for.' });
    await this.writeAhead(...lines);
  }

  /** Asks while replies to what was asked before are on their way. */
  async writeAhead(...lines: readonly string[]): Promise<void> {
    // Nothing that a caller supplies may end one command and begin another.
    if (lines.some((line) => /[\r\n\0]/.test(line))) throw new Error('A control character reached a POP3 command');
    await this.#writer.write(new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join('')));
  }

  async line(): Promise<string> {
    // Only ASCII is looked at; whatever else is in a status line is for people to read, in no known charset.
    return latin1.decode(await this.#reader.line());
  }

  /** What follows +OK. Throws Refused for -ERR. */
  async status(command: string): Promise<string> {
    return judged(command, await this.line());
  }

  /** A multi-line reply, each chunk of it under a deadline, and all of them at a pace. */
  async *body(): Body {
    const chunks = this.#reader.body();
    const pace = new Pace();
    for (;;) {
      const { done, value } = await this.within(limits.commandMs, 'read', () =>
        pace.keep(chunks.next(), (chunk) => (chunk.done === true ? 0 : chunk.value.length)),
      );
      if (done === true) return;
      yield value;
    }
  }

  /** TLS from here on. Throws `tls-failed`. */
  async startTls(): Promise<void> {
    // What came in cleartext behind the +OK is not the server's word: somebody on the way may have put it there.
    if (this.hasUnread) throw this.#ending(new Failed({ kind: 'tls-failed' }));
    this.#packets.releaseLock();
    this.#writer.releaseLock();
    const socket = this.#socket.startTls();
    this.#socket = socket;
    this.#packets = packetsOf(socket.readable);
    this.#writer = socket.writable.getWriter();
    this.#reader = new ReplyReader(this.#packets.read);
    this.#watch(socket);
    try {
      await within(limits.connectMs, 'connect', socket.opened);
    } catch (error) {
      throw this.#ending(error instanceof Failed ? error : new Failed({ kind: 'tls-failed' }));
    }
  }

  #watch(socket: Socket): void {
    const ended = (): void => {
      if (socket === this.#socket) this.#isOpen = false;
    };
    socket.closed.then(ended, ended);
  }

  #ending(error: unknown): Refused | Failed {
    if (error instanceof Refused) return error;
    this.close();
    return error instanceof Failed ? error : new Failed({ kind: 'connection-lost' });
  }
}
