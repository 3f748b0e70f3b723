/**
 * What another mail program puts into mailboxes while they are watched: new messages, and old ones among them.
 */
import { Buffer } from 'node:buffer';
import type { MailProgram } from './imap-client.ts';
import { letter } from './mail.ts';
import type { Random } from './random.ts';

const oldMessages = 200;
/** What is old, in hundredths of what comes. */
const oldInHundred = 10;
const yearMs = 365 * 24 * 60 * 60_000;

/** What was put there, and what of it is to be told. */
export class WatchedMail {
  /** Labels of what has to be told. */
  readonly fresh: string[] = [];
  /** And of what must not be. */
  readonly old: string[] = [];
  readonly #program: MailProgram;
  readonly #random: Random;
  readonly #mailboxes: readonly string[];

  constructor(program: MailProgram, random: Random, mailboxes: readonly string[]) {
    this.#program = program;
    this.#random = random;
    this.#mailboxes = mailboxes;
  }

  async putOld(mailboxes: readonly string[]): Promise<void> {
    for (let number = 0; number < oldMessages; number++) {
      await this.#append(mailboxes[number % mailboxes.length] ?? 'INBOX', this.#label(this.old, 'old'), yearMs);
    }
  }

  /** One that is new; sometimes one that is old besides, put in or moved from where nobody looks. */
  async put(): Promise<void> {
    const anywhere = () => this.#mailboxes[this.#random.below(this.#mailboxes.length)] ?? 'INBOX';
    await this.#append(anywhere(), this.#label(this.fresh, 'new'), 0);
    if (this.#random.below(100) >= oldInHundred) return;
    if (this.#mailboxes.length === 1 || this.#random.chance(0.5))
      await this.#append(anywhere(), this.#label(this.old, 'old'), yearMs);
    else await this.#moveIn(anywhere());
  }

  #label(list: string[], kind: string): string {
    const label = `${kind}-${list.length + 1}`;
    list.push(label);
    return label;
  }

  async #append(mailbox: string, label: string, ageMs: number): Promise<void> {
    const at = new Date(Date.now() - ageMs);
    const bytes = Buffer.concat([Buffer.from(receivedField(at)), letter(label)]);
    const literal = Buffer.from(bytes).toString('latin1');
    await this.#program.command(`APPEND "${mailbox}" "${internalDate(at)}" {${bytes.length}+}\r\n${literal}`);
  }

  async #moveIn(mailbox: string): Promise<void> {
    await this.#program.command('SELECT Old');
    const found = await this.#program.command('UID SEARCH ALL');
    const [uid] = /\* SEARCH (\d+)/.exec(found)?.slice(1) ?? [];
    if (uid !== undefined) await this.#program.command(`UID MOVE ${uid} "${mailbox}"`);
  }
}

const receivedField = (at: Date): string =>
  `Received: from mx.weaver.example by mail.postern.example with LMTP;\r\n\t${at.toUTCString().replace('GMT', '+0000')}\r\n`;

/** RFC 9051 §9, `date-time`. */
function internalDate(at: Date): string {
  const [, day = '', month = '', year = '', time = ''] = /, (\d+) (\w+) (\d+) (\S+)/.exec(at.toUTCString()) ?? [];
  return `${day}-${month}-${year} ${time} +0000`;
}
