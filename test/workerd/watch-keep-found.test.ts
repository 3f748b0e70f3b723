/**
 * Is what a look has found kept for everybody for whom it can be, and the alarm for everybody who has asked for it?
 */
import { expect, it } from 'vitest';
import { ok } from '../../src/core/failure.ts';
import { limits } from '../../src/core/limits.ts';
import { Alarm } from '../../src/watch/round/alarm.ts';
import { keepFound } from '../../src/watch/round/keep-found.ts';
import { created, credential, event, known, staged } from './watch-store-home.ts';

it(
  'one of which more would have to be remembered than may be keeps no other from being told, nor is it told of itself',
  staged(async ({ store }) => {
    const kept = store();
    await kept.commit([...created('sub_1'), ...created('sub_2', 2_000)]);
    const tooMuch = new Uint8Array(limits.knownPieceBytes * limits.knownPieces + 1);
    const found = new Map([
      ['sub_1', ok({ known: tooMuch, events: [event('a')], hasMore: true })],
      ['sub_2', ok({ known: known('further'), events: [event('a')], hasMore: false })],
    ]);
    const watched = await kept.subscriptions();
    expect(await keepFound(kept, { credential: credential('crd_1'), watched }, found, 5_000)).toBe(false);
    const [first, second] = await store().subscriptions();
    expect(first?.known).toEqual(watched[0]?.known);
    expect(second?.known).toEqual(known('further'));
    expect(['sub_1', 'sub_2'].map((id) => kept.counts(id).pending)).toEqual([0, 1]);
  }),
);

it(
  'what is asked for during a round is not lost by the time that the round has found out without it',
  staged(async ({ home: { storage } }) => {
    const alarm = new Alarm(storage);
    const beganMs = Date.now() + 3_600_000;
    await alarm.begin(beganMs + 1_000);
    // Its own alarm is earlier.
    await alarm.wake(beganMs + 60_000);
    await alarm.end(beganMs + 86_400_000);
    expect(await storage.getAlarm()).toBe(beganMs + 60_000);
    await alarm.begin(beganMs + 61_000);
    await alarm.end(beganMs + 86_400_000);
    expect(await storage.getAlarm()).toBe(beganMs + 86_400_000);
    await alarm.wake(beganMs + 90_000);
    expect(await storage.getAlarm()).toBe(beganMs + 90_000);
    await storage.deleteAlarm();
  }),
);
