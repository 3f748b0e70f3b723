/**
 * Which lines does a stream of octets hold, however it is cut?
 */
import { Buffer } from 'node:buffer';

const lineEnd = 0x0a;

export class Lines {
  #rest = Buffer.alloc(0);

  /** The lines that these octets complete, in UTF-8. */
  in(bytes: Uint8Array): string[] {
    const lines: string[] = [];
    let unread = Buffer.concat([this.#rest, bytes]);
    for (let end = unread.indexOf(lineEnd); end >= 0; end = unread.indexOf(lineEnd)) {
      lines.push(unread.toString('utf8', 0, end));
      unread = unread.subarray(end + 1);
    }
    this.#rest = unread;
    return lines;
  }
}
