/**
 * What may be said when the way to the mail server fails, and how soon?
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { problemKinds } from '../../src/core/problem-kinds.ts';
import { ProblemSchema } from '../../src/http/problems.ts';
import { canariesIn } from './canary.ts';
import type { CuttingRelay, Fault } from './cutting-relay.ts';

/** The kind of a problem of ours: whole, and true to its kind. */
export function kindOf(problem: unknown): string {
  expect(canariesIn(JSON.stringify(problem)), 'canaries in a problem').toEqual([]);
  const { type, status, title } = ProblemSchema.parse(problem);
  const kind = type.replace('/problems/', '');
  expect(Object.entries(problemKinds).find(([name]) => name === kind)?.[1], type).toMatchObject({ status, title });
  return kind;
}

/** The kind of the problem that an answer is. */
export async function problemIn(response: Response): Promise<string> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem: unknown = await response.json();
  expect(problem).toMatchObject({ status: response.status });
  return kindOf(problem);
}

/** The kinds that leave it open whether a change was made. */
export const openKinds: readonly string[] = ['connection-lost', 'deadline-exceeded'];

/** A connection that is reset at once may never have been one. */
const cutKinds: readonly string[] = ['connection-lost', 'connect-failed'];

/**
 * What is said, and how long after it was asked for.
 *
 * A connection that ends is noticed at once, before the first of the deadlines that begin with it has passed. One that
 * stands still costs one wait, of `connectMs`, `greetingMs`, `loginMs` or `commandMs`: until then everything moved, and after
 * that the connection is given up. Each of them is below `requestMs`, within which an answer has to begin; and here it also
 * ends by then, since the wait is over.
 */
export function expectInTime(fault: Fault | null, troubles: readonly string[], slowestMs: number): void {
  const isStall = fault?.how === 'stall';
  const kinds: readonly string[] = fault === null ? [] : isStall ? ['deadline-exceeded'] : cutKinds;
  expect(
    troubles.filter((kind) => !kinds.includes(kind)),
    'kinds of problems that it cannot be',
  ).toEqual([]);
  expect(slowestMs, 'ms until an answer was whole').toBeLessThan(isStall ? limits.requestMs : limits.connectMs);
}

/** How long Postern may take to let go of what it has told to have failed. */
const lettingGoMs = 5_000;

/** No connection of an account is left behind a failure. */
export async function expectReleased(relay: CuttingRelay): Promise<void> {
  const deadline = new AbortController();
  const late = delay(lettingGoMs, 'still open', { signal: deadline.signal });
  const released = await Promise.race([relay.abandoned(), late]);
  deadline.abort();
  expect(released, 'connections of Postern’s').toBe('all ended');
}
