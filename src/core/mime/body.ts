/**
 * What are the text, the HTML and the attachments of a message as JSON? (RFC 8621 §4.1.4)
 *
 * Joins the tree of parts with the bytes of the few that are read. Who fetched those bytes, and by which protocol, does
 * not matter here.
 */
import type { EmailBodies, EmailBodyPart } from '../email.ts';
import { bodiesOf } from './bodies.ts';
import type { MimePart } from './part.ts';
import { textOf, truncateHtml, truncateUtf8 } from './text.ts';
import { isKnownEncoding } from './transfer.ts';

/** The transfer-decoded bytes of a text part. `isTruncated`: there are more of them than are here. */
export interface PartBytes {
  readonly bytes: Uint8Array;
  readonly isTruncated: boolean;
}

interface JoinedText {
  readonly value: string;
  readonly isCut: boolean;
  readonly isEncodingProblem: boolean;
}

/**
 * The body half of an Email. `bodies` holds the parts that `readableParts` names, by partId; `text` and `html` have at
 * most `maxBodyBytes` octets of UTF-8 each. `text` is made of plain text alone and `html` of HTML alone: neither is
 * derived from the other.
 */
export function bodyOf(root: MimePart, bodies: ReadonlyMap<string, PartBytes>, maxBodyBytes: number): EmailBodies {
  const { textBody, htmlBody, attachments } = bodiesOf(root);
  const text = joinParts(textBody, 'text/plain', '\n', bodies);
  const html = joinParts(htmlBody, 'text/html', '', bodies);
  const textValue = text === null ? null : truncateUtf8(text.value, maxBodyBytes);
  // What was cut while fetching may end inside a tag as well, though it is short enough.
  const htmlValue = html === null ? null : truncateHtml(html.value, maxBodyBytes, html.isCut);
  const parts = [text, html].filter((part) => part !== null);
  return {
    text: textValue,
    html: htmlValue,
    textBody: textBody.map(bodyPartOf),
    htmlBody: htmlBody.map(bodyPartOf),
    attachments: attachments.map(bodyPartOf),
    isTruncated:
      parts.some((part) => part.isCut) || textValue !== (text?.value ?? null) || htmlValue !== (html?.value ?? null),
    isEncodingProblem: parts.some((part) => part.isEncodingProblem),
  };
}

/** Null when no part is of that type. */
function joinParts(
  parts: readonly MimePart[],
  type: string,
  separator: string,
  bodies: ReadonlyMap<string, PartBytes>,
): JoinedText | null {
  const wanted = parts.filter((part) => part.type === type);
  if (wanted.length === 0) return null;
  const read = wanted.map((part) => readPart(part, bodies.get(part.partId)));
  return {
    value: read.map((part) => part.value).join(separator),
    isCut: read.some((part) => part.isCut),
    isEncodingProblem: read.some((part) => part.isEncodingProblem),
  };
}

function readPart(part: MimePart, body: PartBytes | undefined): JoinedText {
  // A part that was not fetched is a part of which nothing is here.
  if (body === undefined) return { value: '', isCut: part.encodedSize > 0, isEncodingProblem: false };
  const { value, isEncodingProblem } = textOf(body.bytes, part.charset, body.isTruncated);
  return { value, isCut: body.isTruncated, isEncodingProblem: isEncodingProblem || !isKnownEncoding(part.encoding) };
}

export function bodyPartOf(part: MimePart): EmailBodyPart {
  return {
    partId: part.partId,
    type: part.type,
    // Implied by MIME (RFC 2045 §5.2, RFC 8621 §4.1.4); some IMAP servers say so where the sender said nothing.
    charset: part.charset ?? (part.type.startsWith('text/') ? 'us-ascii' : null),
    name: part.name,
    size: part.decodedSize ?? estimatedSize(part),
    disposition: part.disposition,
    cid: part.cid,
  };
}

/** Base64 comes in lines of 76 characters and CRLF, which carry 57 octets (RFC 2045 §6.8). */
function estimatedSize(part: MimePart): number {
  return part.encoding === 'base64' ? Math.floor((part.encodedSize * 57) / 78) : part.encodedSize;
}
