/**
 * Random changes of a mailbox by another mail program, and a client of Postern that follows them.
 */
import { expect } from 'vitest';
import { keywordsOf, mailboxIdOf } from '../../src/mailbox/rules.ts';
import type { MailProgram } from './imap-client.ts';
import { type Hidden, startHidingRelay } from './imap-hiding.ts';
import type { ImapStage } from './imap-stage.ts';
import { letter } from './mail.ts';
import type { Caller } from './postern.ts';
import { type Random, seeded } from './random.ts';
import { changesPath, SyncClient } from './sync-client.ts';

const flags = ['\\Seen', '\\Flagged', '\\Answered', '\\Draft', '\\Deleted', '$Later', 'Family', '$MDNSent'] as const;
const other = 'Other';

export interface ModelRun {
  readonly operations: number;
  readonly seed: number;
  readonly hidden: Hidden;
}

/** Fails when the client has not exactly what the server has, whenever nothing more is to be told. Answers what it met. */
export async function followRandomly(stage: ImapStage, { operations, seed, hidden }: ModelRun) {
  const random = seeded(seed);
  const caller = await stage.callerWith([]);
  const relay = await startHidingRelay(stage.host.dovecot.ports.imap, hidden);
  const mailbox = await RandomMailbox.begin(await stage.program(caller), random);
  const model = new Model(stage, relay.through(caller), mailbox, random);
  await model.begin();
  for (let done = 0; done < operations; done++) {
    await mailbox.change();
    if (random.chance(0.1)) await model.follow(random.chance(0.5));
  }
  await model.follow(false);
  expect(relay.refused).toEqual([]);
  await relay.stop();
  return { ...model.met, renames: mailbox.renames, longestState: model.longestState };
}

class Model {
  readonly met = { comparisons: 0, pages: 0 };
  longestState = 0;
  readonly #stage: ImapStage;
  readonly #caller: Caller;
  readonly #mailbox: RandomMailbox;
  readonly #random: Random;
  #client: SyncClient | undefined;
  #path = '';

  constructor(stage: ImapStage, caller: Caller, mailbox: RandomMailbox, random: Random) {
    this.#stage = stage;
    this.#caller = caller;
    this.#mailbox = mailbox;
    this.#random = random;
  }

  async begin(): Promise<SyncClient> {
    this.#path = this.#mailbox.path;
    this.#client = await SyncClient.begin(this.#stage.postern, this.#caller, mailboxIdOf(this.#path));
    return this.#client;
  }

  /** Takes changes until there are no more; the mailbox may change in between. */
  async follow(isChanging: boolean): Promise<void> {
    const client = this.#path === this.#mailbox.path ? this.#client : await this.#renamed();
    if (client === undefined) throw new Error('Not begun');
    const most = this.#random.pick([1, 2, 3, 7, 20, 500]);
    let left = 10;
    while (await client.apply(most)) {
      this.met.pages += 1;
      if (isChanging && --left > 0) await this.#mailbox.change(false);
    }
    if (isChanging && left < 10) while (await client.apply(500));
    this.longestState = Math.max(this.longestState, client.longestState);
    expect(Object.fromEntries(client.messages)).toEqual(await this.#mailbox.held());
    this.met.comparisons += 1;
  }

  /** The mailbox has another id now, for which the state of the old one is not taken. */
  async #renamed(): Promise<SyncClient> {
    const { postern } = this.#stage;
    const query = `?since=${this.#client?.state}`;
    await postern.problem('mailbox-not-found', this.#caller, changesPath(mailboxIdOf(this.#path)) + query);
    await postern.problem('state-gone', this.#caller, changesPath(mailboxIdOf(this.#mailbox.path)) + query);
    return this.begin();
  }
}

/** What the other program does. */
class RandomMailbox {
  renames = 0;
  readonly #program: MailProgram;
  readonly #random: Random;
  #count = 0;

  private constructor(program: MailProgram, random: Random) {
    this.#program = program;
    this.#random = random;
  }

  static async begin(program: MailProgram, random: Random): Promise<RandomMailbox> {
    const mailbox = new RandomMailbox(program, random);
    for (const path of [mailbox.path, other]) await program.command(`CREATE "${path}"`);
    for (let count = 0; count < 20; count++) await mailbox.#append();
    await program.command(`SELECT "${mailbox.path}"`);
    return mailbox;
  }

  get path(): string {
    return `Model${this.renames}`;
  }

  async change(mayRename = true): Promise<void> {
    const uids = await this.#uids();
    const dice = this.#random.below(100);
    if (uids.length < 5 || dice < 25) return this.#append();
    if (dice < 60) return this.#mark(uids);
    if (dice < 75) return this.#expunge(uids);
    if (dice < 85) await this.#program.command(`UID MOVE ${this.#some(uids)} "${other}"`);
    else if (dice < 98) return this.#bringBack();
    else if (mayRename) await this.#rename();
  }

  /** All messages as the server shows them to another program, as the client keeps them. */
  async held(): Promise<Record<string, string>> {
    const uidValidity = /\[UIDVALIDITY (\d+)\]/.exec(await this.#program.command(`SELECT "${this.path}"`))?.[1];
    const messages = Object.entries(await this.#program.flags());
    return Object.fromEntries(
      messages.map(([uid, flags]) => [`${uidValidity}.${uid}`, Object.keys(keywordsOf(flags)).sort().join(' ')]),
    );
  }

  async #uids(): Promise<string[]> {
    const answer = await this.#program.command('UID SEARCH ALL');
    return (/^\* SEARCH ?(.*)$/m.exec(answer)?.[1] ?? '')
      .trim()
      .split(' ')
      .filter((uid) => uid !== '');
  }

  async #append(): Promise<void> {
    this.#count += 1;
    const bytes = Buffer.from(letter(`m${this.#count}`)).toString('latin1');
    const marks = flags.filter(() => this.#random.chance(0.2)).join(' ');
    await this.#program.command(`APPEND "${this.path}" (${marks}) {${bytes.length}+}\r\n${bytes}`);
  }

  async #mark(uids: readonly string[]): Promise<void> {
    const sign = this.#random.pick(['+', '-', '+', '']);
    const marks = flags.filter(() => this.#random.chance(0.3)).join(' ');
    await this.#program.command(`UID STORE ${this.#some(uids)} ${sign}FLAGS.SILENT (${marks})`);
  }

  async #expunge(uids: readonly string[]): Promise<void> {
    await this.#program.expunge(...this.#some(uids).split(',').map(Number));
  }

  /** Messages that come with flags of their own. */
  async #bringBack(): Promise<void> {
    await this.#program.command(`SELECT "${other}"`);
    const uids = await this.#uids();
    const verb = this.#random.pick(['MOVE', 'COPY']);
    if (uids.length > 0) await this.#program.command(`UID ${verb} ${this.#some(uids)} "${this.path}"`);
    await this.#program.command(`SELECT "${this.path}"`);
  }

  async #rename(): Promise<void> {
    const from = this.path;
    this.renames += 1;
    await this.#program.command(`RENAME "${from}" "${this.path}"`);
    await this.#program.command(`SELECT "${this.path}"`);
  }

  #some(uids: readonly string[]): string {
    const count = 1 + this.#random.below(Math.min(4, uids.length));
    return [...new Set(Array.from({ length: count }, () => uids[this.#random.below(uids.length)] ?? ''))].join(',');
  }
}
