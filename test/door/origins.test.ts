/**
 * Which origins does ALLOWED_ORIGINS allow?
 */
import { describe, expect, it } from 'vitest';
import { isAllowed, parseOrigins } from '../../src/door/origins.ts';

const allows = (list: string, origin: string): boolean => {
  const origins = parseOrigins(list);
  if (origins === null) throw new Error(`not taken for a list of origins: ${list}`);
  return isAllowed(origins, origin);
};

const list = 'https://app.example.com, https://*.example.org,http://localhost:3000 https://*.example.net:8443';

it.each([
  'https://app.example.com',
  'http://localhost:3000',
  'https://a.example.org',
  'https://a.b.example.org',
  'https://xn--bcher-kva.example.org',
  'https://a.example.net:8443',
])('%s is allowed when it is in the list', (origin) => {
  expect(allows(list, origin)).toBe(true);
});

it.each([
  '',
  'null',
  '*',
  'http://app.example.com',
  'https://app.example.com:8443',
  'https://app.example.com.evil.test',
  'https://evil-app.example.com',
  'https://x.app.example.com',
  'https://APP.example.com',
  'https://app.example.com/',
  'http://localhost',
  'http://localhost:30001',
  // On label boundaries alone.
  'https://example.org',
  'https://.example.org',
  'https://evilexample.org',
  'https://a..example.org',
  'http://a.example.org',
  'https://a.example.org:8443',
  'https://evil.test/.example.org',
  'https://evil.test?.example.org',
  'https://evil.test#.example.org',
  'https://user@a.example.org',
  'https://a.example.org.evil.test',
  'https://a.example.net',
  'https://a.example.net:84430',
])('%s is not', (origin) => {
  expect(allows(list, origin)).toBe(false);
});

describe('a list', () => {
  it.each([
    'app.example.com',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://APP.example.com',
    'https://app.example.com:443',
    'https://*',
    'https://*.com',
    'https://*example.com',
    'https://*.*.example.com',
    'https://a.*.example.com',
    '*.example.com',
    'file:///tmp',
    'ftp://example.com',
    'null',
    'https://ok.example.com, oops',
  ])('with something in it that no browser says is none (%s)', (text) => {
    expect(parseOrigins(text)).toBeNull();
  });

  it('allows nobody when it is empty, and anybody by a star alone', () => {
    expect(parseOrigins('')).toMatchObject({ any: false });
    expect(allows('', 'https://app.example.com')).toBe(false);
    expect(parseOrigins('*')).toMatchObject({ any: true });
    expect(parseOrigins('https://*.example.org')).toMatchObject({ any: false });
  });
});
