/**
 * Which small things does every reader of bytes here need?
 *
 * Octets that mean something in mail, joining, and a buffer that grows up to a limit. Knows nothing of MIME.
 */
export const octet = { tab: 0x09, lf: 0x0a, cr: 0x0d, space: 0x20, dash: 0x2d, colon: 0x3a, equals: 0x3d } as const;

export const noBytes = new Uint8Array(0);

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const only = chunks[0];
  if (only !== undefined && chunks.length === 1) return only;
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

/** Whether every byte is ASCII, so that no charset can make a difference. */
export function isAscii(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    if ((bytes[at] ?? 0) > 0x7f) return false;
  }
  return true;
}

/**
 * Keeps what it is given up to a limit and drops the rest.
 *
 * One growing buffer and not a list of chunks: a peer may send one byte at a time, and a list of 500,000 arrays costs
 * more than the bytes in them.
 */
export class CappedBytes {
  isCut = false;
  private bytes = noBytes;
  private length = 0;
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  push(chunk: Uint8Array): void {
    const room = this.max - this.length;
    if (chunk.length > room) this.isCut = true;
    const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
    const needed = this.length + kept.length;
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.min(this.max, Math.max(needed, this.bytes.length * 2, 512)));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    this.bytes.set(kept, this.length);
    this.length = needed;
  }

  /** What was kept, as a view; more must not be pushed afterwards. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}
