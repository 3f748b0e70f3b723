/**
 * One part of a message, as transferred. Decoding is the gateway's work: it scales out, this does not.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import { timed } from '../../core/reply.ts';
import type { BytesWish, MessageName, StreamedPart } from '../answers.ts';
import { fetchOne } from './fetch-one.ts';
import type { SelectedMailbox } from './select.ts';
import { type Source, serve } from './stream-section.ts';
import { isPartId, leafOf, mimePartOf, sectionOf } from './structure.ts';
import { atom } from './tokens.ts';

export async function streamPart(
  source: Source,
  selected: SelectedMailbox,
  { uidValidity, uid }: MessageName,
  partId: string,
  wish: BytesWish,
): Promise<Result<StreamedPart>> {
  if (!isPartId(partId)) return err({ kind: 'part-not-found' });
  if (uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  const { session } = source.lease;
  const row = await timed(source.timings, 'fetch', () => fetchOne(session, uid, [atom('BODYSTRUCTURE')]));
  if (row === null) return err({ kind: 'message-not-found' });
  const root = row.bodyStructure === undefined ? null : mimePartOf(row.bodyStructure);
  const part = root === null ? null : leafOf(root, partId);
  if (root === null || part === null) return err({ kind: 'part-not-found' });
  const section = { uid, section: sectionOf(root, part), announced: part.encodedSize };
  const served = await serve(source, section, part.encoding, wish);
  return served.ok ? ok({ part, ...served.value }) : served;
}
