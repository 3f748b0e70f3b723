/**
 * When was a message received, as its header tells it?
 *
 * The uppermost Received field is that of the server which took it in last (RFC 5321 §4.4); where there is none, Date says when it was
 * sent, which is the sender's word. Whoever asks decides what to believe.
 */
import { sentAtOf } from './date.ts';
import type { HeaderFields } from './fields.ts';

/** The time in the uppermost Received field, in its own zone: null when it cannot be read, and undefined when there is no such field. */
export function receivedTimeIn(fields: HeaderFields): string | null | undefined {
  const received = fields.first('received');
  if (received === null) return undefined;
  // RFC 5321 §4.4: what follows the last semicolon, of those that are in no comment.
  return sentAtOf(withoutComments(received).split(';').slice(1).at(-1) ?? '');
}

/** The time in Date, in its own zone; null when there is none that can be read. */
export const sentTimeIn = (fields: HeaderFields): string | null =>
  sentAtOf(withoutComments(fields.first('date') ?? ''));

/** By whichever of the two can be read, Received before Date: as ISO 8601 in UTC; null when neither can. */
export function receivedAtIn(fields: HeaderFields): string | null {
  const time = receivedTimeIn(fields) ?? sentTimeIn(fields);
  const utc = time === null ? '' : new Date(time).toISOString();
  // A zone can lead out of the years that four digits tell.
  return /^\d{4}-/.test(utc) ? utc : null;
}

/** RFC 5322 §3.2.2: they nest, and stand anywhere. What is never closed is none. */
function withoutComments(text: string): string {
  const kept: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '(') {
      if (depth === 0) kept.push(text.slice(from, at));
      if (depth === 0) from = at;
      depth += 1;
    } else if (text[at] === ')' && depth > 0) {
      depth -= 1;
      if (depth === 0) from = at + 1;
    }
  }
  return [...kept, text.slice(from)].join(' ');
}
