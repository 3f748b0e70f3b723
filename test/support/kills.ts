/**
 * A program that uses Postern is killed again and again, or something that it depends on is: does it come to the right end?
 *
 * What is killed, when, and how often is random and the same for the same seed. What the program does, and what has to be true at the
 * end, it is given. A program's life ends with it; what it has stored does not.
 */

import { type Direction, directions, type Ending, type Link, type Stop, startLink } from './kill-link.ts';
import type { Postern } from './postern.ts';
import { type Random, seeded } from './random.ts';

export const victims = ['the program', 'Postern', "the program's connection", "a server's connection"] as const;
export type Victim = (typeof victims)[number];

interface Strike {
  readonly victim: Victim;
  readonly where: string;
}

interface Kill {
  readonly victim: Victim;
  readonly how: Ending;
  /** Of Postern: whether what it had sent when it was killed is lost, or still arrives. */
  readonly isLost: boolean;
  readonly at: Place;
}

/** In which call, behind how many bytes on which way; or at which step of the program between calls. */
type Place =
  | { readonly call: string; readonly link: string; readonly direction: Direction; readonly afterBytes: number }
  | { readonly step: number };

/** What the program is in, at a kill; `link` is missing between calls. */
export type Where = (place: { readonly call: string; readonly link: string | null; readonly step: string }) => string;

/** The program was killed. */
class Killed extends Error {}

/** One life of the program. */
export interface Life {
  /** A call to Postern; fails when any of what it needs is killed. */
  call(
    name: string,
    path: string,
    init: { readonly headers: Record<string, string>; readonly body: unknown },
  ): Promise<Response>;
  /** Between two things that the program does by itself: here too it may be killed. */
  step(name: string): Promise<void>;
}

export interface Program {
  /** How likely each way, and a step, is to be where it happens. */
  readonly weights: Readonly<Record<string, number>>;
  readonly where: Where;
  /** Called before each call, with the name that the program gives it. */
  onCall?(name: string): void;
  /** Fills what the program is to empty, and forgets what it had. Filling 0 is one in which nothing is killed, to see how much passes. */
  refill(filling: number, random: Random): Promise<void>;
  /** One try. True when the program takes all for done. Whatever it throws is a fault, but for calls that failed. */
  live(life: Life): Promise<boolean>;
  /** Throws when the end is not as it has to be. */
  check(): Promise<void>;
}

export interface Campaign {
  readonly postern: Postern;
  /** The ways to mail servers, by name. */
  readonly links: Readonly<Record<string, Link>>;
  readonly seed: number;
  readonly kills: number;
}

/** How often a life is one in which nothing is killed, so that each filling comes to an end. */
const quietChance = 0.15;
/** No wait of Postern's is longer than its deadlines. */
const lifeMs = 90_000;

export interface Told {
  readonly fillings: number;
  readonly lives: number;
  /** What was killed at each moment, as often as it was. */
  readonly strikes: readonly Strike[];
}

export async function killAgainAndAgain(campaign: Campaign, program: Program): Promise<Told> {
  const http = await startLink(() => campaign.postern.workers.port);
  const world = new World({ ...campaign, links: { ...campaign.links, http } }, program);
  try {
    await world.rehearse();
    for (let filling = 1; world.strikes.length < campaign.kills; filling++) await world.empty(filling);
    return world;
  } finally {
    await http.stop();
  }
}

class World implements Told {
  fillings = 0;
  lives = 0;
  readonly strikes: Strike[] = [];
  readonly #campaign: Campaign;
  readonly #program: Program;
  /** The most bytes that each call has had on each way, and the most steps. */
  readonly #most = new Map<
    string,
    { readonly call: string; readonly link: string; readonly direction: Direction; bytes: number }
  >();
  #mostSteps = 1;

  constructor(campaign: Campaign, program: Program) {
    this.#campaign = campaign;
    this.#program = program;
  }

  /** Nothing is killed, and it is learned how much passes. What is chosen later depends on that and on the seed alone. */
  async rehearse(): Promise<void> {
    await this.#program.refill(0, seeded(0));
    for (let isDone = false; !isDone; )
      isDone = await this.#oneLife(
        null,
        () => undefined,
        (life) => this.#learn(life),
      );
    await this.#program.check();
  }

  /** Each filling has a seed of its own, so that it can be played alone. */
  async empty(filling: number): Promise<void> {
    const seed = this.#campaign.seed + filling - 1;
    const random = seeded(seed);
    const log: string[] = [];
    this.fillings += 1;
    await this.#program.refill(filling, random);
    try {
      for (let isDone = false; !isDone; ) {
        const isQuiet = this.strikes.length >= this.#campaign.kills || random.chance(quietChance);
        const kill = isQuiet ? null : this.#randomKill(random);
        isDone = await this.#oneLife(kill, (line) => log.push(line));
      }
      await this.#program.check();
    } catch (error) {
      throw new Error(`filling ${filling}, CRASH_SEED=${seed}, kills: ${log.join('; ')}`, { cause: error });
    }
  }

  #randomKill(random: Random): Kill {
    const ways = [...this.#most.values()].map((way) => ({ way, weight: this.#weightOf(way) }));
    const steps = this.#program.weights['step'] ?? 0;
    let left = (random.below(1_000_000) / 1_000_000) * (steps + ways.reduce((sum, { weight }) => sum + weight, 0));
    const chosen = ways.find(({ weight }) => {
      left -= weight;
      return left < 0;
    })?.way;
    const at =
      chosen === undefined
        ? { step: random.below(this.#mostSteps) + 1 }
        : {
            call: chosen.call,
            link: chosen.link,
            direction: chosen.direction,
            afterBytes: random.below(chosen.bytes + 1),
          };
    return { victim: random.pick(victims), how: random.pick(['FIN', 'RST']), isLost: random.chance(0.5), at };
  }

  #weightOf({
    call,
    link,
    direction,
  }: {
    readonly call: string;
    readonly link: string;
    readonly direction: Direction;
  }): number {
    return this.#program.weights[`${call} ${link} ${direction}`] ?? 0;
  }

  /** Each life sees at most one kill, and is over only when what it has begun is. */
  async #oneLife(
    kill: Kill | null,
    log: (line: string) => void,
    onOver: (life: OneLife) => void = () => undefined,
  ): Promise<boolean> {
    this.lives += 1;
    const life = new OneLife(this.#campaign, this.#program, kill, (strike) => {
      log(`${strike.victim}, ${strike.where}`);
      this.strikes.push(strike);
    });
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`a life of more than ${lifeMs} ms`)), lifeMs);
    try {
      return await Promise.race([this.#program.live(life), late.promise]);
    } catch (error) {
      if (error instanceof Killed) return false;
      throw error;
    } finally {
      clearTimeout(timer);
      await life.over();
      onOver(life);
    }
  }

  #learn({ passed, steps }: OneLife): void {
    this.#mostSteps = Math.max(this.#mostSteps, steps);
    for (const way of passed) {
      const key = `${way.call} ${way.link} ${way.direction}`;
      const known = this.#most.get(key);
      if (known === undefined || known.bytes < way.bytes) this.#most.set(key, way);
    }
  }
}

