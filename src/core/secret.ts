/**
 * How does a password travel without being printed?
 *
 * Wrapped from the edge inwards: whatever prints a Secret prints `[secret]`. It is unwrapped only where it is written to
 * the mail server, where it crosses RPC to the proxy (`account.ts`) and where a session's credential is digested.
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
