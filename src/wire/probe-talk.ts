/**
 * What is said before anybody logs in, in either protocol?
 *
 * The greeting, and the question for TLS. Whatever else a server says is not looked at, and nothing of it is told.
 */
import { Failed } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Protocol } from '../core/server.ts';
import { type Packets, packetsOf } from './packets.ts';

/** RFC 9051 §7.1, RFC 1939 §4. One that says goodbye, or -ERR, is one as well, and takes nobody in. */
const welcome = { imap: /^\* (?:OK|PREAUTH)\b/i, pop3: /^\+OK\b/i } as const;
const farewell = { imap: /^\* BYE\b/i, pop3: /^-ERR\b/i } as const;

/** RFC 9051 §6.2.1, RFC 2595 §4. */
const upgrade = { imap: 'p STARTTLS\r\n', pop3: 'STLS\r\n' } as const;
const agreement = { imap: /^p OK\b/i, pop3: /^\+OK\b/i } as const;

/** Lines that may come before the answer; a server has nothing to tell yet. */
const linesBefore = 10;

/** Throws `protocol-violated`, or `login-unavailable` when it takes nobody in. */
export async function greetingOf(socket: Socket, protocol: Protocol): Promise<void> {
  const lines = new Lines(socket);
  try {
    const line = await lines.next();
    if (farewell[protocol].test(line)) {
      throw new Failed({ kind: 'login-unavailable', responseCode: null, retryAfterSeconds: 30 });
    }
    if (!welcome[protocol].test(line)) throw new Failed({ kind: 'protocol-violated', detail: notOneOf[protocol] });
    // What follows a greeting unasked nobody reads; what follows the agreement to TLS would have to be encrypted.
  } finally {
    lines.release();
  }
}

const notOneOf = {
  imap: 'It does not greet as IMAP servers do.',
  pop3: 'It does not greet as POP3 servers do.',
} as const;

/** Whether it agrees to begin TLS. */
export async function upgradeAgreed(socket: Socket, protocol: Protocol): Promise<boolean> {
  const lines = new Lines(socket);
  const writer = socket.writable.getWriter();
  try {
    await writer.write(new TextEncoder().encode(upgrade[protocol]));
    for (let count = 0; count < linesBefore; count += 1) {
      const line = await lines.next();
      const isUntagged = protocol === 'imap' && line.startsWith('* ');
      // Behind it everything is encrypted: what came in cleartext somebody on the way may have put there.
      if (!isUntagged) return agreement[protocol].test(line) && !lines.hasUnread;
    }
    return false;
  } finally {
    writer.releaseLock();
    lines.release();
  }
}

const latin1 = new TextDecoder('windows-1252');

class Lines {
  readonly #packets: Packets;
  #unread = '';

  constructor(socket: Socket) {
    this.#packets = packetsOf(socket.readable);
  }

  get hasUnread(): boolean {
    return this.#unread !== '';
  }

  /** Without its end. Throws Failed when there is none. */
  async next(): Promise<string> {
    for (;;) {
      const end = this.#unread.indexOf('\n');
      if (end >= 0) {
        const line = this.#unread.slice(0, end).replace(/\r$/, '');
        this.#unread = this.#unread.slice(end + 1);
        return line;
      }
      if (this.#unread.length > limits.replyLineBytes) {
        throw new Failed({ kind: 'protocol-violated', detail: 'It sends a line that does not end.' });
      }
      const packet = await this.#packets.read();
      if (packet === null) throw new Failed({ kind: 'connection-lost' });
      this.#unread += latin1.decode(packet);
    }
  }

  release(): void {
    this.#packets.releaseLock();
  }
}
