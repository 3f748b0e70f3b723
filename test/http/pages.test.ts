/**
 * Does the link to the next page lead to the next page of just this call?
 */
import { describe, expect, it } from 'vitest';
import { linkToNext } from '../../src/http/pages.ts';

const origin = 'https://postern.example';
const target = (url: string, cursor: string): string =>
  /^<([^>]*)>; rel="next"$/.exec(linkToNext(url, cursor)['Link'] ?? '')?.[1] ?? '';

describe('the link to the next page', () => {
  it('is missing on the last page', () => {
    expect(linkToNext(`${origin}/v1/x?cursor=1`, null)).toEqual({});
  });

  it.each([
    ['/v1/x', '5', '/v1/x?cursor=5'],
    ['/v1/x?limit=2&fields=a,b', '5', '/v1/x?limit=2&fields=a%2Cb&cursor=5'],
    ['/v1/x?cursor=9&limit=2', '5', '/v1/x?cursor=5&limit=2'],
    ['/v1/x?cursor=9&cursor=8', '5', '/v1/x?cursor=5'],
  ])('of %s after %s is %s', (path, cursor, expected) => {
    const link = new URL(target(origin + path, cursor), origin);
    const meant = new URL(expected, origin);
    expect([link.pathname, [...link.searchParams]]).toEqual([meant.pathname, [...meant.searchParams]]);
  });

  it.each(['>; rel="x"', '"', ',', '\r\nX: y', 'ü', '%'])(
    'carries the cursor %j without ending the header',
    (cursor) => {
      const link = target(`${origin}/v1/x`, cursor);
      expect(link).toMatch(/^\/[\x21-\x3d\x3f-\x7e]*$/);
      expect(new URL(link, origin).searchParams.get('cursor')).toBe(cursor);
    },
  );

  it('names no other host, whatever the path begins with', () => {
    expect(new URL(target(`${origin}/v1/x`, '1'), 'https://behind-a-proxy.example').host).toBe(
      'behind-a-proxy.example',
    );
  });
});
