/**
 * What does a client say, piece by piece? A line; and behind one that announces a literal (RFC 9051 §4.3), which waits to be
 * asked for, its octets with the line that they are in.
 */
import type { Buffer } from 'node:buffer';
import type { Protocol } from './transcript-upstream.ts';

export interface Saying {
  readonly line: string;
  /** That of the command of which it is a part; '' for POP3. */
  readonly tag: string;
  /** Without the tag, and without octets. */
  readonly command: string;
  /** What it is looked up by: the command without the credential, which is somebody else's in another session. */
  readonly key: string;
}

/** What octets are looked up by. */
export const octetsKey = 'octets';

export class Sayings {
  readonly #protocol: Protocol;
  #received = '';
  #tag = '';
  /** Of how many octets is the literal that comes next; null when none does. */
  #announced: number | null = null;

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
  }

  take(bytes: Buffer): Saying[] {
    this.#received += bytes.toString('latin1');
    const said: Saying[] = [];
    for (;;) {
      const end = this.#received.indexOf('\r\n', this.#announced ?? 0);
      if (end < 0) return said;
      const line = this.#received.slice(0, end);
      this.#received = this.#received.slice(end + 2);
      said.push(this.#announced === null ? this.#command(line) : this.#octets(line));
      const [, octets] = this.#announced === null && this.#protocol === 'imap' ? (/\{(\d+)\}$/.exec(line) ?? []) : [];
      this.#announced = octets === undefined ? null : Number(octets);
    }
  }

  /** The literal was not asked for, so what comes next is another command. */
  refuse(): void {
    this.#announced = null;
  }

  #octets(line: string): Saying {
    return { line, tag: this.#tag, command: octetsKey, key: octetsKey };
  }

  #command(line: string): Saying {
    const [, tag, command = line] = this.#protocol === 'imap' ? (/^(\S+) (.*)$/s.exec(line) ?? []) : [];
    const secret = /^(LOGIN|AUTHENTICATE|AUTH|USER|PASS|APOP)\b/i.exec(command)?.[0];
    // What has none goes on with a command: the end of IDLE, or what a login was asked for.
    this.#tag = tag ?? this.#tag;
    return { line, tag: this.#tag, command, key: secret?.toUpperCase() ?? command };
  }
}

/** Whether this reply asks for a literal. */
export const asksForOctets = (reply: Buffer): boolean => /^\+/m.test(reply.toString('latin1'));
