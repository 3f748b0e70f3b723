/**
 * What of a message says to which conversation it belongs? (RFC 5256 §3, REFERENCES)
 *
 * Message-IDs, the subject and the date from its header, as far as they were fetched. Pure.
 */
import { limits } from '../../core/limits.ts';
import { sentAtOf } from '../../core/mime/date.ts';
import { HeaderFields } from '../../core/mime/fields.ts';
import { decodedText } from '../../core/mime/header.ts';
import type { Uid } from '../answers.ts';
import { subjectKeyOf } from './base-subject.ts';

export interface ThreadedMessage {
  readonly uid: Uid;
  /** Null for a message without a valid one. */
  readonly messageId: string | null;
  /** The messages that it goes back to, the oldest first; the last one is the one that it answers. */
  readonly references: readonly string[];
  /** What its subject is about, for comparing; empty when it is about nothing. */
  readonly subject: string;
  /** The sent date (RFC 5256 §2.2), in milliseconds. */
  readonly sentAtMs: number;
}

/** The fields that `threadedMessageOf` reads. */
export const threadingFields = ['Message-ID', 'In-Reply-To', 'References', 'Subject', 'Date'] as const;

/** `receivedAt` stands in for a Date that is missing or none. */
export function threadedMessageOf(uid: Uid, header: Uint8Array, receivedAt: Date): ThreadedMessage {
  const fields = new HeaderFields(header);
  const references = messageIdsIn(fields.first('references') ?? '');
  // In-Reply-To may hold anything, so that only its first id counts, and only where there are no References.
  const answered = references.length > 0 ? references : messageIdsIn(fields.first('in-reply-to') ?? '').slice(0, 1);
  return {
    uid,
    messageId: messageIdsIn(fields.first('message-id') ?? '')[0] ?? null,
    references: fewOf(answered),
    subject: subjectKeyOf(decodedText(fields.first('subject') ?? '')),
    sentAtMs: sentAtMsOf(fields.first('date')) ?? receivedAt.getTime(),
  };
}

/** `<left@right>`, without brackets and white space, and quoted or not alike (RFC 5256 §3: 'normalized'). */
function messageIdsIn(text: string): string[] {
  return [...text.matchAll(/<([^<>]+)>/g)].flatMap(([, inside = '']) => {
    const id = inside.replace(/\s+/g, '');
    const [, quoted, domain = ''] = /^"((?:[^"\\]|\\.)*)"(@.+)$/.exec(id) ?? [];
    const normal = quoted === undefined ? id : quoted.replace(/\\(.)/g, '$1') + domain;
    return /^[^@]+@[^@]+$/.test(normal) ? [normal] : [];
  });
}

/** Where there are too many, the root of the conversation and the nearest ones tell enough. */
function fewOf(ids: readonly string[]): readonly string[] {
  const most = limits.threadReferences;
  return ids.length <= most ? ids : [...ids.slice(0, 1), ...ids.slice(1 - most)];
}

function sentAtMsOf(field: string | null): number | null {
  const sentAt = field === null ? null : sentAtOf(field);
  return sentAt === null ? null : Date.parse(sentAt);
}
