/**
 * Mailboxes in which another mail program does this and that, and a program of the receiver's that knows nothing but what it is told.
 */
import { Buffer } from 'node:buffer';
import { keywordsOf, mailboxIdOf } from '../../../src/mailbox/rules.ts';
import type { WatchEvent } from '../../../src/watch/event.ts';
import type { MailProgram } from '../imap-client.ts';
import { letter } from '../mail.ts';
import type { Random } from '../random.ts';

/** The keywords of each message, sorted, by its id. */
export type Held = Record<string, string>;

const flags = ['\\Seen', '\\Flagged', '\\Answered', '$Later', 'Family'] as const;
const first = ['INBOX', 'A', 'B'] as const;

export class RandomMailboxes {
  readonly paths: string[] = [...first];
  readonly #program: MailProgram;
  readonly #random: Random;
  #count = 0;

  private constructor(program: MailProgram, random: Random) {
    this.#program = program;
    this.#random = random;
  }

  static async begin(program: MailProgram, random: Random): Promise<RandomMailboxes> {
    const mailboxes = new RandomMailboxes(program, random);
    for (const path of first.slice(1)) await program.command(`CREATE "${path}"`);
    for (let count = 0; count < 6; count++) await mailboxes.#append();
    return mailboxes;
  }

  async change(): Promise<void> {
    const dice = this.#random.below(100);
    if (dice < 35) await this.#append();
    else if (dice < 40) await this.#append('"01-Jan-2020 10:00:00 +0000" ');
    else if (dice < 65)
      await this.#withSome((set) => `UID STORE ${set} ${this.#random.pick(['+', '-', ''])}FLAGS (${this.#flags()})`);
    else if (dice < 78)
      await this.#withSome(
        (set) => `UID STORE ${set} +FLAGS (\\Deleted)`,
        (set) => `UID EXPUNGE ${set}`,
      );
    else if (dice < 90)
      await this.#withSome((set) => `UID ${this.#random.pick(['MOVE', 'COPY'])} ${set} "${this.#path()}"`);
    else if (dice < 94) await this.#rename();
    else if (dice < 97) await this.#create();
    else await this.#delete();
  }

  /** What is there but old mail, by mailbox. */
  async held(): Promise<Record<string, Held>> {
    const held: Record<string, Held> = {};
    for (const path of this.paths) held[path] = await this.list(path);
    return held;
  }

  async list(path: string): Promise<Held> {
    if (!this.paths.includes(path)) return {};
    const [, uidValidity] = /\[UIDVALIDITY (\d+)\]/.exec(await this.#program.command(`EXAMINE "${path}"`)) ?? [];
    const answer = await this.#program.command('UID FETCH 1:* (INTERNALDATE FLAGS)');
    const rows = answer.matchAll(/FETCH \(UID (\d+) INTERNALDATE "([^"]*)" FLAGS \(([^)]*)\)/g);
    const young = [...rows].filter(([, , date]) => date?.includes('-2020 ') !== true);
    return Object.fromEntries(
      young.map(([, uid, , set = '']) => [`${uidValidity}.${uid}`, keywordText(keywordsOf(set.split(' ')))]),
    );
  }

  #path(): string {
    return this.paths[this.#random.below(this.paths.length)] ?? 'INBOX';
  }

  #flags(): string {
    return flags.filter(() => this.#random.chance(0.4)).join(' ');
  }

  async #append(date = ''): Promise<void> {
    this.#count += 1;
    const bytes = Buffer.from(letter(`m${this.#count}`)).toString('latin1');
    await this.#program.command(`APPEND "${this.#path()}" (${this.#flags()}) ${date}{${bytes.length}+}\r\n${bytes}`);
  }

  async #withSome(...commands: readonly ((set: string) => string)[]): Promise<void> {
    await this.#program.command(`SELECT "${this.#path()}"`);
    const [, found = ''] = /^\* SEARCH ?(.*)$/m.exec(await this.#program.command('UID SEARCH ALL')) ?? [];
    const uids = found
      .trim()
      .split(' ')
      .filter((uid) => uid !== '');
    if (uids.length === 0) return;
    const some = Array.from({ length: 1 + this.#random.below(3) }, () => uids[this.#random.below(uids.length)] ?? '');
    const set = [...new Set(some)].join(',');
    for (const command of commands) await this.#program.command(command(set));
  }

  #name(): string {
    this.#count += 1;
    return `M${this.#count}`;
  }

  /** One that may be renamed or deleted. */
  #other(): string | null {
    return this.paths[1 + this.#random.below(this.paths.length - 1)] ?? null;
  }

  async #rename(): Promise<void> {
    const from = this.#other();
    const to = this.#name();
    if (from === null) return;
    await this.#program.command('UNSELECT');
    await this.#program.command(`RENAME "${from}" "${to}"`);
    this.paths.splice(this.paths.indexOf(from), 1, to);
  }

  async #create(): Promise<void> {
    const name = this.#name();
    await this.#program.command(`CREATE "${name}"`);
    this.paths.push(name);
  }

  async #delete(): Promise<void> {
    const path = this.#other();
    if (path === null) return;
    await this.#program.command('UNSELECT');
    await this.#program.command(`DELETE "${path}"`);
    this.paths.splice(this.paths.indexOf(path), 1);
    if (!this.#random.chance(0.5)) return;
    await this.#program.command(`CREATE "${path}"`);
    this.paths.push(path);
  }
}

const keywordText = (keywords: unknown): string => Object.keys(Object(keywords)).sort().join(' ');

/** It lists a mailbox at the beginning and when it is told that it has been reset, and goes by events otherwise. */
export class Receiver {
  readonly mailboxes = new Map<string, Held>();
  readonly #there: RandomMailboxes;

  private constructor(there: RandomMailboxes) {
    this.#there = there;
  }

  static async begin(there: RandomMailboxes): Promise<Receiver> {
    const receiver = new Receiver(there);
    for (const path of there.paths) receiver.mailboxes.set(path, await there.list(path));
    return receiver;
  }

  async take(events: readonly WatchEvent[]): Promise<void> {
    const resets = new Set<string>();
    for (const { type, data, ref } of events) {
      if (type === 'mailbox.reset') for (const path of this.#pathsIn(data)) resets.add(path);
      if (ref?.protocol !== 'imap') continue;
      // Changes of it are news, though it has never been told of.
      if (String(Reflect.get(Object(data['message']), 'receivedAt')).startsWith('2020')) continue;
      const id = `${ref.uidValidity}.${ref.uid}`;
      const held = this.mailboxes.get(ref.mailboxPath) ?? {};
      this.mailboxes.set(ref.mailboxPath, held);
      if (type === 'message.deleted') delete held[id];
      else held[id] = keywordText(Reflect.get(Object(data['message']), 'keywords'));
    }
    for (const path of resets) this.mailboxes.set(path, await this.#there.list(path));
  }

  #pathsIn(data: WatchEvent['data']): string[] {
    const ids = [data['mailboxId'], data['newMailboxId']];
    const known = [...this.#there.paths, ...this.mailboxes.keys()];
    return known.filter((path) => ids.includes(mailboxIdOf(path)));
  }
}
