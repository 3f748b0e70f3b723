/**
 * Ids, receipts' contents and the choice of what to download.
 */
import { describe, expect, it } from 'vitest';
import {
  ambiguousUidls,
  digestKey,
  idOf,
  joinDigests,
  nameOf,
  splitDigests,
  uidlDigest,
  uidlDigestBytes,
  withOccurrences,
} from '../../src/maildrop/rules.ts';
import { seeded } from '../support/random.ts';

const printable = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index)).join('');

describe('an id', () => {
  it('names again the message that it was made of, whatever its UIDL', () => {
    const random = seeded(4);
    for (let index = 0; index < 500; index += 1) {
      const uidl = [...random.bytes(1 + random.below(200))].map((byte) => printable[byte % 94]).join('');
      const of = 2 + random.below(4);
      const occurrence = random.below(2) === 0 ? null : (`${1 + random.below(of)}.${of}` as const);
      const name = { uidl, occurrence };
      expect(nameOf(idOf(name))).toEqual(name);
      expect(idOf(name)).toMatch(/^[A-Za-z0-9_~.-]+$/);
    }
  });

  it('has one spelling only', () => {
    // 'YQ' is 'a'; in base64 'YR' would be read as 'a' too.
    expect(nameOf('YQ')).toEqual({ uidl: 'a', occurrence: null });
    expect(nameOf('YQ~1.2')).toEqual({ uidl: 'a', occurrence: '1.2' });
    const others = ['YR', 'YQ==', 'YQ~1', 'YQ~2', 'YQ~1.1', 'YQ~0.2', 'YQ~3.2', 'YQ~01.2', 'YQ~1.02', 'YQ~', 'YQ~1.'];
    for (const other of [...others, 'Y', '', 'YQ ', 'YQ\n']) {
      expect(nameOf(other), JSON.stringify(other)).toBeNull();
    }
  });

  it.each(['', ' ', 'a b', 'caf\u00e9', 'a\r\nb', '\x7f', 'x'.repeat(201)])(
    'is none when %j would be the UIDL',
    (uidl) => {
      expect(nameOf(Buffer.from(uidl).toString('base64url'))).toBeNull();
    },
  );
});

describe('digests', () => {
  it('come apart as they were joined', async () => {
    const digests = await Promise.all(['a', 'b', printable].map(uidlDigest));
    expect(splitDigests(joinDigests(digests))).toEqual(digests);
    expect(digests.every(({ length }) => length === uidlDigestBytes)).toBe(true);
    expect(new Set(digests.map(digestKey)).size).toBe(3);
    expect(splitDigests(joinDigests([]))).toEqual([]);
  });

  it('are the first half of SHA-256', async () => {
    const sha256OfAbc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(Buffer.from(await uidlDigest('abc')).toString('hex')).toBe(sha256OfAbc.slice(0, 32));
  });
});

it('numbers all messages that share a UIDL, and calls only those ambiguous', () => {
  const numbered = withOccurrences(['x', 'y', 'x', 'x', 'z'].map((uidl) => ({ uidl })));
  expect(numbered.map(({ occurrence }) => occurrence)).toEqual(['1.3', null, '2.3', '3.3', null]);
  expect([...ambiguousUidls(numbered)]).toEqual(['x']);
});

it('gives a message that shares its UIDL no id that it, or another, has with one message less', () => {
  const idsOf = (uidls: readonly string[]) => withOccurrences(uidls.map((uidl) => ({ uidl }))).map(idOf);
  for (let count = 2; count < 5; count += 1) {
    const before = idsOf(Array<string>(count).fill('x'));
    const after = new Set(idsOf(Array<string>(count - 1).fill('x')));
    expect(before.filter((id) => after.has(id))).toEqual([]);
  }
});
