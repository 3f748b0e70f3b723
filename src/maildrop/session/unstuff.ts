/**
 * Where does a multi-line reply end, and which dots in it are the message's own?
 *
 * A state machine over bytes, indifferent to how packets cut them. A line ends at CRLF and at nothing else; a line that
 * is a single dot ends the reply; any other line that begins with a dot had that dot added by the server (RFC 1939 §3).
 */
import { Buffer } from 'node:buffer';

const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;

/**
 * What the next byte may mean. `lineStart`: a dot would be special. `dot` and `dotCr`: a dot at a line's start is held
 * back, alone or with a CR after it. `line`: anywhere else.
 */
type State = 'lineStart' | 'dot' | 'dotCr' | 'line';

export interface Unstuffed {
  /** Bytes of the message. */
  readonly bytes: Uint8Array;
  /** What followed the end of the reply in this packet; null while the reply goes on. */
  readonly rest: Uint8Array | null;
}

export class Unstuffer {
  #state: State = 'lineStart';
  /** In `line`: was the last byte a CR? */
  #afterCr = false;

  push(packet: Uint8Array): Unstuffed {
    // A held-back CR may come out before the packet's own bytes. Many small replies come in one packet: each takes as much memory
    // as its own bytes, and not as much as theirs together.
    const output = new Uint8Array(this.#mostBytesOf(packet) + 1);
    let written = 0;
    let position = 0;
    while (position < packet.length) {
      switch (this.#state) {
        case 'lineStart':
          if (packet[position] === DOT) {
            this.#state = 'dot';
            position += 1;
          } else this.#enterLine();
          break;
        case 'dot':
          if (packet[position] === CR) {
            this.#state = 'dotCr';
            position += 1;
          } else this.#enterLine();
          break;
        case 'dotCr':
          if (packet[position] === LF) {
            return { bytes: output.subarray(0, written), rest: packet.subarray(position + 1) };
          }
          output[written] = CR;
          written += 1;
          this.#enterLine();
          break;
        case 'line': {
          const end = this.#endOfRun(packet, position);
          output.set(packet.subarray(position, end), written);
          written += end - position;
          position = end;
          break;
        }
      }
    }
    return { bytes: output.subarray(0, written), rest: null };
  }

  /** Up to the end of the reply where it can be seen in this packet alone. */
  #mostBytesOf(packet: Uint8Array): number {
    const end = Buffer.from(packet.buffer, packet.byteOffset, packet.length).indexOf('\r\n.\r\n');
    return end < 0 ? packet.length : end + 2;
  }

  #enterLine(): void {
    this.#state = 'line';
    this.#afterCr = false;
  }

  /** How far bytes can be copied as they are: to the end of a line before a dot, or of the packet. */
  #endOfRun(packet: Uint8Array, from: number): number {
    let lineFrom = from;
    for (;;) {
      const lf = packet.indexOf(LF, lineFrom);
      if (lf < 0) {
        this.#afterCr = lineFrom < packet.length ? packet[packet.length - 1] === CR : this.#afterCr;
        return packet.length;
      }
      const endsLine = lf > lineFrom ? packet[lf - 1] === CR : this.#afterCr;
      this.#afterCr = false;
      lineFrom = lf + 1;
      if (endsLine && (lineFrom === packet.length || packet[lineFrom] === DOT)) {
        this.#state = 'lineStart';
        return lineFrom;
      }
    }
  }
}
