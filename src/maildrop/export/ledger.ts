/**
 * What is noted of each message while it passes, to be told at the end?
 *
 * Lines of text, kept as octets in large blocks: there may be a hundred thousand of them, and an object each would be several times
 * as much memory.
 */
const blockBytes = 64 * 1024;

export class Ledger {
  readonly #blocks: Uint8Array[] = [];
  /** How much of the last block is written. */
  #filled = 0;
  #lines = 0;

  get lines(): number {
    return this.#lines;
  }

  add(entry: object): void {
    let rest: Uint8Array = new TextEncoder().encode(`${JSON.stringify(entry)}\n`);
    while (rest.length > 0) {
      const block = this.#blockWithRoom();
      const part = rest.subarray(0, block.length - this.#filled);
      block.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
    }
    this.#lines += 1;
  }

  /** The entries as JSON, in order. */
  *entries(): Generator<string, void, undefined> {
    const decoder = new TextDecoder();
    let begun = '';
    for (const [index, block] of this.#blocks.entries()) {
      const isLast = index === this.#blocks.length - 1;
      const text = begun + decoder.decode(isLast ? block.subarray(0, this.#filled) : block, { stream: true });
      const lines = text.split('\n');
      begun = lines.pop() ?? '';
      yield* lines;
    }
  }

  #blockWithRoom(): Uint8Array {
    const last = this.#blocks.at(-1);
    if (last !== undefined && this.#filled < last.length) return last;
    const block = new Uint8Array(blockBytes);
    this.#blocks.push(block);
    this.#filled = 0;
    return block;
  }
}
