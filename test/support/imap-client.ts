/**
 * Another mail program at the same mailbox: what Postern must get along with, and what judges what Postern did.
 *
 * Speaks IMAP over TLS, a command at a time, and knows nothing of Postern's own client.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { Dovecot } from '../../scripts/mail-server/dovecot.ts';
import type { Caller } from './postern.ts';

export interface MailProgram {
  /** Answers all that the server said, if it said OK in the end. */
  command(text: string): Promise<string>;
  /** Appends a message, and answers its UID. */
  append(mailbox: string, bytes: Uint8Array): Promise<number>;
  /** Marks these as deleted and expunges exactly them. */
  expunge(...uids: readonly number[]): Promise<void>;
  /** The flags of each message of the selected mailbox, by UID. */
  flags(): Promise<Record<number, readonly string[]>>;
  close(): void;
}

/** Logs in and selects `mailbox`. */
export async function mailProgram({ ports, ca }: Dovecot, caller: Caller, mailbox = 'INBOX'): Promise<MailProgram> {
  const socket = connect({ host: 'localhost', port: ports.imaps, ca });
  await once(socket, 'secureConnect');
  const wire = new Wire(socket);
  const program: MailProgram = {
    command: (text) => wire.run(text),
    async append(mailbox, bytes) {
      const answer = await wire.run(
        `APPEND "${mailbox}" {${bytes.length}+}\r\n${Buffer.from(bytes).toString('latin1')}`,
      );
      return Number(/\[APPENDUID \d+ (\d+)\]/.exec(answer)?.[1]);
    },
    async expunge(...uids) {
      await wire.run(`UID STORE ${uids.join(',')} +FLAGS.SILENT (\\Deleted)`);
      await wire.run(`UID EXPUNGE ${uids.join(',')}`);
    },
    async flags() {
      await wire.run('NOOP');
      const rows = (await wire.run('UID FETCH 1:* (FLAGS)')).matchAll(/FETCH \(UID (\d+) FLAGS \(([^)]*)\)/g);
      return Object.fromEntries(
        [...rows].map(([, uid, flags = '']) => [
          Number(uid),
          flags.split(' ').filter((flag) => flag !== '' && flag !== '\\Recent'),
        ]),
      );
    },
    close: () => socket.destroy(),
  };
  await wire.run(`LOGIN "${caller.user}" "${caller.password}"`);
  await wire.run(`SELECT "${mailbox}"`);
  return program;
}

class Wire {
  readonly #socket: TLSSocket;
  #received = '';
  #count = 0;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
    });
  }

  async run(text: string): Promise<string> {
    this.#count += 1;
    const tag = `t${this.#count}`;
    this.#received = '';
    this.#socket.write(`${tag} ${text}\r\n`, 'latin1');
    const completed = new RegExp(`(?:^|\\r\\n)${tag} (OK|NO|BAD)[^\\r]*\\r\\n$`);
    for (;;) {
      const [, status] = completed.exec(this.#received) ?? [];
      if (status === 'OK') return this.#received;
      if (status !== undefined) throw new Error(`${text.split(' ')[0]}: ${this.#received.slice(-200)}`);
      await once(this.#socket, 'data');
    }
  }
}
