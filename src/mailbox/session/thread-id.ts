/**
 * What does the server call the conversation that a message belongs to? (OBJECTID, RFC 8474; Gmail's X-GM-THRID)
 */
import type { FetchMessageObject } from './imapflow.ts';
import type { ImapSession } from './session.ts';

/** What FETCH and SEARCH call it. */
export type ThreadIdItem = 'THREADID' | 'X-GM-THRID';

/** Null where the server has no names for conversations. */
export const threadIdItemOf = (session: ImapSession): ThreadIdItem | null =>
  session.has('OBJECTID') ? 'THREADID' : session.has('X-GM-EXT-1') ? 'X-GM-THRID' : null;

/** RFC 8474 §7, `objectid`; Gmail's are numbers. Null for NIL and for what is none. */
export function threadIdIn({ threadId }: FetchMessageObject): string | null {
  return typeof threadId === 'string' && /^[\w-]{1,255}$/.test(threadId) ? threadId : null;
}
