/**
 * Somebody who knows a mailbox by its events alone, while another program changes it and connections are cut at random.
 *
 * Keywords are read of just those messages that an event names, so that what no event named stays wrong.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { type EventReader, listen, StreamRefused } from './event-reader.ts';
import type { MailProgram } from './imap-client.ts';
import type { ImapRelay } from './imap-relay.ts';
import type { ImapStage } from './imap-stage.ts';
import { letter } from './mail.ts';
import type { Caller } from './postern.ts';
import type { Random } from './random.ts';

export interface Setting {
  readonly stage: ImapStage;
  readonly relay: ImapRelay;
  /** By way of the relay. */
  readonly caller: Caller;
  /** Another program, with INBOX selected. */
  readonly program: MailProgram;
  readonly random: Random;
}

/** What may happen after a change, as so many of a thousand. */
export interface Chances {
  /** The reader goes away. */
  readonly leaving: number;
  /** The connections to the mail server are lost. */
  readonly losing: number;
  readonly killingPostern: number;
}

interface Counts {
  streams: number;
  events: number;
  cuts: number;
}

/** UIDs and flags, one a line. */
type Picture = string;

/** What passes by itself when a server is lost at the wrong moment. */
const passing = [429, 502, 503, 504];

class Follower {
  readonly counts: Counts = { streams: 0, events: 0, cuts: 0 };
  readonly #setting: Setting;
  readonly #emails = new Map<number, string>();
  #lastEventId: string | undefined;
  #reader: EventReader | null = null;
  #isOver = false;
  readonly #begun = Promise.withResolvers<void>();

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /** When it has a state to go on from: what is there before that is not its to know. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Cuts what the reader has in hand, wherever it is. */
  leave(): void {
    this.#reader?.leave();
  }

  end(): void {
    this.#isOver = true;
    this.leave();
  }

