import { describe, expect, it, test } from 'vitest';
import { outcomeOf } from '../../src/watch/delivery/outcome.ts';

const nowMs = Date.UTC(2026, 10, 16, 8, 30, 0);
const day = 24 * 60 * 60_000;

test.each([
  [200, null, false],
  [201, null, false],
  [202, null, false],
  [204, null, false],
  [299, null, false],
  [301, 'redirect', false],
  [302, 'redirect', false],
  [304, 'redirect', false],
  [307, 'redirect', false],
  [400, 'status', false],
  [401, 'status', false],
  [404, 'status', false],
  [410, 'status', true],
  [429, 'status', false],
  [500, 'status', false],
  [503, 'status', false],
  [599, 'status', false],
])('%i: failure %j, receiver gone %j', (status, failure, isReceiverGone) => {
  expect(outcomeOf(status, null, nowMs)).toEqual({ failure, isReceiverGone, retryAfterMs: null });
});

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 120 ', 120_000],
    ['Mon, 16 Nov 2026 08:31:00 GMT', 60_000],
    ['Monday, 16-Nov-26 08:31:00 GMT', 60_000],
    ['86400', day],
    ['86401', day],
    ['999999999999999', day],
    ['Tue, 16 Nov 2027 08:30:00 GMT', day],
  ])('%j is obeyed, for a day at most', (header, retryAfterMs) => {
    for (const status of [302, 429, 500, 503]) expect(outcomeOf(status, header, nowMs)).toMatchObject({ retryAfterMs });
  });

  it.each([
    '0',
    '-5',
    '1e9',
    '1.5',
    'soon',
    '',
    'Mon, 16 Nov 2026 08:29:00 GMT',
    '2026-11-17',
    'Mon, 99 Nov 2026 08:31:00 GMT',
  ])('%j says nothing', (header) => {
    expect(outcomeOf(503, header, nowMs).retryAfterMs).toBeNull();
  });

  it('of an event that has arrived means nothing', () => {
    expect(outcomeOf(202, '120', nowMs).retryAfterMs).toBeNull();
  });
});
