/**
 * What does the server say next?
 *
 * Bytes in, bytes out, never text: a message has whatever encoding its sender chose. Reading is pulled: while nobody asks
 * for more, nothing is read, and the server has to wait.
 */
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { Unstuffer } from './unstuff.ts';

const LF = 0x0a;
const CR = 0x0d;
const nothing = new Uint8Array(0);

/** The next packet, or null when the server has closed the connection. Its memory may be that of the packet before. */
export type ReadPacket = () => Promise<Uint8Array | null>;

export class ReplyReader {
  readonly #readPacket: ReadPacket;
  #unread: Uint8Array = nothing;

  constructor(readPacket: ReadPacket) {
    this.#readPacket = readPacket;
  }

  /** True when bytes have arrived that belong to no reply yet. */
  get hasUnread(): boolean {
    return this.#unread.length > 0;
  }

  /** One line without its line end. Throws `connection-lost` or `limit-exceeded`. */
  async line(): Promise<Uint8Array> {
    let searched = 0;
    for (;;) {
      const end = this.#unread.indexOf(LF, searched);
      if (end >= 0) {
        const line = this.#unread.subarray(0, this.#unread[end - 1] === CR ? end - 1 : end);
        this.#unread = this.#unread.subarray(end + 1);
        return line;
      }
      searched = this.#unread.length;
      if (searched > limits.replyLineBytes) throw new Failed({ kind: 'limit-exceeded', limit: 'replyLineBytes' });
      // The next packet takes the memory of this one.
      const begun = this.#unread.slice();
      this.#unread = concatenated([begun, await this.#packet()]);
    }
  }

  /** The chunks of a multi-line reply as they arrive, dots unstuffed. Throws `connection-lost`. */
  async *body(): AsyncGenerator<Uint8Array, void, undefined> {
    const unstuffer = new Unstuffer();
    for (;;) {
      const packet = this.hasUnread ? this.#unread : await this.#packet();
      this.#unread = nothing;
      const { bytes, rest } = unstuffer.push(packet);
      // Before the bytes are handed out: whoever takes the last of them need not come back for the end.
      if (rest !== null) this.#unread = rest;
      if (bytes.length > 0) yield bytes;
      if (rest !== null) return;
    }
  }

  async #packet(): Promise<Uint8Array> {
    const packet = await this.#readPacket();
    if (packet === null) throw new Failed({ kind: 'connection-lost' });
    return packet;
  }
}

/**
 * A whole multi-line reply, in memory of its own: a chunk may hold on to that of a packet with many replies in it. Throws
 * `limit-exceeded` beyond `limitBytes`.
 */
export async function collected(
  body: AsyncIterable<Uint8Array>,
  limitBytes: number,
  limit: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limitBytes) throw new Failed({ kind: 'limit-exceeded', limit });
    chunks.push(chunk);
  }
  return concatenated(chunks);
}

function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
