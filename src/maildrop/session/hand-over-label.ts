/**
 * What can be told of a message before anybody has seen it: by what name may it be found, and since when is it there?
 *
 * Pure. What cannot be told for certain is not told: whoever takes the message in has other means.
 */

import { sentAtOf } from '../../core/mime/date.ts';
import { HeaderFields } from '../../core/mime/fields.ts';
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

/** RFC 5321 §4.4: the uppermost Received is of the server that took it in, and its date is behind the last semicolon. */
function receivedAtIn(fields: HeaderFields): string | null {
  const received = fields.first('received')?.split(';').at(-1) ?? '';
  const at = sentAtOf(received) ?? sentAtOf(fields.first('date') ?? '');
  const utc = at === null ? '' : new Date(at).toISOString();
  // A zone can lead out of the years that four digits tell.
  return /^\d{4}-/.test(utc) ? utc : null;
}
