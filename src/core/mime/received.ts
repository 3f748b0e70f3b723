/**
 * When was a message received, as its header tells it?
 *
 * The uppermost Received field is that of the server which took it in last (RFC 5321 §4.4); where there is none that can be read, Date
 * says when it was sent, which is the sender's word.
 */
import { sentAtOf } from './date.ts';
import { HeaderFields } from './fields.ts';

/** As ISO 8601 in UTC; null when neither field tells. */
export function receivedAtIn(header: Uint8Array): string | null {
  const fields = new HeaderFields(header);
  // RFC 5322 §3.6.7: the time is behind the last semicolon.
  const received = fields.first('received')?.split(';').at(-1) ?? '';
  const moment = sentAtOf(received) ?? sentAtOf(fields.first('date') ?? '');
  return moment === null ? null : new Date(moment).toISOString();
}
