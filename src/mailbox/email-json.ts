/**
 * How does what the server told about a message become its JSON?
 */
import { hasAttachmentOf } from '../core/mime/bodies.ts';
import { bodyOf } from '../core/mime/email.ts';
import { headersOf } from '../core/mime/header.ts';
import type { MimePart } from '../core/mime/part.ts';
import { decodeTransfer } from '../core/mime/transfer.ts';
import type { FetchedEmail, FetchedMessage } from './answers.ts';
import { keywordsOf, labelsOf, messageIdOf } from './rules.ts';

/** What a listing shows, as far as it was fetched. */
export function summaryOf(email: FetchedEmail, uidValidity: number, mailboxId: string) {
  return {
    id: messageIdOf({ uidValidity, uid: email.uid }),
    mailboxIds: { [mailboxId]: true as const },
    keywords: keywordsOf(email.flags),
    size: email.size,
    receivedAt: email.receivedAt.toISOString(),
    ...(email.header === null ? {} : headersOf(email.header)),
    ...(email.labels === undefined ? {} : { labels: labelsOf(email.labels) }),
    ...(email.structure === null ? {} : { hasAttachment: hasAttachmentOf(email.structure) }),
  };
}

/** The whole message. `bodies` come as transferred; a part that was cut decodes as far as it goes. */
export function emailOf(message: FetchedMessage, uidValidity: number, mailboxId: string, maxBodyBytes: number) {
  const encodings = new Map(leavesOf(message.structure).map(({ partId, encoding }) => [partId, encoding]));
  const bodies = new Map(
    [...message.bodies].map(([partId, { bytes, isTruncated }]) => [
      partId,
      { bytes: decodeTransfer(bytes, encodings.get(partId) ?? '7bit', isTruncated), isTruncated },
    ]),
  );
  return {
    ...summaryOf(message, uidValidity, mailboxId),
    ...bodyOf(message.structure, bodies, maxBodyBytes),
  };
}

const leavesOf = (part: MimePart): readonly MimePart[] =>
  part.children.length === 0 ? [part] : part.children.flatMap(leavesOf);
