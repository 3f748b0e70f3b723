/**
 * What does API_KEYS have to look like?
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { mayCall } from '../../src/core/caller.ts';
import { parseApiKeys } from '../../src/door/api-keys.ts';

const hash = createHash('sha256').update('a key').digest('base64url');
const entry = { label: 'web', hash };

it('an entry with a label and a hash may do everything, for ever', () => {
  expect(parseApiKeys(JSON.stringify([entry]))).toMatchObject([
    {
      caller: { label: 'web', servers: null, scopes: ['read', 'modify', 'delete', 'subscribe'], rate: null },
      expiresAtMs: null,
    },
  ]);
});

it('an entry can allow less', () => {
  const less = {
    ...entry,
    servers: ['imap.example.com', '*.example.org', '[2606:4700::1]'],
    scopes: ['read'],
    rate: { requests: 10, perSeconds: 60 },
    expiresAt: '2027-01-01T00:00:00+01:00',
  };
  expect(parseApiKeys(JSON.stringify([less]))).toMatchObject([
    {
      caller: { servers: less.servers, scopes: ['read'], rate: less.rate },
      expiresAtMs: Date.UTC(2026, 11, 31, 23),
    },
  ]);
});

it('one label can have several keys, so that one can follow another', () => {
  const other = createHash('sha256').update('another key').digest('base64url');
  expect(parseApiKeys(JSON.stringify([entry, { ...entry, hash: other }]))).toHaveLength(2);
});

it.each([
  ['no JSON', 'web:abc'],
  ['JSON that was cut', JSON.stringify([entry]).slice(0, -1)],
  ['no list', JSON.stringify(entry)],
  ['null', 'null'],
  ['an entry without a hash', JSON.stringify([{ label: 'web' }])],
  ['an entry without a label', JSON.stringify([{ hash }])],
  ['a label that would not do in a log', JSON.stringify([{ ...entry, label: 'a\nb' }])],
  ['a hash in hexadecimal', JSON.stringify([{ ...entry, hash: Buffer.from(hash, 'base64url').toString('hex') }])],
  ['a hash that is too short', JSON.stringify([{ ...entry, hash: hash.slice(1) }])],
  ['one hash twice', JSON.stringify([entry, { ...entry, label: 'other' }])],
  ['a member that is misspelt, so that a limit would be left out', JSON.stringify([{ ...entry, server: ['a.test'] }])],
  ['no server at all', JSON.stringify([{ ...entry, servers: [] }])],
  ['a star for all servers', JSON.stringify([{ ...entry, servers: ['*'] }])],
  ['a star inside of a name', JSON.stringify([{ ...entry, servers: ['mail*.example.com'] }])],
  ['a server as a URL', JSON.stringify([{ ...entry, servers: ['imaps://imap.example.com'] }])],
  ['a server with a port', JSON.stringify([{ ...entry, servers: ['imap.example.com:993'] }])],
  ['a server in capital letters, which nothing would ever equal', JSON.stringify([{ ...entry, servers: ['A.test'] }])],
  ['a scope that there is not', JSON.stringify([{ ...entry, scopes: ['admin'] }])],
  ['no scope', JSON.stringify([{ ...entry, scopes: [] }])],
  ['a rate of none', JSON.stringify([{ ...entry, rate: { requests: 0, perSeconds: 1 } }])],
  ['a rate that would have to be stored', JSON.stringify([{ ...entry, rate: { requests: 9, perSeconds: 86_400 } }])],
  ['a day for an end', JSON.stringify([{ ...entry, expiresAt: '2027-01-01' }])],
])('%s is no list of keys', (_what, text) => {
  expect(parseApiKeys(text)).toBeNull();
});

it.each([
  ['imap.example.com', true],
  ['imap.example.com.evil.test', false],
  ['xexample.org', false],
  ['example.org', false],
  ['a.example.org', true],
  ['a.b.example.org', true],
  ['a.example.org.evil.test', false],
  ['[::1]', false],
])('a key for imap.example.com and *.example.org lets %s be called: %s', (host, isAllowed) => {
  const [key] = parseApiKeys(JSON.stringify([{ ...entry, servers: ['imap.example.com', '*.example.org'] }])) ?? [];
  expect(key !== undefined && mayCall(key.caller, host)).toBe(isAllowed);
});

it('what `npm run keys` makes is such an entry, for the key that it shows', async () => {
  const script = join(import.meta.dirname, '..', '..', 'scripts', 'keys.mjs');
  const args = [
    '--api-key',
    'web',
    '--server',
    '*.Example.org',
    '--scope',
    'read',
    '--rate',
    '9/60',
    '--expires',
    '2027-06-30',
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args]);
  const [, key = ''] = /^(pstk_[A-Za-z0-9_-]{43})$/m.exec(stdout) ?? [];
  const [json = ''] = /^\{.*\}$/m.exec(stdout) ?? [];
  const [made] = parseApiKeys(`[${json}]`) ?? [];
  expect(made?.caller).toEqual({
    label: 'web',
    servers: ['*.example.org'],
    scopes: ['read'],
    rate: { requests: 9, perSeconds: 60 },
  });
  expect(made?.expiresAtMs).toBe(Date.UTC(2027, 5, 30));
  expect(Buffer.from(made?.hash ?? []).equals(createHash('sha256').update(key).digest())).toBe(true);
});
