/**
 * Is anything a capsule that was not sealed as one, here, and with a key that is still kept?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { fullAccess } from '../../src/core/access.ts';
import { capsulePrefix, openCapsule, sealCapsule } from '../../src/core/capsule.ts';
import { type Keyring, open, type Purpose, parseKeyring, seal } from '../../src/core/seal.ts';
import { Secret } from '../../src/core/secret.ts';
import { vouched } from '../../src/core/vouch.ts';

const keyText = (id: string, byte: number): string => `${id}:${Buffer.alloc(32, byte).toString('base64url')}`;

function keyringOf(...keys: readonly string[]): Keyring {
  const ring = parseKeyring(keys.join(','));
  if (ring === null) throw new Error('no keyring');
  return ring;
}

const ring = keyringOf(keyText('one', 1));
const now = 1_800_000_000;
const account = {
  server: { protocol: 'imap' as const, host: 'mail.example', port: 993, security: 'tls' as const },
  user: 'ada',
  credential: { kind: 'password' as const, secret: new Secret('hunter2-hunter2') },
  access: fullAccess,
};
const capsule = { account, ids: ['first'] as const, expiresAt: now + 60 };
const made = (keyring = ring): Promise<string> => sealCapsule(keyring, capsule);

const kindOf = async (token: string, keyring = ring, time = now): Promise<string> => {
  const opened = await openCapsule(keyring, new Set(), time, token);
  return opened.ok ? 'opened' : opened.failure.kind;
};

/** One that is missing here does not compile. */
const otherPurposes: Readonly<Record<Exclude<Purpose, 'capsule'>, true>> = {
  receipt: true,
  account: true,
  state: true,
  'oauth2-ticket': true,
  'oauth2-state': true,
  'oauth2-code': true,
  watch: true,
};
const purposes = Object.keys(otherPurposes).filter(
  (purpose): purpose is keyof typeof otherPurposes => purpose in otherPurposes,
);

/** What is in a capsule, as somebody would seal it who has only found out how it looks. */
const payload = new TextEncoder().encode(
  JSON.stringify({ ...account, ids: ['first'], credential: { kind: 'password', secret: 'hunter2-hunter2' } }),
);

const bytesOf = (token: string): string => Buffer.from(token.replaceAll('.', ''), 'base64url').toString('hex');

describe('a capsule', () => {
  it('is good as it came', async () => {
    expect(await kindOf(await made())).toBe('opened');
  });

  it('is not good with any character changed, but where base64 has bits that mean nothing', async () => {
    const token = await made();
    let changes = 0;
    for (let at = 0; at < token.length; at++) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      const [part = '', before = ''] = [changed, token].map((text) =>
        text.split('.').find((_, index) => index === placeOf(token, at)),
      );
      if (bytesOf(part) === bytesOf(before) && at >= capsulePrefix.length) continue;
      changes += 1;
      expect(await kindOf(changed), `character ${at}`).toBe('capsule-invalid');
    }
    expect(changes).toBeGreaterThan(token.length - 5);
  });

  it('is not good without its end, however much of it is there', async () => {
    const token = await made();
    for (let length = 0; length < token.length; length++) {
      expect(await kindOf(token.slice(0, length))).toBe('capsule-invalid');
    }
  });

  it('is not good when its expiry is moved, nor when it is said to be something else', async () => {
    const [head = '', ...rest] = (await made()).slice(capsulePrefix.length).split('.');
    const header = JSON.parse(Buffer.from(head, 'base64url').toString());
    for (const claim of [{ exp: now + 9e6 }, { typ: 'capsule.v2' }, { alg: 'none' }, { zip: 'DEF' }, { sub: 'x' }]) {
      const forged = Buffer.from(JSON.stringify({ ...header, ...claim })).toString('base64url');
      expect(await kindOf(`${capsulePrefix}${[forged, ...rest].join('.')}`, ring, now + 120)).toBe('capsule-invalid');
    }
    expect(await kindOf(`${capsulePrefix}${[head, ...rest].join('.')}`, ring, now + 60)).toBe('capsule-expired');
  });

  it('of two capsules that were mixed is none', async () => {
    const [one, other] = [(await made()).split('.'), (await made()).split('.')];
    for (const part of [2, 3, 4]) {
      expect(await kindOf(one.with(part, other[part] ?? '').join('.'))).toBe('capsule-invalid');
    }
  });

  it.each(['', 'pstn_', 'pstn_....', 'pstn_e30..e30.e30.e30', `pstn_${'A'.repeat(100_000)}`, 'PSTN_x', 'pstn_\u0000'])(
    'is not %j',
    async (text) => {
      expect(await kindOf(text)).toBe('capsule-invalid');
    },
  );
});

describe('another purpose', () => {
  it.each(purposes)('%s makes no capsule, whatever it seals', async (purpose) => {
    expect(await kindOf(capsulePrefix + (await seal(ring, purpose, null, now + 60, payload)))).toBe('capsule-invalid');
    const parts = ['imap', 'mail.example', 993, 'tls', 'ada'];
    expect(await kindOf(capsulePrefix + (await seal(ring, purpose, parts, now + 60, payload)))).toBe('capsule-invalid');
  });

  it.each(purposes)('%s takes no capsule', async (purpose) => {
    const token = (await made()).slice(capsulePrefix.length);
    expect(await open(ring, purpose, null, now, token)).toEqual({ kind: 'invalid' });
    expect(await open(ring, purpose, ['imap', 'mail.example', 993, 'tls', 'ada'], now, token)).toEqual({
      kind: 'invalid',
    });
  });

  it('makes none of a state that is vouched for', async () => {
    expect(await kindOf(capsulePrefix + (await vouched(ring, 'state', ['ada'], payload)))).toBe('capsule-invalid');
  });

  it('makes none of what was sealed in another form, by another version', async () => {
    for (const text of ['{}', '[]', '{"ids":[]}']) {
      const token = await seal(ring, 'capsule', null, now + 60, new TextEncoder().encode(text));
      expect(await kindOf(capsulePrefix + token)).toBe('capsule-invalid');
    }
  });

  it('makes none when it is sealed for one account', async () => {
    const token = await seal(ring, 'capsule', ['imap', 'mail.example', 993, 'tls', 'ada'], now + 60, payload);
    expect(await kindOf(capsulePrefix + token)).toBe('capsule-invalid');
  });
});

describe('a key', () => {
  const [older, newer] = [keyText('one', 1), keyText('two', 2)];

  it('that was the newest opens what it has sealed, until it is taken away', async () => {
    const token = await made();
    expect(await kindOf(token, keyringOf(newer, older))).toBe('opened');
    expect(await kindOf(token, keyringOf(newer))).toBe('capsule-invalid');
  });

  it('that is the newest seals, so that what is sealed now outlives the older one', async () => {
    const token = await made(keyringOf(newer, older));
    for (const keyring of [keyringOf(newer, older), keyringOf(newer)]) {
      expect(await kindOf(token, keyring)).toBe('opened');
    }
    expect(await kindOf(token, keyringOf(older))).toBe('capsule-invalid');
  });

  it('of another Postern is another key, whatever it is called', async () => {
    expect(await kindOf(await made(keyringOf(keyText('one', 9))))).toBe('capsule-invalid');
  });
});

/** Which of the parts between the dots a character is in. */
function placeOf(token: string, at: number): number {
  return token.slice(0, at).split('.').length - 1;
}
