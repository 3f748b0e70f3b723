/**
 * The same calls again and again, with a fault behind every byte of them: is each run what it has to be?
 *
 * Knows neither protocol: what a run does, and what has to be true behind it, it is given.
 */
import { expect } from 'vitest';
import { type Direction, directions, type Fault, type Passed } from './cutting-relay.ts';

/** What became of one run in which everything was as it has to be. */
export interface Ended {
  /** How its calls were answered. */
  readonly how: string;
  /** The longest time that one answer took. */
  readonly slowestMs: number;
  /** By each connection. */
  readonly passed: readonly Passed[];
  /** By each connection before it came to what is looked at; everything when it is left out. */
  readonly passedBefore?: readonly Passed[];
  readonly hasFailed: boolean;
}

/** Plays one run; throws when something is not as it has to be. */
export type Play = (fault: Fault | null) => Promise<Ended>;

/**
 * Every byte of everything would take hours. `CUT_EVERY=1` asks for it. An odd number, since odd and even bytes fail in
 * different ways.
 */
export const everyFew = Number(process.env['CUT_EVERY'] ?? 5);

/** Runs that nothing happens to, until the runtime has about as much memory as it works with, and every account is known. */
export async function playUnharmed(play: Play): Promise<void> {
  await Promise.all(Array.from({ length: 400 }, () => play(null)));
}

/** Some answers say how long something took, and so are not always of one length. */
const trials = 16;
const bytesBeyond = 4;

type Every = number | Readonly<Record<Direction, number>>;

export interface Series {
  readonly name: string;
  readonly how: (afterBytes: number) => Fault['how'];
  readonly play: Play;
  /** Fails behind one byte in so many. */
  readonly every?: Every;
}

/** Fails behind every byte that is said when nothing fails, on each connection and in each direction; tells what came of it. */
export async function playEveryByte({ name, how, play, every = 1 }: Series): Promise<void> {
  const tries = await Promise.all(Array.from({ length: trials }, () => play(null)));
  const untouched = tries[0]?.how;
  expect(new Set(tries.map((ended) => ended.how)), 'how runs end that nothing happens to').toEqual(
    new Set([untouched]),
  );
  const most = mostPassed(tries.map(({ passed }) => passed));
  const before = mostPassed(tries.map(({ passedBefore = [] }) => passedBefore));
  const tally = new Tally();
  const wrong: string[] = [];
  const started = Date.now();
  const playOne = async (fault: Fault): Promise<void> => {
    try {
      const ended = await play(fault);
      if (!ended.hasFailed) expect(ended.how, 'how it ends, since nothing happened to it').toBe(untouched);
      tally.add(ended);
    } catch (error) {
      wrong.push(`${nameOf(fault)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const faults = faultsOf(before, most, every, how);
  await Promise.all(faults.map(playOne));
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`${name}: ${bytesTold(most)}; ${faults.length} runs in ${seconds} s: ${tally}`);
  expect(wrong.slice(0, 20), `${wrong.length} of ${faults.length} runs`).toEqual([]);
}

/** For each connection. */
const mostPassed = (tries: readonly (readonly Passed[])[]): readonly Passed[] =>
  (tries[0] ?? []).map((_, connection) => {
    const most = (direction: keyof Passed): number =>
      Math.max(...tries.map((passed) => passed[connection]?.[direction] ?? 0));
    return { toServer: most('toServer'), toPostern: most('toPostern') };
  });

const faultsOf = (before: readonly Passed[], most: readonly Passed[], every: Every, how: Series['how']): Fault[] =>
  most.flatMap((passed, index) =>
    directions.flatMap((direction) => {
      const from = before[index]?.[direction] ?? 0;
      const step = typeof every === 'number' ? every : every[direction];
      const places = Math.ceil((passed[direction] + bytesBeyond + 1 - from) / step);
      return Array.from({ length: places }, (_, place) => {
        const afterBytes = from + place * step;
        return { connection: index + 1, direction, afterBytes, how: how(afterBytes) };
      });
    }),
  );

const nameOf = ({ connection, direction, afterBytes, how }: Fault): string =>
  `connection ${connection}, ${how} behind byte ${afterBytes} ${direction}`;

const bytesTold = (most: readonly Passed[]): string =>
  most
    .map(({ toServer, toPostern }, index) => `connection ${index + 1} ${toServer} bytes out and ${toPostern} in`)
    .join(', ');

/** How runs ended, how many of them, and the slowest answer among them. */
class Tally {
  readonly #counts = new Map<string, { runs: number; slowestMs: number }>();

  add({ how, slowestMs }: Ended): void {
    const { runs, slowestMs: slowestYet } = this.#counts.get(how) ?? { runs: 0, slowestMs: 0 };
    this.#counts.set(how, { runs: runs + 1, slowestMs: Math.max(slowestYet, slowestMs) });
  }

  toString(): string {
    return [...this.#counts]
      .sort(([, one], [, other]) => other.runs - one.runs)
      .map(([how, { runs, slowestMs }]) => `${runs} ${how} (within ${(slowestMs / 1000).toFixed(1)} s)`)
      .join('; ');
  }
}
