/**
 * A mail server that behaves, asked one command at a time: each reply is known to its last byte.
 *
 * Knows of the two protocols only where a reply ends.
 */
import { Buffer } from 'node:buffer';
import { connect, type Socket } from 'node:net';

export type Protocol = 'imap' | 'pop3';

export class Upstream {
  readonly #socket: Socket;
  readonly #protocol: Protocol;
  #received = Buffer.alloc(0);
  #isEnded = false;
  #wake: () => void = () => undefined;

  constructor(port: number, protocol: Protocol) {
    this.#protocol = protocol;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#isEnded = true;
      this.#wake();
    });
  }

  greeting(): Promise<Buffer> {
    return this.#until((text) => text.indexOf('\r\n') + 2);
  }

  /**
   * The whole reply to `line`, which is of the command with this tag. A continuation request (`+ …`) counts as one. Empty when
   * the server has hung up.
   */
  async ask(line: string, tag: string): Promise<Buffer> {
    this.#socket.write(`${line}\r\n`, 'latin1');
    return this.#until((text) => endOfReply(this.#protocol, line, tag, text));
  }

  close(): void {
    this.#socket.destroy();
  }

  /** What was received up to the offset that `endOf` finds, which is 0 or less for 'not yet'. */
  async #until(endOf: (text: string) => number): Promise<Buffer> {
    for (;;) {
      const end = this.#isEnded ? this.#received.length : endOf(this.#received.toString('latin1'));
      if (end > 1 || this.#isEnded) {
        const reply = this.#received.subarray(0, end);
        this.#received = this.#received.subarray(end);
        return Buffer.from(reply);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function endOfReply(protocol: Protocol, line: string, tag: string, text: string): number {
  if (protocol === 'imap') {
    const match = new RegExp(`(?:^|\\r\\n)(?:${tag} [^\\r\\n]*|\\+[^\\r\\n]*)\\r\\n`).exec(text);
    return match === null ? 0 : match.index + match[0].length;
  }
  const isMultiLine = /^(RETR|TOP|CAPA)\b|^(UIDL|LIST)$/i.test(line) && text.startsWith('+OK');
  return isMultiLine ? text.indexOf('\r\n.\r\n') + 5 - (text.includes('\r\n.\r\n') ? 0 : 5) : text.indexOf('\r\n') + 2;
}
