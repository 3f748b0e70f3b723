/**
 * How do node-pop3's commands reach the server?
 *
 * node-pop3 gives the vocabulary (RFC 1939's verbs); the connection under it is ours, since its own loses mail. Its verbs
 * write to `_socket` and wait for one `response` or `error` event. Here `_socket` is our transport, and the events come
 * from our framing. One command at a time: the session above sees to that.
 */
import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import Pop3Command from 'node-pop3';
import { within } from '../../core/deadline.ts';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { MailServer } from '../../core/server.ts';
import { hangUp } from '../../wire/transport.ts';
import { collected, ReplyReader } from './reply-reader.ts';

/** The server said -ERR. `text` may quote what the user sent: it never leaves this folder. */
export class Refused extends Error {
  readonly command: string;
  /** RFC 2449 §8, such as `IN-USE` or `SYS/TEMP`; null when there is none. */
  readonly responseCode: string | null;
  readonly text: string;

  constructor(command: string, text: string) {
    super(`${command} refused`);
    this.command = command;
    this.text = text;
    this.responseCode = /^\[([A-Za-z0-9/._-]{1,40})\]/.exec(text)?.[1]?.toUpperCase() ?? null;
  }
}

const streamed: readonly string[] = ['RETR', 'TOP'];
const listing: readonly string[] = ['LIST', 'UIDL', 'CAPA'];
/** One read from the socket. */
const packetBytes = 64 * 1024;

export class PopConnection extends Pop3Command {
  #socket: Socket;
  #reader: ReplyReader;
  #packets: ReadableStreamBYOBReader;
  #writer: WritableStreamDefaultWriter<Uint8Array>;
  #body: AsyncGenerator<Uint8Array, void, undefined> | null = null;
  /** What `send` wants on the wire, instead of the library's spelling of it. */
  #exact: string | null = null;
  #isOpen = true;

