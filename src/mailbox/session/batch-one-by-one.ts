/**
 * What if a server cannot be asked for many messages at once?
 *
 * Then each takes its own commands, for as long as a caller can be expected to wait. Those that were not begun by then are told
 * so, and nothing was done to them.
 */
import { limits } from '../../core/limits.ts';
import type { Uid } from '../answers.ts';
import type { Batch } from './batch.ts';

export async function oneByOne(batch: Batch, uids: readonly Uid[], work: (uid: Uid) => Promise<void>): Promise<void> {
  const endsAt = Date.now() + limits.batchMs;
  for (const [index, uid] of uids.entries()) {
    if (Date.now() > endsAt) {
      return batch.fail(uids.slice(index), { kind: 'deadline-exceeded', phase: 'queue', limitMs: limits.batchMs });
    }
    await work(uid);
  }
}