  get picture(): Picture {
    return pictureOf(this.#emails);
  }

  async follow(): Promise<void> {
    while (!this.#isOver) {
      this.#reader = await this.#connected();
      if (this.#reader === null) await delay(20);
      else await this.#readAll(this.#reader);
    }
  }

  async #connected(): Promise<EventReader | null> {
    const { stage, caller } = this.#setting;
    try {
      const lastEventId = this.#lastEventId;
      const reader = await listen(stage.postern, caller, lastEventId === undefined ? {} : { lastEventId });
      this.counts.streams += 1;
      return reader;
    } catch (error) {
      if (error instanceof StreamRefused && !passing.includes(error.status)) throw error;
      return null;
    }
  }

  async #readAll(reader: EventReader): Promise<void> {
    for (let event = await reader.next(); event !== null; event = await reader.next()) {
      if (event.kind === 'problem' && !passing.includes(event.problem.status)) throw new Error(event.problem.type);
      if (event.kind !== 'changes') continue;
      const { oldState, newState, created, updated, destroyed } = event.changes;
      if (this.#lastEventId !== undefined && oldState !== this.#lastEventId) throw new Error('a state was left out');
      if (!(await this.#apply([...created, ...updated], destroyed))) return;
      this.#lastEventId = newState;
      this.#begun.resolve();
      this.counts.events += 1;
    }
  }

  /** False when it could not be read what has changed: then the event is as good as not received. */
  async #apply(changed: readonly string[], destroyed: readonly string[]): Promise<boolean> {
    const { stage, caller } = this.#setting;
    for (const id of destroyed) this.#emails.delete(uidOf(id));
    if (changed.length === 0) return true;
    try {
      const { messages } = await stage.page(caller, '?limit=500&fields=keywords');
      const named = new Set(changed);
      for (const { id, keywords = {} } of messages) {
        if (named.has(id)) this.#emails.set(uidOf(id), wordsOf(Object.keys(keywords)));
      }
      return true;
    } catch {
      return false;
    }
  }
}

/**
 * Lets so many follow an empty mailbox that is changed so many times, with cuts in between, until all of them know what there
 * is. Fails when that never happens.
 */
export async function followed(setting: Setting, count: number, changes: number, chances: Chances): Promise<Counts> {
  const followers = Array.from({ length: count }, () => new Follower(setting));
  const following = Promise.all(followers.map((follower) => follower.follow()));
  const truth = await Promise.race([disturb(followers, setting, changes, chances), following]);
  for (const { picture } of followers) expect(picture).toBe(truth);
  for (const follower of followers) follower.end();
  await following;
  const sum = (name: keyof Counts): number => followers.reduce((total, { counts }) => total + counts[name], 0);
  return { streams: sum('streams'), events: sum('events'), cuts: sum('cuts') };
}

/** Answers what the mailbox holds in the end. */
async function disturb(
  followers: readonly Follower[],
  setting: Setting,
  changes: number,
  chances: Chances,
): Promise<Picture> {
  const { random, relay, stage, program } = setting;
  const isHit = (chance: number): boolean => random.chance(chance / 1000);
  const one = (): Follower => followers[random.below(followers.length)] ?? expect.fail('nobody follows');
  await Promise.all(followers.map(({ begun }) => begun));
  const cut = async (follower: Follower): Promise<void> => {
    const { streams } = follower.counts;
    const isLeaving = isHit(chances.leaving);
    if (isLeaving) follower.leave();
    else if (isHit(chances.losing)) relay.cut();
    else if (isHit(chances.killingPostern)) await stage.postern.crashAndRestart();
    else return;
    follower.counts.cuts += 1;
    // Otherwise all cuts would fall into the first moments of few streams.
    if (isLeaving) await vi.waitUntil(() => follower.counts.streams > streams, { timeout: 30_000, interval: 5 });
  };
  const uids: number[] = [];
  for (let count = 0; count < changes; count++) {
    const isHeard = random.chance(0.1);
    const { counts } = one();
    const { events } = counts;
    // Others may change nothing, such as taking away a keyword that is not there.
    await change(program, uids, random, count, isHeard ? 'append' : null);
    await cut(one());
    if (isHeard) await vi.waitUntil(() => counts.events > events, { timeout: 60_000, interval: 5 });
  }
  const truth = await truthOf(program);
  const isKnown = () => followers.every(({ picture }) => picture === truth);
  // How far they are apart is told better by who compares them.
  await vi.waitUntil(isKnown, { timeout: 30_000, interval: 50 }).catch(() => undefined);
  return truth;
}

async function truthOf(program: MailProgram): Promise<Picture> {
  const flags = await program.flags();
  return pictureOf(new Map(Object.entries(flags).map(([uid, all]) => [Number(uid), wordsOf(all)])));
}

async function change(
  program: MailProgram,
  uids: number[],
  random: Random,
  count: number,
  wish: 'append' | null,
): Promise<void> {
  const at = random.below(uids.length);
  const uid = uids[at];
  const any = uids.length > 200 ? 'expunge' : random.pick(['append', 'mark', 'mark', 'unmark', 'expunge']);
  const what = wish ?? any;
  if (uid === undefined || what === 'append') uids.push(await program.append('INBOX', letter(`${count}`)));
  else if (what === 'expunge') {
    await program.expunge(uid);
    uids.splice(at, 1);
  } else {
    const flag = random.pick(['\\Seen', '\\Flagged', '$Later', '\\Answered']);
    await program.command(`UID STORE ${uid} ${what === 'mark' ? '+' : '-'}FLAGS.SILENT (${flag})`);
  }
}

const uidOf = (id: string): number => Number(id.split('.')[1]);

/** `\Seen` and `$seen` alike. */
const wordsOf = (flags: readonly string[]): string =>
  flags
    .map((flag) => flag.toLowerCase().replace(/^[\\$]/, ''))
    .sort()
    .join(' ');

const pictureOf = (emails: ReadonlyMap<number, string>): Picture =>
  [...emails]
    .sort(([one], [other]) => one - other)
    .map(([uid, words]) => `${uid} ${words}`)
    .join('\n');
