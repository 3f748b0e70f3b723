/**
 * Is a host that leads inwards known in every spelling?
 */
import { describe, expect, it } from 'vitest';
import { canonicalHost, isLoopback, isPublicHost } from '../../src/core/public-host.ts';
import { parseMailServer, refusalOf } from '../../src/core/server.ts';
import { inwardSpellings, noHosts } from '../support/spellings.ts';

const isRefused = (mailServer: string): boolean => {
  const server = parseMailServer(mailServer);
  return server.ok && refusalOf(server.value, false) === 'address';
};

it('there are more than sixty of them, none twice', () => {
  const hosts = inwardSpellings.map(({ host }) => host);
  expect(new Set(hosts).size).toBe(hosts.length);
  expect(hosts.length).toBeGreaterThan(60);
});

describe('a mail server is not called', () => {
  it.each(inwardSpellings)('$rule: $host', ({ host }) => {
    for (const scheme of ['imaps', 'imap', 'pop3s', 'pop3']) expect(isRefused(`${scheme}://${host}`)).toBe(true);
  });

  it.each(noHosts)('when its host is none: %j', (host) => {
    expect(parseMailServer(`imaps://${host}`)).toMatchObject({ ok: false, failure: { kind: 'request-invalid' } });
  });

  it.each([
    'imaps://imap.example.com@127.0.0.1',
    'imaps://127.0.0.1@imap.example.com',
    'imaps://imap.example.com:993@127.0.0.1:993',
    'imaps://imap.example.com\\@127.0.0.1',
    'imaps:\\\\127.0.0.1',
    'imaps://127.0.0.1\\.example.com',
    'imaps://imap.exam\nple.com',
    'imaps://imap.exam\tple.com',
    'imaps://imap.example.com\r\n',
    ' imaps://imap.example.com',
    'imaps://imap.example.com\0',
    'imaps://imap.example.com#@127.0.0.1',
    'imaps://imap.example.com?@127.0.0.1',
    'imaps:///127.0.0.1',
    'imaps:127.0.0.1',
    '//127.0.0.1',
  ])('when it is written so that two readers see two hosts: %j', (header) => {
    expect(parseMailServer(header)).toMatchObject({ ok: false, failure: { kind: 'request-invalid' } });
  });
});

describe('a public host is one', () => {
  it.each([
    'imap.gmail.com',
    'local.example.com',
    'internal.example.com',
    'mylocal',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '169.253.0.1',
    '223.255.255.254',
    '[2606:4700::1111]',
    '[2a00:1450::1]',
  ])('%s', (host) => {
    expect(isPublicHost(canonicalHost(host) ?? '')).toBe(host.includes('.') || host.includes(':'));
  });
});

describe('a host has one spelling', () => {
  it.each([
    ['IMAP.Example.COM', 'imap.example.com'],
    ['imap.example.com.', 'imap.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['bücher。example', 'xn--bcher-kva.example'],
    ['0x7f.1', '127.0.0.1'],
    ['[0:0::1]', '[::1]'],
    ['%6dail.example.com', 'mail.example.com'],
  ])('%s is %s', (host, canonical) => {
    expect(canonicalHost(host)).toBe(canonical);
  });

  it.each([...noHosts, 'a:25', 'a:80', 'user@a', 'a/b', 'a?b', 'a#b', 'a\\b', ' a', 'a\n'])('%j is none', (host) => {
    expect(canonicalHost(host)).toBeNull();
  });
});

it.each(['127.0.0.1', '127.9.9.9', '[::1]', 'localhost'])('%s is this machine', (host) => {
  expect(isLoopback(host)).toBe(true);
});

it.each(['10.0.0.1', '[::ffff:127.0.0.1]', 'mail.localhost', 'localhost.example.com', '0.0.0.0'])(
  '%s is another, also in development',
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);
