/**
 * How do ids, cursors and keywords stand for what IMAP calls paths, UIDs and flags?
 *
 * Pure: no I/O, no clock. Nothing is looked up: an id holds all that is needed to resolve it.
 */
import { createHash } from 'node:crypto';
import { base64url } from 'jose';
import {
  type Expected,
  type MailboxName,
  type MessageName,
  type MessageState,
  roles,
  type ThreadName,
  type Uid,
} from './answers.ts';

/** No role and no other id begins like this, so that a path can be called what it wants. */
const pathPrefix = 'mb_';

export const mailboxIdOf = (path: string): string => pathPrefix + base64url.encode(new TextEncoder().encode(path));

/** What a mailbox id or a role names; null when it is neither. */
export function mailboxNameOf(id: string): MailboxName | null {
  const role = roles.find((known) => known === id);
  if (role !== undefined) return { role };
  const path = pathOf(id);
  // CR, LF and NUL cannot be in a path; they would end the command that names it.
  return path === null || path === '' || /[\r\n\0]/.test(path) ? null : { path };
}

function pathOf(id: string): string | null {
  if (!id.startsWith(pathPrefix) || id.length > 4096) return null;
  try {
    const path = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      base64url.decode(id.slice(pathPrefix.length)),
    );
    return mailboxIdOf(path) === id ? path : null;
  } catch {
    return null;
  }
}

export const messageIdOf = ({ uidValidity, uid }: { readonly uidValidity: number; readonly uid: number }): string =>
  `${uidValidity}.${uid}`;

/** RFC 9051 §2.3.1.1: both are numbers of 32 bits, and a UID is never 0. */
export function messageNameOf(id: string): MessageName | null {
  const [, validity, uid] = /^(0|[1-9]\d{0,9})\.([1-9]\d{0,9})$/.exec(id) ?? [];
  const name = { uidValidity: Number(validity), uid: Number(uid) as Uid };
  return name.uidValidity <= 0xffffffff && name.uid <= 0xffffffff ? name : null;
}

/**
 * The conversation that an id names; null when it is none. What the server calls it (RFC 8474 §7: no dot is in it), or a message
 * of it: it has the id of its oldest one where the server has no name for it.
 */
export function threadNameOf(id: string): ThreadName | null {
  const message = messageNameOf(id);
  if (message !== null) return { message };
  return /^[\w-]{1,255}$/.test(id) ? { threadId: id } : null;
}

/** The keywords of RFC 8621 §4.1.1 that are system flags in IMAP. `\Recent` is the server's and of no use to anybody. */
const systemFlags = new Map([
  ['$seen', '\\Seen'],
  ['$flagged', '\\Flagged'],
  ['$answered', '\\Answered'],
  ['$draft', '\\Draft'],
  ['$deleted', '\\Deleted'],
]);
const keywordOfSystemFlag = new Map([...systemFlags].map(([keyword, flag]) => [flag.toLowerCase(), keyword]));

/** `{"$seen": true}`, as RFC 8621 writes it: keywords in lower case, each true. */
export function keywordsOf(flags: readonly string[]): Record<string, true> {
  const keywords: Record<string, true> = {};
  for (const flag of flags) {
    const keyword = flag.startsWith('\\') ? keywordOfSystemFlag.get(flag.toLowerCase()) : flag.toLowerCase();
    if (keyword !== undefined) keywords[keyword] = true;
  }
  return keywords;
}

/** 1 to 255 characters, none of which ends an atom (RFC 8621 §4.1.1, RFC 9051 §9). */
export const isKeyword = (text: string): boolean => /^[!#$&'+,\-./0-9:;<=>?@A-Z^_`a-z|~]{1,255}$/.test(text);

export const flagOf = (keyword: string): string => systemFlags.get(keyword.toLowerCase()) ?? keyword;

/** Gmail's labels in the same form, whatever they are called. */
export const labelsOf = (labels: readonly string[]): Record<string, true> =>
  Object.fromEntries(labels.map((label) => [label, true]));

/** Gmail's own ones (`\\Inbox`), and names of mailboxes: whatever can be sent. */
export const isLabel = (text: string): boolean => /^[^\p{Cc}]{1,225}$/u.test(text);

/** What a patch sets and takes away. */
export function changeIn(patch: Readonly<Record<string, true | null>> = {}) {
  const names = (wanted: true | null): string[] =>
    Object.entries(patch).flatMap(([name, value]) => (value === wanted ? [name] : []));
  return { add: names(true), remove: names(null) };
}

/** The flags that a patch of keywords sets and takes away. */
export function flagChangeOf(keywords?: Readonly<Record<string, true | null>>) {
  const { add, remove } = changeIn(keywords);
  return { add: add.map(flagOf), remove: remove.map(flagOf) };
}

/**
 * The ETag of a message: it changes with its flags and with nothing else, as nothing else of a message can change. Where
 * the server counts changes it is that count, so that a flag that was set and taken away again is noticed too.
 */
export function stateTagOf({ flags, modseq }: MessageState): string {
  if (modseq !== null) return `"m${modseq}"`;
  // `\Recent` says something about a session, not about the message (RFC 3501 §2.3.2).
  const kept = flags.map((flag) => flag.toLowerCase()).filter((flag) => flag !== '\\recent');
  const text = [...new Set(kept)].sort().join(' ');
  return `"f${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}

/** What an `If-Match` header asks for (RFC 9110 §13.1.1); null when it is malformed. A weak tag matches nothing. */
export function expectedOf(ifMatch: string): Expected | null {
  if (ifMatch.trim() === '*') return 'any';
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (!tags.every((tag) => /^(?:W\/)?"[!#-~\x80-\xff]*"$/.test(tag))) return null;
  return tags.filter((tag) => !tag.startsWith('W/'));
}
