/**
 * Is what Postern vouched for recognised, and nothing else?
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { type Keyring, parseKeyring, seal } from '../../src/core/seal.ts';
import { opened, vouched } from '../../src/core/vouch.ts';

function keyring(...numbers: readonly number[]): Keyring {
  const ring = parseKeyring(numbers.map((n) => `k${n}:${Buffer.alloc(32, n).toString('base64url')}`).join(','));
  if (ring === null) throw new Error('no keyring');
  return ring;
}

const account = ['imap', 'mail.example', 993, 'ada'];
const octets = Uint8Array.from({ length: 40 }, (_, index) => index * 7);
const text = (ring = keyring(1)): Promise<string> => vouched(ring, 'state', account, octets);
const openedText = (given: string, ring = keyring(1), of = account) => opened(ring, 'state', of, given);

it('is recognised, and costs 16 octets', async () => {
  expect(await openedText(await text())).toEqual(octets);
  expect((await text()).length).toBe(Math.ceil(((octets.length + 16) * 4) / 3));
  expect(await openedText(await vouched(keyring(1), 'state', account, new Uint8Array()))).toEqual(new Uint8Array());
});

it('is refused with any bit of any octet changed, cut anywhere, and with anything behind it', async () => {
  const bytes = Buffer.from(await text(), 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      expect(await openedText(changed.toString('base64url'))).toBeNull();
    }
    expect(await openedText(bytes.subarray(0, at).toString('base64url'))).toBeNull();
  }
  expect(await openedText(Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64url'))).toBeNull();
});

it('is refused when it is spelled in another way, or is no base64url at all', async () => {
  const good = await text();
  const last = good.at(-1) ?? '';
  const sibling = String.fromCharCode(last.charCodeAt(0) + 1);
  const others = [`${good}=`, `${good}\n`, ` ${good}`, good.slice(0, -1) + sibling, `${good}!`, '', '…', 'a'];
  for (const other of others) expect(await openedText(other), JSON.stringify(other)).toBeNull();
});

it.each([
  ['user', ['imap', 'mail.example', 993, 'bob']],
  ['server', ['imap', 'mail.example.org', 993, 'ada']],
  ['port', ['imap', 'mail.example', 143, 'ada']],
])('is refused for another %s', async (_, other) => {
  expect(await openedText(await text(), keyring(1), other)).toBeNull();
});

it('is recognised when its key is not the newest any more, and refused when it is gone', async () => {
  const old = await text(keyring(1));
  expect(await openedText(old, keyring(2, 1))).toEqual(octets);
  expect(await openedText(old, keyring(2))).toBeNull();
  expect(await text(keyring(2, 1))).toBe(await text(keyring(2)));
});

it('is not what was sealed for something else', async () => {
  expect(await openedText(await seal(keyring(1), 'receipt', account, 2_000_000_000, octets))).toBeNull();
});
