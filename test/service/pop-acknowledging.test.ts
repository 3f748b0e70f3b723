/**
 * `POST /v1/pop/downloads/ack` over a real server: exactly what was acknowledged goes, and nothing else.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { parseKeyring, seal } from '../../src/core/seal.ts';
import { uidlDigest } from '../../src/maildrop/rules.ts';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { encrypted, letter } from '../support/mail.ts';
import { digestsIn, sha256Of } from '../support/maildir.ts';
import { downloaded } from '../support/pop-client.ts';
import { popStage } from '../support/pop-stage.ts';
import { type Caller, startPostern, testKey } from '../support/postern.ts';

const stage = popStage();
const letters = [letter('one'), letter('two'), letter('three')];
const path = '/v1/pop/downloads/ack';

const acknowledged = (caller: Caller, body: unknown) => stage.postern.json(AcknowledgedSchema, caller, path, { body });
const onDisk = ({ user }: Caller) => digestsIn(stage.host.dovecot.maildir(user));

async function receiptOf(caller: Caller): Promise<string> {
  return (await downloaded(stage.postern, caller)).receipt?.receipt ?? 'none';
}

describe.each(encrypted)('over %s', (security) => {
  it('deletes what was downloaded, and neither what was not nor what came later', async () => {
    const caller = await stage.callerWith(letters, security);
    const { receipt } = await downloaded(stage.postern, caller, { limit: 2 });
    await stage.deliver(caller, letter('later'));
    expect(await acknowledged(caller, { receipt: receipt?.receipt })).toEqual({
      deleted: 2,
      alreadyGone: 0,
      notDeleted: [],
    });
    expect(await onDisk(caller)).toEqual([letter('three'), letter('later')].map(sha256Of));
  });

  it('deletes nothing else when a receipt is sent twice', async () => {
    const caller = await stage.callerWith(letters, security);
    const receipt = await receiptOf(caller);
    await stage.deliver(caller, letter('later'));
    expect(await acknowledged(caller, { receipt })).toEqual({ deleted: 3, alreadyGone: 0, notDeleted: [] });
    expect(await acknowledged(caller, { receipt })).toEqual({ deleted: 0, alreadyGone: 3, notDeleted: [] });
    expect(await onDisk(caller)).toEqual([sha256Of(letter('later'))]);
  });

  it('deletes only the messages that ids names', async () => {
    const caller = await stage.callerWith(letters, security);
    const { messages, receipt } = await downloaded(stage.postern, caller);
    const ids = [messages[1]?.id];
    expect(await acknowledged(caller, { receipt: receipt?.receipt, ids })).toEqual({
      deleted: 1,
      alreadyGone: 0,
      notDeleted: [],
    });
    expect(await onDisk(caller)).toEqual([letters[0], letters[2]].map((bytes) => sha256Of(bytes ?? new Uint8Array())));
    expect(await acknowledged(caller, { receipt: receipt?.receipt })).toEqual({
      deleted: 2,
      alreadyGone: 1,
      notDeleted: [],
    });
    expect(await onDisk(caller)).toEqual([]);
  });
});

describe('of three messages that wait', () => {
  let caller: Caller;
  beforeEach(async () => {
    caller = await stage.callerWith(letters);
  });
  const refused = async (kind: string, receipt: string, by = caller) => {
    const problem = await stage.postern.problem(kind, by, path, { body: { receipt } });
    expect(await onDisk(caller)).toEqual(letters.map(sha256Of));
    return problem;
  };

  it('deletes none when ids is empty', async () => {
    expect(await acknowledged(caller, { receipt: await receiptOf(caller), ids: [] })).toEqual({
      deleted: 0,
      alreadyGone: 0,
      notDeleted: [],
    });
    expect(await onDisk(caller)).toHaveLength(3);
  });

  it('deletes none when ids names a message that the receipt does not cover, and says which', async () => {
    const { messages } = await downloaded(stage.postern, caller);
    const { receipt } = await downloaded(stage.postern, caller, { limit: 1 });
    const ids = messages.map(({ id }) => id);
    const body = { receipt: receipt?.receipt, ids: [...ids, 'no id'] };
    const problem = await stage.postern.problem('request-invalid', caller, path, { body });
    expect(problem.errors?.map(({ field }) => field)).toEqual(['ids.1', 'ids.2', 'ids.3']);
    expect(await onDisk(caller)).toHaveLength(3);
  });

  it('refuses the receipt of another account, for both of them', async () => {
    const other = await stage.callerWith([letter('theirs')]);
    const receipt = await receiptOf(other);
    expect((await refused('receipt-invalid', receipt)).status).toBe(400);
    expect(await onDisk(other)).toHaveLength(1);
    await refused('receipt-invalid', await receiptOf(caller), other);
    expect(await onDisk(other)).toHaveLength(1);
  });

  it('refuses a receipt that was changed in any of its parts', async () => {
    const receipt = await receiptOf(caller);
    for (const [index, part] of receipt.split('.').entries()) {
      const at = Math.floor(part.length / 2);
      const changed = receipt
        .split('.')
        .with(index, `${part.slice(0, at)}${part[at] === 'A' ? 'B' : 'A'}${part.slice(at + 1)}`);
      await refused('receipt-invalid', changed.join('.'));
    }
    for (const other of ['x', `${receipt}A`, receipt.slice(0, -1), receipt.replaceAll('.', '')]) {
      await refused('receipt-invalid', other);
    }
  });

  it('refuses a receipt that has expired', async () => {
    const { messages } = await downloaded(stage.postern, caller, { limit: 1 });
    const now = Math.floor(Date.now() / 1000);
    const sealed = await sealedReceipt(caller, messages[0]?.uidl ?? '', now - 1);
    expect((await refused('receipt-expired', sealed)).status).toBe(410);
    // The same one, not expired, is good: so it was its age that was refused.
    const receipt = await sealedReceipt(caller, messages[0]?.uidl ?? '', now + 60);
    expect(await acknowledged(caller, { receipt })).toEqual({ deleted: 1, alreadyGone: 0, notDeleted: [] });
  });

  it('takes a receipt that was sealed with an older key that is still there', async () => {
    const postern = await startPostern({
      trustedCertificates: [stage.host.dovecot.ca],
      variables: { CAPSULE_KEYS: `new:${Buffer.alloc(32, 9).toString('base64url')},${testKey}` },
    });
    try {
      const body = { receipt: await receiptOf(caller) };
      expect(await postern.json(AcknowledgedSchema, caller, path, { body })).toMatchObject({ deleted: 3 });
    } finally {
      await postern.stop();
    }
  });

  it('refuses what was sealed for another purpose or with another key', async () => {
    const { messages } = await downloaded(stage.postern, caller, { limit: 1 });
    const uidl = messages[0]?.uidl ?? '';
    const tomorrow = Math.floor(Date.now() / 1000) + 86_400;
    await refused('receipt-invalid', await sealedReceipt(caller, uidl, tomorrow, 'account'));
    const otherKey = `test:${Buffer.alloc(32, 8).toString('base64url')}`;
    await refused('receipt-invalid', await sealedReceipt(caller, uidl, tomorrow, 'receipt', otherKey));
  });
});

async function sealedReceipt(
  { user, mailServer }: Caller,
  uidl: string,
  expiresAt: number,
  purpose: 'receipt' | 'account' = 'receipt',
  keys = testKey,
): Promise<string> {
  const keyring = parseKeyring(keys);
  if (keyring === null) throw new Error('The key of the tests is no key');
  const port = Number(new URL(mailServer).port);
  return seal(keyring, purpose, ['pop3', 'localhost', port, 'tls', user], expiresAt, await uidlDigest(uidl));
}
