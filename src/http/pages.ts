/**
 * How does an answer of JSON about somebody's mail leave?
 */
import { Failed } from '../core/failure.ts';
import { varyByAccount } from './streaming.ts';

/** Kept by nobody without asking again, and never shown to another account. */
export const privateAnswer = { 'Cache-Control': 'private, no-cache', Vary: varyByAccount };

/** Kept by nobody at all: what is told of here changes by itself. */
export const unkeptAnswer = { 'Cache-Control': 'private, no-store', Vary: varyByAccount };

/** `Link: <…>; rel="next"` (RFC 8288), relative to the address that was called. */
export function linkToNext(url: string, nextCursor: string | null): Record<string, string> {
  if (nextCursor === null) return {};
  const next = new URL(url);
  next.searchParams.set('cursor', nextCursor);
  return { Link: `<${next.pathname}${next.search}>; rel="next"` };
}

/** What a cursor names: it is the id of the last message that was seen. Null when there is no cursor. */
export function namedByCursor<Name>(cursor: string | undefined, nameOf: (id: string) => Name | null): Name | null {
  if (cursor === undefined) return null;
  const name = nameOf(cursor);
  if (name !== null) return name;
  const message = 'Give the nextCursor of the page before, as it came.';
  throw new Failed({ kind: 'request-invalid', errors: [{ in: 'query', field: 'cursor', message }] });
}
