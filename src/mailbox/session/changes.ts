/**
 * What has changed in a mailbox since a state that was given out?
 */
import { err, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { FetchedChanges } from '../answers.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';

/**
 * At most `maxChanges` of them. Without `since`, the state as it is now. Fails with `state-gone` when it cannot be told.
 * The session may come from `select` with `newsCanWait`.
 */
export async function changesSince(
  _session: ImapSession,
  _selected: SelectedMailbox,
  _since: Uint8Array | null,
  _maxChanges: number,
  timings: Timings,
): Promise<Result<FetchedChanges>> {
  return timed(timings, 'fetch', async () => err({ kind: 'unsupported-by-server', feature: 'changes' }));
}
