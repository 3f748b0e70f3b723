import { describe, expect, it } from 'vitest';
import { type Access, fullAccess } from '../../src/core/access.ts';
import { openCapsule } from '../../src/core/capsule.ts';
import { limits } from '../../src/core/limits.ts';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { includedCapsule } from '../../src/watch/delivery/capsule.ts';
import type { Lineage } from '../../src/watch/subscription.ts';

const keyring = [{ id: 'test', secret: new Uint8Array(32).fill(7) }] as const;
const nowMs = Date.UTC(2026, 10, 16);
const now = nowMs / 1000;
const inbox = mailboxIdOf('INBOX');
const archive = mailboxIdOf('Archive');
const account = {
  server: { protocol: 'imap', host: 'imap.postern.example', port: 993, security: 'tls' },
  user: 'ada@postern.example',
  credential: { kind: 'password', secret: 'a password' },
  access: fullAccess,
} as const;

async function capsuleOf(access: Access, lineage: Lineage | null, mailboxId: string | null = inbox) {
  const included = await includedCapsule(keyring, account, { access, lineage }, mailboxId, nowMs);
  if (included === null) return null;
  const opened = await openCapsule(keyring, new Set(), now, included.token);
  if (!opened.ok) throw new Error(opened.failure.kind);
  return { ...opened.value, told: included.expiresAt };
}

describe('the capsule that goes along with an event', () => {
  it('reads that mailbox, and is good for an hour', async () => {
    const capsule = await capsuleOf(fullAccess, null);
    expect(capsule).toMatchObject({
      account: { user: account.user, access: { scopes: ['read'], mailboxes: [inbox] } },
      ids: [expect.any(String)],
      expiresAt: now + limits.includedCapsuleSeconds,
      told: '2026-11-16T01:00:00.000Z',
    });
    expect(capsule?.ids).toHaveLength(1);
  });

  it('reads all of a maildrop', async () => {
    expect((await capsuleOf(fullAccess, null, null))?.account.access).toEqual({ scopes: ['read'], mailboxes: null });
  });

  it('comes from the one that the subscription was made with, and ends with it', async () => {
    const lineage = { ids: ['own', 'before'], expiresAt: now + 60 };
    const capsule = await capsuleOf(fullAccess, lineage);
    expect(capsule?.ids).toEqual([expect.any(String), 'own', 'before']);
    expect([capsule?.expiresAt, capsule?.told]).toEqual([now + 60, '2026-11-16T00:01:00.000Z']);
    expect((await capsuleOf(fullAccess, { ...lineage, expiresAt: now + 86_400 }))?.expiresAt).toBe(
      now + limits.includedCapsuleSeconds,
    );
  });

  it.each([
    [[inbox, archive], inbox, [inbox]],
    [['inbox', 'archive'], inbox, ['inbox']],
    // Whichever mailbox it is that has the role: no wider than the subscription.
    [['inbox', 'archive', mailboxIdOf('Other')], archive, ['archive']],
  ])('is never wider than the subscription: of %j for %j', async (mailboxes, mailboxId, granted) => {
    const capsule = await capsuleOf({ ...fullAccess, mailboxes }, null, mailboxId);
    expect(capsule?.account.access.mailboxes).toEqual(granted);
  });

  it.each([
    ['a mailbox that is not granted', { ...fullAccess, mailboxes: [inbox] }, archive],
    ['who may not read', { scopes: ['subscribe'], mailboxes: null }, inbox],
  ] as const)('is not made for %s', async (_what, access, mailboxId) => {
    expect(await capsuleOf(access, null, mailboxId)).toBeNull();
  });
});
