/**
 * Can any sequence of exchanges make a capsule that allows more, or lives longer, than one before it?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { type Scope, scopes } from '../../src/core/access.ts';
import { type Capsule, type CapsuleWish, lesserCapsule, openCapsule, sealCapsule } from '../../src/core/capsule.ts';
import { parseKeyring } from '../../src/core/seal.ts';
import { Secret } from '../../src/core/secret.ts';
import { type Random, seeded } from '../support/random.ts';

const ring = parseKeyring(`one:${Buffer.alloc(32, 1).toString('base64url')}`);
if (ring === null) throw new Error('no keyring');
const keyring = ring;

const now = 1_800_000_000;
const mailboxes = ['inbox', 'archive', 'mb_SU5CT1g', 'mb_QQ', 'mb_Qg'] as const;

/** What the type does not let through, and JSON would: names that no list has, in spellings that a comparison may stumble over. */
const hostileScopes: readonly Scope[] = JSON.parse('["*", "", "READ", "read ", "read,delete", "__proto__", "length"]');
const hostileMailboxes = ['', '*', 'INBOX', 'inbox/', 'inbox\u0000', 'mb_', '__proto__', 'length', '0'];
const hostileTimes = [Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE, now + 1e6 + 0.5, 2 ** 53];

const some = <T>(random: Random, values: readonly T[]): T[] => values.filter(() => random.chance(0.6));

const isWithin = <T>(part: readonly T[], whole: readonly T[]): boolean => part.every((one) => whole.includes(one));

function first(random: Random): Capsule {
  return {
    account: {
      server: { protocol: 'imap', host: 'mail.example', port: 993, security: 'tls' },
      user: 'ada',
      credential: { kind: 'password', secret: new Secret('hunter2-hunter2') },
      access: { scopes: some(random, scopes), mailboxes: random.chance(0.5) ? null : some(random, mailboxes) },
    },
    ids: ['first'],
    expiresAt: now + 1 + random.below(1_000_000),
  };
}

function wish(random: Random): CapsuleWish {
  const hostile = random.chance(0.3);
  return {
    ...(random.chance(0.6) ? { scopes: some(random, hostile ? [...scopes, ...hostileScopes] : scopes) } : {}),
    ...(random.chance(0.6)
      ? { mailboxes: some(random, hostile ? [...mailboxes, ...hostileMailboxes] : mailboxes) }
      : {}),
    ...(random.chance(0.6)
      ? { expiresAt: hostile ? (hostileTimes[random.below(5)] ?? 0) : now + random.below(1_000_000) }
      : {}),
  };
}

/** What an exchange has to refuse, said in another way than the code says it. */
function isTooWide({ account: { access }, expiresAt }: Capsule, asked: CapsuleWish): boolean {
  const names = new Set<string>(access.mailboxes ?? []);
  const isUnbounded = access.mailboxes === null;
  return (
    new Set([...access.scopes, ...(asked.scopes ?? [])]).size > new Set(access.scopes).size ||
    (!isUnbounded && (asked.mailboxes ?? []).some((name) => !names.has(name))) ||
    Number.isNaN(asked.expiresAt) ||
    (asked.expiresAt ?? 0) > expiresAt
  );
}

function expectNoMore(lesser: Capsule, earlier: Capsule): void {
  const [access, before] = [lesser.account.access, earlier.account.access];
  expect(isWithin(access.scopes, before.scopes)).toBe(true);
  if (before.mailboxes !== null) expect(isWithin(access.mailboxes ?? ['all'], before.mailboxes)).toBe(true);
  expect(lesser.expiresAt).toBeLessThanOrEqual(earlier.expiresAt);
  expect(lesser.ids.slice(-earlier.ids.length)).toEqual(earlier.ids);
  expect({ ...lesser.account, access: null }).toEqual({ ...earlier.account, access: null });
}

function exchanged(random: Random, line: Capsule[]): void {
  // From any of them: whoever holds the last one may hold the others too.
  const held = line[random.below(line.length)];
  if (held === undefined) return;
  const asked = wish(random);
  const result = lesserCapsule(held, asked);
  expect(result.ok).toBe(!isTooWide(held, asked));
  if (!result.ok) {
    expect(result.failure.kind).toBe('access-too-wide');
    return;
  }
  const { account, expiresAt, ids } = result.value;
  expect(ids.slice(1)).toEqual(held.ids);
  expect([expiresAt, new Set(account.access.scopes)]).toEqual([
    asked.expiresAt ?? held.expiresAt,
    new Set(asked.scopes ?? held.account.access.scopes),
  ]);
  for (const earlier of line) if (isWithin(earlier.ids, result.value.ids)) expectNoMore(result.value, earlier);
  line.push(result.value);
}

it('is as wide and as long as asked for and never more than any that it comes from, in 4,000 families of exchanges', () => {
  let made = 0;
  for (let seed = 0; seed < 4_000; seed++) {
    const random = seeded(seed);
    const line = [first(random)];
    for (let step = 0; step < 10; step++) exchanged(random, line);
    made += line.length - 1;
  }
  // Enough on either side of the rule.
  expect(made).toBeGreaterThan(8_000);
  expect(made).toBeLessThan(30_000);
});

it('is the same after it was sealed and opened on the way, generation by generation', async () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const line = [first(random)];
    for (let step = 0; step < 6; step++) {
      exchanged(random, line);
      const last = line.pop();
      if (last === undefined) break;
      const opened = await openCapsule(keyring, new Set(), 0, await sealCapsule(keyring, last));
      if (!opened.ok) throw new Error(opened.failure.kind);
      expect(opened.value).toEqual(last);
      line.push(opened.value);
    }
  }
});

describe('an exchange', () => {
  const held: Capsule = { ...first(seeded(1)), expiresAt: now + 60 };
  const narrow = (access: Capsule['account']['access']): Capsule => ({ ...held, account: { ...held.account, access } });

  it.each<[string, Capsule, CapsuleWish, string]>([
    ['one scope more', narrow({ scopes: ['read'], mailboxes: null }), { scopes: ['read', 'modify'] }, 'scopes'],
    ['another scope', narrow({ scopes: ['read'], mailboxes: null }), { scopes: ['delete'] }, 'scopes'],
    ['a mailbox more', narrow({ scopes, mailboxes: ['inbox'] }), { mailboxes: ['inbox', 'trash'] }, 'mailboxes'],
    ['a mailbox where there are none', narrow({ scopes, mailboxes: [] }), { mailboxes: ['inbox'] }, 'mailboxes'],
    ['a second more', narrow({ scopes, mailboxes: null }), { expiresAt: now + 61 }, 'expiresInSeconds'],
    ['no end', narrow({ scopes, mailboxes: null }), { expiresAt: Number.POSITIVE_INFINITY }, 'expiresInSeconds'],
  ])('for %s is refused, and told what for', (_what, capsule, asked, member) => {
    expect(lesserCapsule(capsule, asked)).toEqual({ ok: false, failure: { kind: 'access-too-wide', member } });
  });

  it('for nothing in particular allows the same for as long', () => {
    const whole = narrow({ scopes, mailboxes: ['inbox'] });
    const result = lesserCapsule(whole, {});
    expect(result.ok && result.value).toMatchObject({ account: whole.account, expiresAt: now + 60 });
  });

  it('never makes all mailboxes out of some', () => {
    const result = lesserCapsule(narrow({ scopes, mailboxes: ['inbox'] }), { scopes: ['read'] });
    expect(result.ok && result.value.account.access.mailboxes).toEqual(['inbox']);
  });
});
