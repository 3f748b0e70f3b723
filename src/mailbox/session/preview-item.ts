/**
 * What does a row of FETCH say that its message begins with? (PREVIEW, RFC 8970 §3)
 *
 * imapflow has no place for it in the rows that it makes, so it is taken from the response itself. Pure.
 */
import type { FetchMessageObject, ImapResponse } from './imapflow.ts';
import { listIn, textIn } from './token-values.ts';

/** The row with it, if `response` has one that says something. Cyrus announces PREVIEW, and answers NIL for every message (ran). */
export function withPreviewItem(row: FetchMessageObject, { attributes = [] }: ImapResponse): FetchMessageObject {
  const items = listIn(attributes[1]);
  const at = items.findIndex((token, index) => index % 2 === 0 && textIn(token)?.toUpperCase() === 'PREVIEW');
  const preview = at < 0 ? null : textIn(items[at + 1]);
  return preview === null || preview === '' ? row : Object.assign(row, { preview });
}

/** Null when the row does not tell. */
export function previewIn(row: FetchMessageObject): string | null {
  const preview: unknown = Reflect.get(row, 'preview');
  return typeof preview === 'string' ? preview : null;
}
