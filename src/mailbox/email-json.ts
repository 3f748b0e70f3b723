/**
 * How does what the server told about a message become its JSON?
 */
import { hasAttachmentOf, leavesOf } from '../core/mime/bodies.ts';
import { bodyOf } from '../core/mime/email.ts';
import { headersOf } from '../core/mime/header.ts';
import { requestedHeaders } from '../core/mime/header-forms.ts';
import { previewOf, previewOfText } from '../core/mime/preview.ts';
import { decodeTransfer } from '../core/mime/transfer.ts';
import { neededFor } from '../core/needed.ts';
import type { FetchedEmail, FetchedMessage, FetchedPreview } from './answers.ts';
import { keywordsOf, labelsOf, messageIdOf } from './rules.ts';

/** What a listing shows, as far as it was fetched. `fields`: what was asked for, when not everything was. */
export function summaryOf(email: FetchedEmail, uidValidity: number, mailboxId: string, fields?: readonly string[]) {
  return {
    id: messageIdOf({ uidValidity, uid: email.uid }),
    ...(email.threadId === null ? {} : { threadId: email.threadId }),
    mailboxIds: { [mailboxId]: true as const },
    keywords: keywordsOf(email.flags),
    size: email.size,
    receivedAt: email.receivedAt.toISOString(),
    ...(email.header === null ? {} : { ...headersOf(email.header), ...requestedHeaders(email.header, fields) }),
    ...(email.labels === undefined ? {} : { labels: labelsOf(email.labels) }),
    ...(email.structure === null ? {} : { hasAttachment: hasAttachmentOf(email.structure) }),
    ...(email.preview === null ? {} : { preview: previewTextOf(email.preview) }),
  };
}

const previewTextOf = (preview: FetchedPreview): string =>
  'text' in preview ? previewOfText(preview.text) : previewOf(preview.part, preview.bytes, preview.isTruncated);

/** The whole message. `bodies` come as transferred; a part that was cut decodes as far as it goes. */
export function emailOf(
  message: FetchedMessage,
  uidValidity: number,
  mailboxId: string,
  maxBodyBytes: number,
  fields?: readonly string[],
) {
  const summary = summaryOf(message, uidValidity, mailboxId, fields);
  const { structure, embedded } = message;
  if (structure === null) return summary;
  const encodings = new Map(leavesOf(structure).map(({ partId, encoding }) => [partId, encoding]));
  const bodies = new Map(
    [...message.bodies].map(([partId, { bytes, isTruncated }]) => [
      partId,
      { bytes: decodeTransfer(bytes, encodings.get(partId) ?? '7bit', isTruncated), isTruncated },
    ]),
  );
  return { ...summary, ...bodyOf(structure, bodies, maxBodyBytes, { wanted: neededFor(fields), embedded }) };
}
