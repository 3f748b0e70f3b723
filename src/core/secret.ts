/**
 * How does a password travel without being printed?
 *
 * Wrapped from the edge inwards: whatever prints a Secret prints `[secret]`. It is unwrapped in two places only, where
 * it is written to the mail server and where it crosses RPC to the proxy (`account.ts`).
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
