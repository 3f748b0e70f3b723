/**
 * When is an account looked at next?
 *
 * Nothing of it is stored, so that a look that finds nothing writes nothing: who has forgotten when it looked last looks at once. Pure.
 */
import { limits } from '../../core/limits.ts';
import { jittered } from '../delivery/schedule.ts';
import type { KeptSubscription } from '../store/watch-store.ts';

/** From one look to the next, for the most eager of these, which are looked at together. `random`: from 0 to 1. */
export function pauseMs(watched: readonly KeptSubscription[], nowMs: number, random: number): number {
  const eagerest = Math.min(...watched.map((kept) => pauseOf(kept, nowMs)));
  // So that accounts which were subscribed to in the same second do not stay together for ever.
  return jittered(eagerest, random);
}

/** Where it may be less often, a share of the time since anything was found. */
function pauseOf({ subscription, newsAtMs }: KeptSubscription, nowMs: number): number {
  const { pollSeconds, slowestPollSeconds } = subscription.settings;
  if (slowestPollSeconds === null) return pollSeconds * 1000;
  const quietMs = nowMs - (newsAtMs ?? subscription.createdAtMs);
  const wishedMs = Math.min(quietMs / limits.watchQuietShare, slowestPollSeconds * 1000);
  return Math.max(pollSeconds * 1000, wishedMs);
}
