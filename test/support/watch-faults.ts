/**
 * What goes wrong while subscriptions are looked after, and when?
 *
 * All of it is chosen beforehand and is the same for the same seed; what the programs are doing at that moment is not.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Ending, Link } from './kill-link.ts';
import { directions, type Stop } from './kill-link.ts';
import type { Postern } from './postern.ts';
import type { Random } from './random.ts';
import type { Incoming, Receiver } from './receiver.ts';
import { accepting, after, answering, type Behaviour, resetting, silent } from './receiver-behaviour.ts';

export interface Fault {
  /** Both Workers with SIGKILL, or all connections to the mail server. */
  readonly what: 'kill' | 'cut';
  readonly when: 'at some time' | 'at a request' | 'on the way to the server';
  /** Behind so many octets on that way. */
  readonly afterBytes: number;
  /** And so much later, while all goes on; 0 for exactly there, while all stands still. */
  readonly afterMs: number;
  readonly up: boolean;
  readonly ending: Ending;
}

/** More than a look without news has, less than one with much. */
const mostBytes = { up: 250, down: 2_000 } as const;

/** A look a second, so this is at any time between two. */
const mostMs = 1_500;
/** What was read is judged and stored within this. */
const mostLateMs = 50;

/** As many of each, in random order. */
export function faultsOf(random: Random, kills: number, cuts: number): readonly Fault[] {
  const fault = (what: Fault['what']): Fault => {
    const up = random.chance(0.3);
    // What is cut has to be there.
    const moments = ['at some time', 'at a request', 'on the way to the server'] as const;
    const when = what === 'cut' ? 'on the way to the server' : random.pick(moments);
    const lateMs = what === 'kill' && random.chance(0.5) ? random.below(mostLateMs) : 0;
    return {
      what,
      when,
      afterMs: when === 'at some time' ? random.below(mostMs) : lateMs,
      afterBytes: random.below(up ? mostBytes.up : mostBytes.down),
      up,
      ending: random.pick(['FIN', 'RST'] as const),
    };
  };
  const faults = [
    ...Array.from({ length: kills }, () => fault('kill')),
    ...Array.from({ length: cuts }, () => fault('cut')),
  ];
  return shuffled(random, faults);
}

export function shuffled<T>(random: Random, items: readonly T[]): readonly T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(random.below(left.length), 1));
}

/** A receiver that fails a third of the time. `Retry-After` is as short as it can be; what hangs does so for all of the deadline, and is rare. */
export function failingAThird(random: Random): () => Behaviour {
  return () => {
    if (!random.chance(1 / 3)) return accepting;
    if (random.chance(0.04)) return silent;
    return random.pick([
      answering(500),
      answering(503),
      answering(429, { 'Retry-After': '1' }),
      resetting('before'),
      resetting('headers'),
      resetting('body'),
    ] as const);
  };
}

/** How long a kill waits for its moment; then it happens anyway. What is cut has to be there. */
const momentMs = { kill: 5_000, cut: 60_000 } as const;

export interface Stricken {
  /** Has it happen, and resolves when it has, and all runs again. Answers whether it was at its moment. */
  strike(fault: Fault): Promise<boolean>;
}

export function strickenOf(world: {
  readonly postern: Postern;
  readonly link: Link;
  readonly receiver: Receiver;
  readonly behaviourOf: () => Behaviour;
}): Stricken {
  const { postern, link, receiver, behaviourOf } = world;
  let atRequest: (() => Promise<void>) | null = null;
  receiver.behave((_: Incoming) => {
    const strike = atRequest;
    atRequest = null;
    return strike === null ? behaviourOf() : after(strike(), behaviourOf());
  });
  return {
    async strike(fault) {
      const done = Promise.withResolvers<boolean>();
      let hasBegun = false;
      const act = async (atMoment: boolean): Promise<void> => {
        if (hasBegun) return;
        hasBegun = true;
        if (fault.what === 'cut') link.cut(fault.ending);
        else await postern.crashAndRestart();
        done.resolve(atMoment);
      };
      const atLast = (): Promise<void> => later(fault.afterMs, () => act(true));
      if (fault.when === 'at some time') void atLast();
      if (fault.when === 'at a request') atRequest = atLast;
      if (fault.when === 'on the way to the server') link.begin(stopOf(fault, atLast));
      const timer = setTimeout(() => void act(false), momentMs[fault.what]);
      const atMoment = await done.promise;
      clearTimeout(timer);
      atRequest = null;
      link.begin(null);
      return atMoment;
    },
  };
}

function stopOf({ up, afterBytes, afterMs, ending }: Fault, act: () => Promise<void>): Stop {
  return {
    direction: up ? directions[0] : directions[1],
    afterBytes,
    async reached() {
      const acting = act();
      if (afterMs > 0) return 'arrives';
      await acting;
      return ending === 'RST' ? 'is lost' : 'arrives';
    },
  };
}

async function later(ms: number, act: () => Promise<void>): Promise<void> {
  if (ms > 0) await delay(ms);
  await act();
}
