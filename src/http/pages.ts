/**
 * How does an answer of JSON about somebody's mail leave?
 */
import { varyByAccount } from './streaming.ts';

/** Kept by nobody without asking again, and never shown to another account. */
export const privateAnswer = { 'Cache-Control': 'private, no-cache', Vary: varyByAccount };

/** `Link: <…>; rel="next"` (RFC 8288), relative to the address that was called. */
export function linkToNext(url: string, nextCursor: string | null): Record<string, string> {
  if (nextCursor === null) return {};
  const next = new URL(url);
  next.searchParams.set('cursor', nextCursor);
  return { Link: `<${next.pathname}${next.search}>; rel="next"` };
}
