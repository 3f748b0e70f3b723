/**
 * Which URLs that somebody names may be called?
 */
import { describe, expect, it } from 'vitest';
import { parsedTarget, targetRefusalOf } from '../../src/egress/target.ts';
import { inwardSpellings, noHosts } from '../support/spellings.ts';

/** Why `text` is not called: what a caller of `guardedFetch` would meet. */
function refusalOf(text: string, development = false): string | null {
  const url = parsedTarget(text);
  return url === null ? 'no URL' : targetRefusalOf(url, development);
}

describe('is not called', () => {
  it.each(inwardSpellings)('$rule: $host', ({ host }) => {
    expect(refusalOf(`https://${host}/`)).toBe('address');
    expect(refusalOf(`https://${host}/hook?x=https://example.com`)).toBe('address');
  });

  it.each(noHosts.filter((host) => host !== '' && host !== '.'))('what has no host: https://%s/', (host) => {
    expect(['no URL', 'address', 'credentials']).toContain(refusalOf(`https://${host}/`));
  });

  it.each([
    '',
    'example.com',
    '//example.com/',
    '/path',
    'https:example.com',
    'https:/example.com',
    'https:///example.com',
    'https:\\\\example.com',
    'https://example.com\\@127.0.0.1/',
    'https://127.0.0.1\\.example.com/',
    'https://exam\nple.com/',
    'https://exam\rple.com/',
    'https://exam\tple.com/',
    'ht\ntps://example.com/',
    ' https://example.com/',
    'https://example.com/ ',
    'https://example.com/\u00a0',
    'https://example.com/\0',
    'https://example.com/a b',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'data:text/plain,x',
    'gopher://example.com/',
    'ftp://example.com/',
    'ws://example.com/',
    'blob:https://example.com/x',
    `https://example.com/${'x'.repeat(2_048)}`,
  ])('what is no URL of the web as it is written: %j', (text) => {
    expect(refusalOf(text)).toBe('no URL');
  });

  it.each([
    'https://user@example.com/',
    'https://user:secret@example.com/',
    'https://:secret@example.com/',
    'https://example.com:443@8.8.8.8/',
    'https://bank.example.com%2f@example.com/',
  ])('what carries a user or a password: %s', (text) => {
    expect(refusalOf(text)).toBe('credentials');
    expect(refusalOf(text.replace('example.com', 'localhost'), true)).toBe('credentials');
  });

  it.each(['http://example.com/', 'http://8.8.8.8/', 'HTTP://EXAMPLE.COM/'])('what is not encrypted: %s', (text) => {
    expect(refusalOf(text)).toBe('cleartext');
  });

  it.each(['https://example.com:80/', 'https://example.com:8443/', 'https://example.com:22/', 'https://8.8.8.8:6379/'])(
    'another port than that of HTTPS: %s',
    (text) => {
      expect(refusalOf(text)).toBe('port');
    },
  );
});

describe('is called', () => {
  it.each([
    'https://example.com/',
    'https://example.com',
    'https://example.com:443/hook',
    'https://EXAMPLE.com./hook?a=b#c',
    'https://bücher.example/hook',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
  ])('%s', (text) => {
    expect(refusalOf(text)).toBeNull();
  });

  it.each(['http://localhost:1234/', 'https://127.0.0.1:9/', 'http://[::1]:80/x', 'http://2130706433:1/'])(
    'in development, being this machine: %s',
    (text) => {
      expect(refusalOf(text, true)).toBeNull();
      expect(refusalOf(text, false)).not.toBeNull();
    },
  );

  it.each(['http://10.0.0.1/', 'https://192.168.0.1/', 'https://169.254.169.254/', 'http://example.com/'])(
    'in development no more than elsewhere: %s',
    (text) => {
      expect(refusalOf(text, true)).toBe(refusalOf(text, false));
      expect(refusalOf(text, true)).not.toBeNull();
    },
  );
});
