/**
 * Is what Postern sealed opened only for the purpose, the account and the time that it was sealed for?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { accountDigest, type Keyring, open, parseKeyring, seal } from '../../src/core/seal.ts';

const keyText = (id: string, byte: number): string => `${id}:${Buffer.alloc(32, byte).toString('base64url')}`;

function keyring(...keys: readonly string[]): Keyring {
  const ring = parseKeyring(keys.join(','));
  if (ring === null) throw new Error('no keyring');
  return ring;
}

const ring = keyring(keyText('new', 1), keyText('old', 2));
const account = ['imap', 'mail.example', 993, 'ada'];
const payload = new TextEncoder().encode('{"uidls":["a","b"]}');
const now = 1_800_000_000;
const sealed = (): Promise<string> => seal(ring, 'receipt', account, now + 60, payload);

describe('a sealed token', () => {
  it('opens to what was sealed, until it expires', async () => {
    const token = await sealed();
    expect(await open(ring, 'receipt', account, now + 59, token)).toEqual({
      kind: 'opened',
      payload,
      expiresAt: now + 60,
    });
    expect(await open(ring, 'receipt', account, now + 60, token)).toEqual({ kind: 'expired' });
  });

  it('shows nothing of what it holds, nor of whose it is', async () => {
    const token = await sealed();
    const decoded = token.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    for (const word of ['uidls', 'ada', 'mail.example']) expect(decoded.join(' ')).not.toContain(word);
    expect(await sealed()).not.toBe(token);
  });

  it('is invalid for another account', async () => {
    const token = await sealed();
    for (const other of [
      ['imap', 'mail.example', 993, 'bob'],
      ['imap', 'mail.example', '993', 'ada'],
      ['imap', 'mail.example', 993],
      [],
    ]) {
      expect(await open(ring, 'receipt', other, now, token)).toEqual({ kind: 'invalid' });
    }
  });

  it('is invalid for another purpose', async () => {
    expect(await open(ring, 'account', account, now, await sealed())).toEqual({ kind: 'invalid' });
  });

  it('is invalid with one character changed anywhere', async () => {
    const token = await sealed();
    for (let at = 0; at < token.length; at++) {
      if (token[at] === '.') continue;
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      const isSameBytes = changed
        .split('.')
        .every((part, index) =>
          Buffer.from(part, 'base64url').equals(Buffer.from(token.split('.')[index] ?? '', 'base64url')),
        );
      if (!isSameBytes) expect(await open(ring, 'receipt', account, now, changed)).toEqual({ kind: 'invalid' });
    }
  });

  it.each(['', '.', 'a.b.c.d.e', '....', 'e30.e30.e30.e30.e30', '{}', 'x'.repeat(10_000)])(
    'is not %j',
    async (text) => {
      expect(await open(ring, 'receipt', account, now, text)).toEqual({ kind: 'invalid' });
    },
  );

  it('cannot be made by somebody without the key, whatever its header promises', async () => {
    const [header = '', ...rest] = (await sealed()).split('.');
    const claims = JSON.parse(Buffer.from(header, 'base64url').toString());
    for (const claim of [
      { exp: now + 9999 },
      { typ: 'account.v1' },
      { alg: 'none' },
      { enc: 'none' },
      { kid: 'old' },
    ]) {
      const forged = Buffer.from(JSON.stringify({ ...claims, ...claim })).toString('base64url');
      expect(await open(ring, 'receipt', account, now, [forged, ...rest].join('.'))).toEqual({ kind: 'invalid' });
    }
  });
});

describe('keys', () => {
  it('seal with the newest, and open with the older ones as long as they are kept', async () => {
    const before = keyring(keyText('old', 2));
    const token = await seal(before, 'receipt', account, now + 60, payload);
    // The account's digest is made with the key that sealed, so a rotation does not orphan it.
    expect(await open(ring, 'receipt', account, now, token)).toEqual({ kind: 'opened', payload, expiresAt: now + 60 });
    expect(await open(keyring(keyText('new', 1)), 'receipt', account, now, token)).toEqual({ kind: 'invalid' });
    expect(await open(before, 'receipt', account, now, await sealed())).toEqual({ kind: 'invalid' });
  });

  it.each([
    undefined,
    '',
    'x',
    'a:b',
    ':',
    `a:${'A'.repeat(42)}`,
    `a:${'A'.repeat(44)}`,
    `a b:${'A'.repeat(43)}`,
    `${keyText('a', 1)},`,
    `${keyText('a', 1)},${keyText('a', 2)}`,
  ])('are not %j', (text) => {
    expect(parseKeyring(text)).toBeNull();
  });

  it('may stand with spaces between them', () => {
    expect(keyring(` ${keyText('a', 1)} `, ` ${keyText('b', 2)}`).map(({ id }) => id)).toEqual(['a', 'b']);
  });
});

describe('the digest of an account', () => {
  it('is the same for the same account, another for any other, and another with another key', async () => {
    const [key, other] = ring;
    const digest = await accountDigest(key, account);
    expect(digest).toMatch(/^[\w-]{43}$/);
    expect(await accountDigest(key, [...account])).toBe(digest);
    const others = [
      ['imap', 'mail.example', 993, 'adb'],
      ['imap', 'mail.example993', 'ada'],
      ['imap', 'mail.example', '993', 'ada'],
    ];
    for (const parts of others) expect(await accountDigest(key, parts)).not.toBe(digest);
    expect(other === undefined ? digest : await accountDigest(other, account)).not.toBe(digest);
  });
});
