/**
 * What are the text, the HTML and the attachments of a message as JSON? (RFC 8621 §4.1.4)
 *
 * Joins the tree of parts with the bytes of the few that are read. Who fetched those bytes, and by which protocol, does
 * not matter here.
 */
import type { EmailBodies } from '../email.ts';
import type { EmailBodyPart, EmbeddedEmail, PartKind } from '../email-part.ts';
import { bodiesOf, isTextDerived, leavesOf, partsOfHtml, partsOfText, type WantedTexts } from './bodies.ts';
import { cidLinksIn } from './cid-links.ts';
import { unflowed } from './flowed.ts';
import { headersOf } from './header.ts';
import { textOfHtml } from './html-text.ts';
import { isEncrypted, isSigned, kindOf, kindsIn } from './kind.ts';
import type { MimePart } from './part.ts';
import { textOf, truncateHtml, truncateUtf8 } from './text.ts';
import { isKnownEncoding } from './transfer.ts';

/** The transfer-decoded bytes of a text part. `isTruncated`: there are more of them than are here. */
export interface PartBytes {
  readonly bytes: Uint8Array;
  readonly isTruncated: boolean;
}

export interface BodyOptions {
  /** Which strings are to be made; both, if nothing is said. What is not to be made is null. */
  readonly wanted?: WantedTexts;
  /** The header blocks of attached messages, by partId. */
  readonly embedded?: ReadonlyMap<string, Uint8Array>;
}

interface ReadText {
  readonly value: string;
  readonly isCut: boolean;
  readonly isEncodingProblem: boolean;
}

type ReadPart = (part: MimePart) => ReadText;

/**
 * The body half of an Email. `bodies` holds the parts that `readableParts` names, by partId; `text` and `html` have at
 * most `maxBodyBytes` octets of UTF-8 each.
 */
export function bodyOf(
  root: MimePart,
  bodies: ReadonlyMap<string, PartBytes>,
  maxBodyBytes: number,
  { wanted = { text: true, html: true }, embedded = new Map() }: BodyOptions = {},
): EmailBodies {
  const parts = bodiesOf(root);
  const read = readOnce(bodies);
  const text = wanted.text ? joined(partsOfText(parts), '\n', read, plainValue(maxBodyBytes)) : null;
  const html = wanted.html ? joined(partsOfHtml(parts), '', read, htmlValue) : null;
  const cutText = text === null ? null : truncateUtf8(text.value, maxBodyBytes);
  // What was cut while fetching may end inside a tag as well, though it is short enough.
  const cutHtml = html === null ? null : truncateHtml(html.value, maxBodyBytes, html.isCut);
  const made = [text, html].filter((one) => one !== null);
  const kinds = kindsIn(root);
  const bodyPart = (part: MimePart): EmailBodyPart =>
    bodyPartOf(part, kinds.get(part.partId), embeddedOf(embedded.get(part.partId)));
  return {
    text: cutText,
    isTextDerived: isTextDerived(parts),
    html: cutHtml,
    cidLinks: cidLinksOf(cutHtml ?? '', root),
    textBody: parts.textBody.map(bodyPart),
    htmlBody: parts.htmlBody.map(bodyPart),
    attachments: parts.attachments.map(bodyPart),
    isSigned: isSigned(kinds, cutText ?? ''),
    isEncrypted: isEncrypted(kinds, cutText ?? ''),
    isTruncated:
      made.some((one) => one.isCut) || cutText !== (text?.value ?? null) || cutHtml !== (html?.value ?? null),
    isEncodingProblem: made.some((one) => one.isEncodingProblem),
  };
}

/** Null when there is none of these parts. */
function joined(
  parts: readonly MimePart[],
  separator: string,
  read: ReadPart,
  valueIn: (part: MimePart, value: string) => string,
): ReadText | null {
  if (parts.length === 0) return null;
  const texts = parts.map(read);
  return {
    value: parts.map((part, index) => valueIn(part, texts[index]?.value ?? '')).join(separator),
    isCut: texts.some(({ isCut }) => isCut),
    isEncodingProblem: texts.some((text) => text.isEncodingProblem),
  };
}

const plainValue =
  (maxChars: number) =>
  ({ type, flowed }: MimePart, value: string): string => {
    if (type === 'text/html') return textOfHtml(value, maxChars);
    return flowed === undefined ? value : unflowed(value, flowed === 'drop-blanks');
  };

/** A footer that a mailing list adds to HTML is plain text, and is to be seen where the HTML is. */
function htmlValue({ type }: MimePart, value: string): string {
  if (type === 'text/html') return value;
  const escaped = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<div style="white-space: pre-wrap">${escaped}</div>`;
}

/** A part may stand in the text and in the HTML. */
function readOnce(bodies: ReadonlyMap<string, PartBytes>): ReadPart {
  const texts = new Map<MimePart, ReadText>();
  return (part) => {
    const text = texts.get(part) ?? readPart(part, bodies.get(part.partId));
    texts.set(part, text);
    return text;
  };
}

function readPart(part: MimePart, body: PartBytes | undefined): ReadText {
  // A part that was not fetched is a part of which nothing is here.
  if (body === undefined) return { value: '', isCut: part.encodedSize > 0, isEncodingProblem: false };
  const { value, isEncodingProblem } = textOf(body.bytes, part.charset, body.isTruncated);
  return { value, isCut: body.isTruncated, isEncodingProblem: isEncodingProblem || !isKnownEncoding(part.encoding) };
}

function cidLinksOf(html: string, root: MimePart): EmailBodies['cidLinks'] {
  const parts = leavesOf(root);
  return cidLinksIn(html).map((cid) => ({ cid, partId: parts.find((part) => part.cid === cid)?.partId ?? null }));
}

function embeddedOf(header: Uint8Array | undefined): EmbeddedEmail | null {
  if (header === undefined) return null;
  const { subject, from, to, sentAt, messageId } = headersOf(header);
  return { subject, from, to, sentAt, messageId };
}

export function bodyPartOf(
  part: MimePart,
  kind: PartKind | null = kindOf(part),
  message: EmbeddedEmail | null = null,
): EmailBodyPart {
  return {
    partId: part.partId,
    type: part.type,
    // Implied by MIME (RFC 2045 §5.2, RFC 8621 §4.1.4); some IMAP servers say so where the sender said nothing.
    charset: part.charset ?? (part.type.startsWith('text/') ? 'us-ascii' : null),
    name: part.name,
    size: part.decodedSize ?? estimatedSize(part),
    disposition: part.disposition,
    cid: part.cid,
    kind,
    message,
  };
}

/** Base64 comes in lines of 76 characters and CRLF, which carry 57 octets (RFC 2045 §6.8). */
function estimatedSize(part: MimePart): number {
  return part.encoding === 'base64' ? Math.floor((part.encodedSize * 57) / 78) : part.encodedSize;
}
