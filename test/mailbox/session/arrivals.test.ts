/**
 * When is it certain that what may have been added will never come?
 */
import { expect, it } from 'vitest';
import { limits } from '../../../src/core/limits.ts';
import { absence } from '../../../src/mailbox/session/arrivals.ts';

const before = { path: 'Archive', uidValidity: 7, uidNext: 12 };

it('is certain when nothing at all has come for so long', () => {
  expect(absence(before, before, limits.doubtMs)).toEqual({ ok: true, value: null });
});

it('is worth asking again before', () => {
  const failure = { kind: 'idempotency-key-in-doubt', retryAfterSeconds: 1 };
  expect(absence(before, before, limits.doubtMs - 1)).toEqual({ ok: false, failure });
});

it.each([13, 11, null])('is never certain when something has come, and gone again (UIDNEXT %j)', (uidNext) => {
  const failure = { kind: 'idempotency-key-in-doubt' };
  expect(absence(before, { ...before, uidNext }, 10 * limits.doubtMs)).toEqual({ ok: false, failure });
});
