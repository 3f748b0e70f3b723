/**
 * Copies of many messages in another mailbox.
 */
import type { Batch } from './batch.ts';
import { oneByOne } from './batch-one-by-one.ts';
import { transferSet } from './batch-transfer.ts';
import { copyTo } from './copy-message.ts';
import type { GrantedPath } from './granted-path.ts';

/** One by one where the server does not tell which were copied. */
export async function copyAll(batch: Batch, to: GrantedPath): Promise<void> {
  const { session, before } = batch;
  const uids = [...before.keys()];
  if (!session.has('UIDPLUS')) {
    return oneByOne(batch, uids, async (uid) => {
      const copied = await copyTo(session, uid, to);
      if (copied.ok) batch.copied(uid, copied.value);
      else batch.fail([uid], copied.failure);
    });
  }
  const { copies, left, refusal } = await transferSet(session, 'UID COPY', uids, to);
  for (const uid of uids) {
    const message = copies.get(uid);
    if (message !== undefined) batch.copied(uid, { mailboxPath: to, message });
    // With UIDPLUS silence about a message means that it was not copied (RFC 4315 §3).
    else batch.fail([uid], left.has(uid) ? refusal : { kind: 'message-not-found' });
  }
}
