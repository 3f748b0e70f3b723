/**
 * Is a request judged by its conditions as RFC 9110 §13.2.2 has it, and its range as §14 does?
 */
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { Failed } from '../../src/core/failure.ts';
import { askedOf, rangeOf } from '../../src/http/conditions.ts';

const etag = '"7.42"';

async function asked(
  headers: Record<string, string>,
  {
    method = 'GET',
    tag = etag,
    offersRanges = true,
  }: { method?: string; tag?: string | null; offersRanges?: boolean } = {},
) {
  const app = new Hono();
  let found: unknown;
  app.get('/', (c) => {
    found = askedOf(c, tag, offersRanges);
    return c.body(null);
  });
  app.onError((error, c) => {
    found = error instanceof Failed ? error.failure.kind : error;
    return c.body(null);
  });
  await app.request('/', { method, headers });
  return found;
}

describe('If-Match', () => {
  it.each([etag, '*', `"1", ${etag}`, `${etag} ,W/"x"`])('%s lets a request pass', async (value) => {
    expect(await asked({ 'If-Match': value })).toEqual({ kind: 'whole' });
  });
  it.each(['"1"', `W/${etag}`, '"1","2"', '""'])('%s does not', async (value) => {
    expect(await asked({ 'If-Match': value })).toEqual({ kind: 'precondition-failed' });
    expect(await asked({ 'If-Match': value, 'If-None-Match': etag })).toEqual({ kind: 'precondition-failed' });
  });
  it('holds for nothing but * where there is no ETag', async () => {
    expect(await asked({ 'If-Match': etag }, { tag: null })).toEqual({ kind: 'precondition-failed' });
    expect(await asked({ 'If-Match': '*' }, { tag: null })).toEqual({ kind: 'whole' });
  });
  it.each(['7.42', '"a', 'W/', '"a" "b" c', ''])(
    '%j is refused, since a condition is not to be passed over',
    async (value) => {
      expect(await asked({ 'If-Match': value })).toBe('request-invalid');
      expect(await asked({ 'If-None-Match': value })).toBe('request-invalid');
    },
  );
});

describe('If-None-Match', () => {
  it.each([etag, `W/${etag}`, '*', `"1", ${etag}`])(
    '%s says not modified, to HEAD and before any range',
    async (value) => {
      const headers = { 'If-None-Match': value, Range: 'bytes=0-1' };
      expect(await asked(headers)).toEqual({ kind: 'not-modified' });
      expect(await asked(headers, { method: 'HEAD' })).toEqual({ kind: 'not-modified' });
    },
  );
  it('of another state lets a request pass', async () => {
    expect(await asked({ 'If-None-Match': '"1", "2"' })).toEqual({ kind: 'whole' });
  });
});

describe('If-Range', () => {
  const range = { first: 2, last: 3 };
  it('gives the range of the state that it names, and all octets of any other', async () => {
    expect(await asked({ Range: 'bytes=2-3', 'If-Range': etag })).toEqual({ kind: 'range', range });
    expect(await asked({ Range: 'bytes=2-3', 'If-Range': `W/${etag}` })).toEqual({ kind: 'whole' });
    expect(await asked({ Range: 'bytes=2-3', 'If-Range': '"1"' })).toEqual({ kind: 'whole' });
    expect(await asked({ Range: 'bytes=2-3', 'If-Range': 'Mon, 23 Nov 2026 08:00:00 GMT' })).toEqual({ kind: 'whole' });
  });
  it('does not matter without a range', async () => {
    expect(await asked({ 'If-Range': etag })).toEqual({ kind: 'whole' });
  });
});

describe('Range', () => {
  it.each([
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=5-', { first: 5, last: null }],
    ['bytes=-5', { suffix: 5 }],
    ['bytes=-0', { suffix: 0 }],
    ['Bytes = 1-2 ', { first: 1, last: 2 }],
    ['bytes=,1-2,', { first: 1, last: 2 }],
    [`bytes=${'9'.repeat(400)}-`, { first: Number.POSITIVE_INFINITY, last: null }],
  ])('%s is one', (header, range) => {
    expect(rangeOf(header)).toEqual(range);
  });
  it.each([
    '',
    'bytes=',
    'bytes=-',
    'bytes=2-1',
    'bytes=a-b',
    'bytes=1',
    'bytes=1-2,4-5',
    'items=0-1',
    'bytes=0x1-2',
    '0-1',
    'bytes=1--2',
  ])('%j is none that is followed', async (header) => {
    expect(rangeOf(header)).toBeNull();
    expect(await asked({ Range: header })).toEqual({ kind: 'whole' });
  });
  it('means nothing to HEAD, and nothing where there are no ranges', async () => {
    expect(await asked({ Range: 'bytes=0-1' }, { method: 'HEAD' })).toEqual({ kind: 'head' });
    expect(await asked({ Range: 'bytes=0-1' }, { offersRanges: false })).toEqual({ kind: 'whole' });
  });
});
