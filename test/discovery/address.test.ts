/**
 * What is an address that servers can be looked for?
 */
import { describe, expect, it } from 'vitest';
import { isWithin, mailAddressOf } from '../../src/discovery/address.ts';

it.each([
  ['ada@example.com', 'ada', 'example.com'],
  ['Ada.Lovelace+mail@Example.COM', 'Ada.Lovelace+mail', 'example.com'],
  ['ada@example.com.', 'ada', 'example.com'],
  ['ada@bücher.example', 'ada', 'xn--bcher-kva.example'],
  ['ada@例え.jp', 'ada', 'xn--r8jz45g.jp'],
  ['"a@b"@example.com', '"a@b"', 'example.com'],
  ['dörte@example.com', 'dörte', 'example.com'],
  ['ada@mail.co.uk', 'ada', 'mail.co.uk'],
])('%s has a local part and a domain in A-labels', (text, localPart, domain) => {
  expect(mailAddressOf(text)).toEqual({ address: text, localPart, domain });
});

describe('nothing is looked for', () => {
  it.each([
    '',
    'ada',
    '@example.com',
    'ada@',
    'ada@localhost',
    'ada@[192.0.2.1]',
    'ada@192.0.2.1',
    'ada@0x7f.1',
    'ada@[::1]',
    'ada@example.com/path',
    'ada@example.com?x=.net',
    'ada@example.com#.net',
    'ada@example.com:8080',
    'ada@ex%61mple.com',
    'ada@user\\example.com',
    'ada@exa mple.com',
    'ada @example.com',
    'ada@example..com',
    'ada@-example.com',
    'ada@example.com\r\nX: y',
    'a\0da@example.com',
    'a\u202eda@example.com',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a'.repeat(64)}.com`,
    `ada@${'abcdefghi.'.repeat(25)}com`,
    'ada\ud800@example.com',
  ])('for %j', (text) => {
    expect(mailAddressOf(text)).toBeNull();
  });
});

it('tells a host of a domain from one that only looks like it', () => {
  expect(['example.com', 'imap.example.com'].map((host) => isWithin(host, 'example.com'))).toEqual([true, true]);
  const others = ['notexample.com', 'example.com.evil.example', 'com', 'imap.example.org'];
  expect(others.filter((host) => isWithin(host, 'example.com'))).toEqual([]);
});
