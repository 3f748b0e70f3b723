/**
 * What can be told of a message before anybody has seen it: by what name may it be found, and since when is it there?
 *
 * Pure. What cannot be told for certain is not told: whoever takes the message in has other means.
 */
import { HeaderFields } from '../../core/mime/fields.ts';
import { receivedAtIn } from '../../core/mime/received.ts';
import type { Parcel } from '../../core/parcel.ts';

/** `head`: the message, or as much of its beginning as is looked at. */
export function labelOf(head: Uint8Array): Pick<Parcel, 'messageId' | 'receivedAt'> {
  const fields = new HeaderFields(head);
  return { messageId: messageIdIn(fields), receivedAt: receivedAtIn(fields) };
}

/** RFC 5322 §3.6.4. Only what a search finds as it is written: ASCII in one piece. */
function messageIdIn(fields: HeaderFields): string | null {
  const values = fields.all('message-id');
  const [only = ''] = values;
  return values.length === 1 && /^<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>$/.test(only) ? only : null;
}
