/**
 * Does a capsule hold what it was made with, for as long as it is good, and nothing for anybody else?
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { fullAccess } from '../../src/core/access.ts';
import type { Account } from '../../src/core/account.ts';
import { type Capsule, newCapsuleId, openCapsule, sealCapsule } from '../../src/core/capsule.ts';
import { parseKeyring } from '../../src/core/seal.ts';
import { Secret } from '../../src/core/secret.ts';

const keyring = parseKeyring(`one:${Buffer.alloc(32, 1).toString('base64url')}`);
if (keyring === null) throw new Error('no keyring');

const account: Account = {
  server: { protocol: 'imap', host: 'mail.example', port: 993, security: 'tls' },
  user: 'ada@mail.example',
  credential: { kind: 'password', secret: new Secret('hunter2-hunter2') },
  access: { ...fullAccess, mailboxes: ['inbox'] },
};
const now = 1_800_000_000;
const made = (): Capsule => ({ account, ids: [newCapsuleId()], expiresAt: now + 60 });

it('opens to the account, its credential and what may be done with it', async () => {
  const capsule = made();
  const opened = await openCapsule(keyring, new Set(), now, await sealCapsule(keyring, capsule));
  if (!opened.ok) throw new Error(opened.failure.kind);
  expect(opened.value.account.credential.secret.reveal()).toBe('hunter2-hunter2');
  expect({ ...opened.value, account: { ...opened.value.account, credential: null } }).toEqual({
    ...capsule,
    account: { ...account, credential: null },
  });
});

it.each([
  ['capsule-expired', now + 60, []],
  ['capsule-revoked', now, ['one', 'two']],
])('is refused as %s', async (kind, time, revoked) => {
  const capsule = made();
  const token = await sealCapsule(keyring, capsule);
  const ids = new Set(revoked.length > 0 ? capsule.ids : []);
  expect(await openCapsule(keyring, ids, time, token)).toEqual({ ok: false, failure: { kind } });
});