  constructor(socket: Socket, server: MailServer) {
    super({ host: server.host, port: server.port, user: '', password: '' });
    this.#socket = socket;
    this.#packets = socket.readable.getReader({ mode: 'byob' });
    this.#writer = socket.writable.getWriter();
    this.#reader = this.#readerOf(this.#packets);
    // Assigned rather than declared: the library types it as a socket of Node's, of which its verbs use `write` alone.
    Object.assign(this, { _socket: { write: (line: string) => void this.#exchange(line) } });
    this.#watch(socket);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The verbs call this before each command; the session has connected and logged in long before. */
  override async _connect(): Promise<string> {
    return '';
  }

  /** Sends one command as it is. Throws Refused for -ERR and Failed for all else. */
  async send(verb: string, argument: string): Promise<void> {
    // The library trims what it sends, and a password may end in a space.
    this.#exact = argument === '' ? verb : `${verb} ${argument}`;
    await this.command(verb, argument);
  }

  /** Waits for the greeting. Throws Refused when the server greets with -ERR. */
  async greeting(): Promise<void> {
    try {
      await within(limits.greetingMs, 'greeting', this.#status('greeting'));
    } catch (error) {
      throw this.#ending(error);
    }
  }

  /** STLS (RFC 2595 §4). Throws `tls-failed` when the server does not offer it or its certificate is not trusted. */
  async startTls(): Promise<void> {
    try {
      await this.send('STLS', '');
    } catch (error) {
      throw error instanceof Refused ? this.#ending(new Failed({ kind: 'tls-failed' })) : error;
    }
    // What came in cleartext behind the +OK is not the server's word: somebody on the way may have put it there.
    if (this.#reader.hasUnread) throw this.#ending(new Failed({ kind: 'tls-failed' }));
    this.#packets.releaseLock();
    this.#writer.releaseLock();
    const socket = this.#socket.startTls();
    this.#socket = socket;
    this.#packets = socket.readable.getReader({ mode: 'byob' });
    this.#writer = socket.writable.getWriter();
    this.#reader = this.#readerOf(this.#packets);
    this.#watch(socket);
    try {
      await within(limits.connectMs, 'connect', socket.opened);
    } catch (error) {
      throw this.#ending(error instanceof Failed ? error : new Failed({ kind: 'tls-failed' }));
    }
  }

  /** The message, or its header and first lines, as the server has it. The next command must wait until it has ended. */
  async stream(verb: 'RETR' | 'TOP', ...args: number[]): Promise<AsyncGenerator<Uint8Array, void, undefined>> {
    await this.command(verb, ...args);
    const body = this.#body;
    if (body === null) throw new Error(`${verb} without a body`);
    this.#body = null;
    return this.#guarded(body);
  }

  /** Ends the connection without QUIT: nothing is deleted, and nothing counts as fetched. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    hangUp(this.#socket);
  }

  /** What the library's verbs call through `_socket.write`, and wait for the event. */
  async #exchange(written: string): Promise<void> {
    const line = this.#exact ?? written.trimEnd();
    this.#exact = null;
    const verb = /^[A-Z]+/.exec(line)?.[0] ?? '';
    const phase = verb === 'USER' || verb === 'PASS' ? 'login' : 'command';
    try {
      this.emit('response', ...(await within(limits.commandMs, phase, this.#answerTo(verb, line))));
    } catch (error) {
      this.emit('error', this.#ending(error));
      // The library leaves the listener of a refused command behind.
      this.removeAllListeners('response');
    }
  }

  async #answerTo(verb: string, line: string): Promise<[string, Readable | null]> {
    // Nothing that a caller supplies may end one command and begin another.
    if (/[\r\n\0]/.test(line)) throw new Error('A control character reached a POP3 command');
    await this.#writer.write(new TextEncoder().encode(`${line}\r\n`));
    return [await this.#status(verb), await this.#bodyAfter(verb, line)];
  }

  async #bodyAfter(verb: string, line: string): Promise<Readable | null> {
    if (streamed.includes(verb)) this.#body = this.#reader.body();
    const isListing = listing.includes(verb) && !line.includes(' ');
    if (!isListing) return null;
    return Readable.from([Buffer.from(await collected(this.#reader.body(), limits.replyListBytes, 'replyListBytes'))]);
  }

  async #status(verb: string): Promise<string> {
    // Only ASCII is looked at; whatever else is in a status line is for people to read, in no known charset.
    const line = new TextDecoder('windows-1252').decode(await this.#reader.line());
    if (/^\+OK\b/i.test(line)) return line.slice(4);
    if (/^-ERR\b/i.test(line)) throw new Refused(verb, line.slice(5));
    throw new Failed({ kind: 'protocol-violated', detail: 'A reply begins with neither +OK nor -ERR.' });
  }

  async *#guarded(body: AsyncGenerator<Uint8Array, void, undefined>): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const { done, value } = await within(limits.commandMs, 'read', body.next());
        if (done === true) return;
        yield value;
      }
    } catch (error) {
      throw this.#ending(error);
    }
  }

  #readerOf(packets: ReadableStreamBYOBReader): ReplyReader {
    // The same memory for every packet: left to itself each would bring its own, and a large message outruns the
    // collection of what is left behind.
    let memory = new ArrayBuffer(packetBytes);
    return new ReplyReader(async () => {
      const { done, value } = await packets.read(new Uint8Array(memory));
      if (value !== undefined) memory = value.buffer;
      return done ? null : value;
    });
  }

  #watch(socket: Socket): void {
    const ended = (): void => {
      if (socket === this.#socket) this.#isOpen = false;
    };
    socket.closed.then(ended, ended);
  }

  /**
   * -ERR leaves a connection as good as it was. After any other failure nobody knows what would still arrive, so the
   * connection ends with it.
   */
  #ending(error: unknown): Refused | Failed {
    if (error instanceof Refused) return error;
    this.close();
    return error instanceof Failed ? error : new Failed({ kind: 'connection-lost' });
  }
}
