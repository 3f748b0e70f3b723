/**
 * Which mail server does a header mean, and may it be dialled?
 */
import { describe, expect, it } from 'vitest';
import { type MailServer, parseMailServer, refusalOf } from '../../src/core/server.ts';

function parsed(header: string): MailServer {
  const result = parseMailServer(header);
  if (!result.ok) throw new Error(`${header} was refused`);
  return result.value;
}

describe('Mail-Server', () => {
  it.each([
    ['imaps://imap.example.com', { protocol: 'imap', host: 'imap.example.com', port: 993, security: 'tls' }],
    ['imap://imap.example.com', { protocol: 'imap', host: 'imap.example.com', port: 143, security: 'starttls' }],
    ['pop3s://pop.example.com/', { protocol: 'pop3', host: 'pop.example.com', port: 995, security: 'tls' }],
    ['pop3://pop.example.com', { protocol: 'pop3', host: 'pop.example.com', port: 110, security: 'starttls' }],
    ['IMAPS://IMAP.Example.COM:1993', { protocol: 'imap', host: 'imap.example.com', port: 1993, security: 'tls' }],
    ['imap://localhost:1143?security=none', { protocol: 'imap', host: 'localhost', port: 1143, security: 'none' }],
    ['pop3://127.0.0.1:1110?security=none', { protocol: 'pop3', host: '127.0.0.1', port: 1110, security: 'none' }],
    ['imaps://[::1]:993', { protocol: 'imap', host: '[::1]', port: 993, security: 'tls' }],
    ['imaps://bücher.example', { protocol: 'imap', host: 'xn--bcher-kva.example', port: 993, security: 'tls' }],
    ['imaps://imap.example.com.', { protocol: 'imap', host: 'imap.example.com', port: 993, security: 'tls' }],
  ])('%s is read', (header, server) => {
    expect(parseMailServer(header)).toEqual({ ok: true, value: server });
  });

  it.each([
    '',
    'imap.example.com',
    'imap.example.com:993',
    'https://imap.example.com',
    'imaps:imap.example.com',
    'imaps://',
    'imaps:///x',
    'imaps://host/INBOX',
    'imaps://host#x',
    'imaps://user@host',
    'imaps://user:secret@host',
    'imaps://host:70000',
    'imaps://host:abc',
    'imaps://a b',
    'imaps://host?security=none',
    'pop3s://host?security=none',
    'imap://host?security=tls',
    'imap://host?security=none&x=1',
    'imap://host?security=none&security=none',
    'imap://host?x=1',
    'imaps://exa%mple.com',
  ])('%j is refused, and the header is named', (header) => {
    const result = parseMailServer(header);
    expect(result).toMatchObject({
      ok: false,
      failure: { kind: 'request-invalid', errors: [{ in: 'header', field: 'Mail-Server' }] },
    });
    expect(JSON.stringify(result)).not.toContain('secret');
  });

  it.each([
    // Each dot cost the parser another look at all of them: as many as a header holds took five seconds.
    ['in dots behind the host', `imaps://imap.example.com${'.'.repeat(1_000)}`],
    ['in what comes behind it', `imap://imap.example.com?security=none${'&'.repeat(10_000)}`],
  ])('is refused when it is longer than any server is called, %s', (_, header) => {
    expect(parseMailServer(header)).toMatchObject({ ok: false, failure: { kind: 'request-invalid' } });
  });
});

describe('outside development', () => {
  it.each(['imaps://imap.example.com', 'imap://imap.example.com', 'pop3s://8.8.8.8', 'imaps://[2606:4700::1111]'])(
    '%s may be called',
    (header) => {
      expect(refusalOf(parsed(header), false)).toBeNull();
    },
  );

  it.each([
    'localhost',
    'LOCALHOST',
    'mail.localhost',
    'mailhost',
    'mail.local',
    'mail.internal',
    'mail.home.arpa',
    'mail.onion',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '①②⑦.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:8.8.8.8]',
    '[fe80::1]',
    '[fc00::1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    'localhost.',
    'localhost..',
    'metadata.google.internal..',
    '10.0.0.1..',
    '10.0.0.1...',
  ])('the host %s may not', (host) => {
    expect(refusalOf(parsed(`imaps://${host}`), false)).toBe('address');
    expect(refusalOf(parsed(`pop3s://${host}`), false)).toBe('address');
  });

  it.each([
    ['imaps://imap.example.com:25', 'port'],
    ['imaps://imap.example.com:995', 'port'],
    ['pop3s://pop.example.com:993', 'port'],
    ['imap://imap.example.com:22?security=none', 'port'],
    ['imap://imap.example.com?security=none', 'cleartext'],
    ['pop3://pop.example.com?security=none', 'cleartext'],
  ])('%s may not, because of its %s', (header, reason) => {
    expect(refusalOf(parsed(header), false)).toBe(reason);
  });
});

describe('in development', () => {
  it.each([
    'imap://localhost:1?security=none',
    'imaps://127.0.0.2:40000',
    'pop3://[::1]:2?security=none',
    'imaps://2130706433:5',
  ])('%s may be called, being this machine', (header) => {
    expect(refusalOf(parsed(header), true)).toBeNull();
  });

  it.each([
    ['imaps://10.0.0.1', 'address'],
    ['imaps://192.168.0.1:993', 'address'],
    ['imaps://imap.example.com:25', 'port'],
    ['imap://imap.example.com?security=none', 'cleartext'],
  ])('%s may no more than elsewhere', (header, reason) => {
    expect(refusalOf(parsed(header), true)).toBe(reason);
  });
});
