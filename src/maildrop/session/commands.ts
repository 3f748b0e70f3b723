/**
 * How do node-pop3's commands reach the server?
 *
 * node-pop3 gives the vocabulary (RFC 1939's verbs); the connection under it is ours, since its own loses mail. Its verbs
 * write to `_socket` and wait for one `response` or `error` event. Here `_socket` is our wire, and the events come from our
 * framing. One command at a time: the session above sees to that. What may be sent ahead is not for them (`pipeline.ts`).
 */
import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import Pop3Command from 'node-pop3';
import { limits } from '../../core/limits.ts';
import { capabilitiesIn } from './capabilities.ts';
import { collected } from './reply-reader.ts';
import { Refused } from './status-line.ts';
import type { PopWire } from './wire.ts';

export class PopCommands extends Pop3Command {
  readonly #wire: PopWire;

  constructor(wire: PopWire) {
    super({ host: '', user: '', password: '' });
    this.#wire = wire;
    // Assigned rather than declared: the library types it as a socket of Node's, of which its verbs use `write` alone.
    Object.assign(this, { _socket: { write: (line: string) => void this.#exchange(line.trimEnd()) } });
  }

  /** The verbs call this before each command; the session has connected and logged in long before. */
  override async _connect(): Promise<string> {
    return '';
  }

  /** What the server says of itself (CAPA, RFC 2449 §5), line by line. Empty when it does not say. */
  async CAPA(): Promise<readonly string[]> {
    try {
      const [, stream] = await this.command('CAPA');
      return capabilitiesIn(await Pop3Command.stream2String(stream));
    } catch (error) {
      if (error instanceof Refused) return [];
      throw error;
    }
  }

  async #exchange(line: string): Promise<void> {
    const verb = /^[A-Z]+/.exec(line)?.[0] ?? '';
    try {
      const answer = await this.#wire.within(limits.commandMs, 'command', () => this.#answerTo(verb, line));
      this.emit('response', ...answer);
    } catch (error) {
      this.emit('error', error);
      // The library leaves the listener of a refused command behind.
      this.removeAllListeners('response');
    }
  }

  async #answerTo(verb: string, line: string): Promise<[string, Readable | null]> {
    await this.#wire.write(line);
    const info = await this.#wire.status(verb);
    if (verb !== 'CAPA') return [info, null];
    const bytes = await collected(this.#wire.body(), limits.replyListBytes, 'replyListBytes');
    return [info, Readable.from([Buffer.from(bytes)])];
  }
}
