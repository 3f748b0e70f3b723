/**
 * One part of a message, as transferred. Decoding is the gateway's work: it scales out, this does not.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { Lease } from '../../wire/pool.ts';
import type { MessageName, StreamedPart } from '../answers.ts';
import { fetchOne } from './fetch-one.ts';
import type { SelectedMailbox } from './select.ts';
import type { ImapSession } from './session.ts';
import { streamSection } from './stream-section.ts';
import { isPartId, leafOf, mimePartOf, sectionOf } from './structure.ts';
import { atom } from './tokens.ts';

export async function streamPart(
  lease: Lease<ImapSession>,
  selected: SelectedMailbox,
  { uidValidity, uid }: MessageName,
  partId: string,
  onFailure: (failure: MailFailure) => void,
  timings: Timings,
): Promise<Result<StreamedPart>> {
  if (!isPartId(partId)) return err({ kind: 'part-not-found' });
  if (uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  const row = await timed(timings, 'fetch', () => fetchOne(lease.session, uid, [atom('BODYSTRUCTURE')]));
  if (row === null) return err({ kind: 'message-not-found' });
  const root = row.bodyStructure === undefined ? null : mimePartOf(row.bodyStructure);
  const part = root === null ? null : leafOf(root, partId);
  if (root === null || part === null) return err({ kind: 'part-not-found' });
  const section = { uid, section: sectionOf(root, part), announced: part.encodedSize };
  const stream = await streamSection(lease, section, onFailure, timings);
  return stream.ok ? ok({ part, body: stream.value }) : stream;
}
