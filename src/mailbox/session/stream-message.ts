/**
 * A whole message, byte for byte as the server keeps it.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import type { Timings } from '../../core/reply.ts';
import type { Lease } from '../../wire/pool.ts';
import type { MessageName, StreamedMessage } from '../answers.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { streamSection } from './stream-section.ts';

export async function streamMessage(
  lease: Lease<ImapSession>,
  selected: SelectedMailbox,
  { uidValidity, uid }: MessageName,
  onFailure: (failure: MailFailure) => void,
  timings: Timings,
): Promise<Result<StreamedMessage>> {
  if (uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  const stream = await streamSection(lease, { uid, section: '', announced: null }, onFailure, timings);
  return stream.ok ? ok({ body: stream.value }) : stream;
}