class OneLife implements Life {
  steps = 0;
  readonly passed: { call: string; link: string; direction: Direction; bytes: number }[] = [];
  readonly #campaign: Campaign;
  readonly #program: Program;
  readonly #kill: Kill | null;
  readonly #onKill: (strike: Strike) => void;
  readonly #ending = new AbortController();
  #call = '';
  #striking: Promise<void> | null = null;

  constructor(campaign: Campaign, program: Program, kill: Kill | null, onKill: (strike: Strike) => void) {
    this.#campaign = campaign;
    this.#program = program;
    this.#kill = kill;
    this.#onKill = onKill;
  }

  async call(name: string, path: string, { headers, body }: Parameters<Life['call']>[2]): Promise<Response> {
    this.#endCall();
    this.#call = name;
    this.#program.onCall?.(name);
    for (const [link, way] of Object.entries(this.#campaign.links)) way.begin(this.#stopOn(name, link));
    const { port } = this.#campaign.links['http'] ?? { port: 0 };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: this.#ending.signal,
    });
    this.#mourn();
    return response;
  }

  async step(name: string): Promise<void> {
    this.#mourn();
    this.steps += 1;
    if (
      this.#kill !== null &&
      'step' in this.#kill.at &&
      this.#kill.at.step === this.steps &&
      this.#striking === null
    ) {
      await this.#strike(this.#kill, null, name);
    }
    this.#mourn();
  }

  /** When this is over nothing of this life goes on but what the others do by themselves. */
  async over(): Promise<void> {
    await this.#striking;
    this.#endCall();
    for (const link of Object.values(this.#campaign.links)) link.begin(null);
  }

  #mourn(): void {
    if (this.#ending.signal.aborted) throw new Killed();
  }

  #endCall(): void {
    if (this.#call === '') return;
    for (const [link, { passed }] of Object.entries(this.#campaign.links)) {
      for (const direction of directions)
        this.passed.push({ call: this.#call, link, direction, bytes: passed[direction] });
    }
    this.#call = '';
  }

  #stopOn(call: string, link: string): Stop | null {
    const kill = this.#kill;
    if (kill === null || 'step' in kill.at || kill.at.call !== call || kill.at.link !== link) return null;
    const { direction, afterBytes } = kill.at;
    return {
      direction,
      afterBytes,
      reached: async () => {
        await this.#strike(kill, link, '');
        // A connection that nothing has happened to loses nothing.
        return kill.victim === 'Postern' && kill.isLost ? 'is lost' : 'arrives';
      },
    };
  }

  #strike(kill: Kill, link: string | null, step: string): Promise<void> {
    const where = this.#program.where({ call: this.#call, link, step });
    this.#onKill({ victim: kill.victim, where });
    this.#striking = this.#killed(kill, link);
    return this.#striking;
  }

  async #killed({ victim, how }: Kill, at: string | null): Promise<void> {
    const { links, postern } = this.#campaign;
    switch (victim) {
      case 'the program':
        this.#ending.abort(new Killed());
        links['http']?.cut('RST');
        return;
      case 'Postern':
        return postern.crashAndRestart();
      case "the program's connection":
        links['http']?.cut(how);
        return;
      case "a server's connection":
        for (const [name, link] of Object.entries(links)) {
          if (name === at || (name !== 'http' && (at === null || at === 'http'))) link.cut(how);
        }
    }
  }
}

/** Whether a call failed because something that it needs was killed. Rethrows anything else. */
export function rethrowUnlessCut(error: unknown): void {
  // What `fetch` throws when a connection breaks.
  if (!(error instanceof TypeError)) throw error;
}

/** A line for each moment: how often each of `victims` was killed there. */
export function histogramOf({ strikes }: Told): string {
  const moments = [...new Set(strikes.map(({ where }) => where))].sort();
  const count = (where: string, victim: Victim): string =>
    String(strikes.filter((strike) => strike.where === where && strike.victim === victim).length).padStart(4);
  const rows = moments.map((where) => `${victims.map((victim) => count(where, victim)).join('')}  ${where}`);
  return [`killed (${victims.join(', ')}):`, ...rows].join('\n');
}
