/**
 * A whole message, byte for byte as the server keeps it.
 */
import { err, type Result } from '../../core/failure.ts';
import { timed } from '../../core/reply.ts';
import type { BytesWish, MessageName, StreamedMessage } from '../answers.ts';
import { fetchOne } from './fetch-one.ts';
import type { SelectedMailbox } from './select.ts';
import { type Source, serve } from './stream-section.ts';
import { atom } from './tokens.ts';

/** Nothing of a message is encoded but its parts. */
const encoding = 'binary';

/**
 * Whether octets are fetched, which are not to be had of a message that is gone. What else is asked a server may answer from what it
 * knew before: Dovecot answers a command that came along with NOOP before it has looked for news.
 */
export const readsOctets = ({ kind }: BytesWish): boolean => kind === 'whole' || kind === 'range';

export async function streamMessage(
  source: Source,
  selected: SelectedMailbox,
  { uidValidity, uid }: MessageName,
  wish: BytesWish,
): Promise<Result<StreamedMessage>> {
  if (uidValidity !== selected.uidValidity) return err({ kind: 'state-gone' });
  // Where octets are fetched at once they tell whether the message is there, and its size comes along.
  const isFetched = wish.kind === 'whole' || (wish.kind === 'range' && source.measure.get() !== null);
  if (isFetched) return serve(source, { uid, section: '', announced: null }, encoding, wish);
  const { session } = source.lease;
  const row = await timed(source.timings, 'fetch', () => fetchOne(session, uid, [atom('RFC822.SIZE')]));
  if (row === null) return err({ kind: 'message-not-found' });
  return serve(source, { uid, section: '', announced: row.size ?? 0 }, encoding, wish);
}
