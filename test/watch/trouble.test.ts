import { describe, expect, it } from 'vitest';
import type { MailFailure } from '../../src/core/failure.ts';
import { limits } from '../../src/core/limits.ts';
import { troubleAfter } from '../../src/watch/round/trouble.ts';
import type { Trouble } from '../../src/watch/store/change.ts';

const refused: MailFailure = { kind: 'login-refused', responseCode: null };
const lost: MailFailure = { kind: 'connection-lost' };
const minute = 60_000;

/** What becomes of an account that fails so, one failure at each time that it is to be tried. */
function episode(failureOf: (times: number) => MailFailure, tries: number, pollMs = minute) {
  let before: Trouble | null = null;
  let nowMs = 1_000_000;
  return Array.from({ length: tries }, (_, index) => {
    const { trouble, isToldNow } = troubleAfter(failureOf(index), before, pollMs, nowMs);
    const told = { waitMs: trouble.nextTryMs - nowMs, isToldNow, reason: trouble.reason, sinceMs: trouble.sinceMs };
    before = trouble;
    nowMs = trouble.nextTryMs;
    return told;
  });
}

describe('an account that refuses the login', () => {
  it('is asked after a minute, five, fifteen, and then every hour', () => {
    const waits = episode(() => refused, 6).map(({ waitMs }) => waitMs / minute);
    expect(waits).toEqual([1, 5, 15, 60, 60, 60]);
  });

  it('counts as failed from the third time on, and that is told once', () => {
    const told = episode(() => refused, 20).map(({ isToldNow }) => isToldNow);
    expect(told.indexOf(true)).toBe(limits.accountRefusals - 1);
    expect(told.filter((isToldNow) => isToldNow)).toHaveLength(1);
  });

  it('is one episode from its first failure on, whatever the others are', () => {
    const told = episode((index) => (index % 2 === 0 ? refused : lost), 200);
    expect(new Set(told.map(({ sinceMs }) => sinceMs)).size).toBe(1);
    expect(told.filter(({ isToldNow }) => isToldNow)).toHaveLength(1);
  });

  it('is asked no sooner where the server hangs up on some tries', () => {
    const waits = episode((index) => (index % 2 === 0 ? refused : lost), 10).map(({ waitMs }) => waitMs / minute);
    expect(waits).toEqual([1, 1, 5, 5, 15, 15, 60, 60, 60, 60]);
  });

  it('is told of by the reason that it has by then', () => {
    const told = episode((index) => (index < 2 ? lost : { kind: 'grant-revoked', provider: 'acme' }), 10);
    expect(told.find(({ isToldNow }) => isToldNow)?.reason).toBe('grant-revoked');
  });
});

describe('an account that cannot be reached', () => {
  it('is tried as soon as it would be looked at, and then less and less often', () => {
    const waits = episode(() => lost, 7).map(({ waitMs }) => waitMs / minute);
    expect(waits).toEqual([1, 2, 4, 8, 15, 15, 15]);
  });

  it('is tried within a minute also where it is looked at once a day', () => {
    expect(episode(() => lost, 1, 24 * 60 * minute)[0]?.waitMs).toBe(minute);
  });

  it('counts as failed after an hour, and that is told once', () => {
    const told = episode(() => lost, 30);
    const at = told.findIndex(({ isToldNow }) => isToldNow);
    const failedForMs = told.slice(0, at).reduce((sum, { waitMs }) => sum + waitMs, 0);
    expect(failedForMs).toBeGreaterThanOrEqual(limits.accountUnreachableMs);
    expect(failedForMs - (told[at - 1]?.waitMs ?? 0)).toBeLessThan(limits.accountUnreachableMs);
    expect(told.filter(({ isToldNow }) => isToldNow)).toHaveLength(1);
  });

  it('is waited for as long as it asks for, and no longer than an hour', () => {
    const waitAfter = (retryAfterSeconds: number): number =>
      episode(() => ({ kind: 'maildrop-locked', retryAfterSeconds }), 1)[0]?.waitMs ?? 0;
    expect([waitAfter(1), waitAfter(600), waitAfter(86_400)].map((ms) => ms / minute)).toEqual([1, 10, 60]);
  });

  it('is no trouble before it fails, however often others did', () => {
    expect(troubleAfter(lost, null, minute, 5).trouble).toMatchObject({ times: 1, sinceMs: 5, isTold: false });
  });
});
