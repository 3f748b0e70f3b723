/**
 * Which parts are the text, which the HTML, and which are attached?
 *
 * The algorithm is RFC 8621 §4.1.4's, so that a message looks here as it looks in any JMAP client.
 */
import { limits } from '../limits.ts';
import type { MimePart, PartHead } from './part.ts';

export interface BodyParts {
  /** In order; may hold HTML or pictures where the message has no plain text for them. */
  readonly textBody: readonly MimePart[];
  readonly htmlBody: readonly MimePart[];
  readonly attachments: readonly MimePart[];
}

/** Where a part stands inside its multipart; the root stands alone in a `mixed`. */
export interface Place {
  /** From 0. */
  readonly index: number;
  /** The subtype of the multipart around it. */
  readonly multipartType: string;
}

interface Lists {
  textBody: MimePart[] | null;
  htmlBody: MimePart[] | null;
  readonly attachments: MimePart[];
}

export function bodiesOf(root: MimePart): BodyParts {
  const textBody: MimePart[] = [];
  const htmlBody: MimePart[] = [];
  const attachments: MimePart[] = [];
  sortParts([root], 'mixed', false, { textBody, htmlBody, attachments });
  return { textBody, htmlBody, attachments };
}

/**
 * True when a reader would show a paper clip. RFC 8621 §4.1.4 leaves out what is `inline`, and allows to leave out
 * pictures that the HTML embeds; a Content-ID without any disposition says that (Outlook writes it so).
 */
export function hasAttachmentOf(root: MimePart): boolean {
  return bodiesOf(root).attachments.some((part) => {
    const isEmbedded = part.disposition === null && part.cid !== null && isMedia(part.type);
    return part.disposition !== 'inline' && !isEmbedded;
  });
}

/** All that is no multipart, in order. */
export const leavesOf = (part: MimePart): readonly MimePart[] =>
  part.children.length === 0 ? [part] : part.children.flatMap(leavesOf);

/**
 * The attached messages whose headers are shown. In base64 they are nothing that a server could look into, and nothing that
 * is allowed (RFC 2046 §5.2.1).
 */
export const embeddedMessages = (root: MimePart): MimePart[] =>
  leavesOf(root).filter(isEmbeddedMessage).slice(0, limits.embeddedMessages);

export const isEmbeddedMessage = ({ type, encoding }: PartHead): boolean =>
  (type === 'message/rfc822' || type === 'message/global') && ['7bit', '8bit', 'binary'].includes(encoding);

/** Which of the two strings are to be made. */
export interface WantedTexts {
  readonly text: boolean;
  readonly html: boolean;
}

const isText = ({ type }: PartHead): boolean => type === 'text/plain' || type === 'text/html';
const isHtml = ({ type }: PartHead): boolean => type === 'text/html';

/** What `text` is made of; what is HTML among it becomes plain text. */
export const partsOfText = ({ textBody }: BodyParts): MimePart[] => textBody.filter(isText);

/** What `html` is made of, when there is any HTML; plain text between it goes along. */
export const partsOfHtml = ({ htmlBody }: BodyParts): MimePart[] =>
  htmlBody.some(isHtml) ? htmlBody.filter(isText) : [];

/** The parts whose bytes `bodyOf` needs, in order. */
export function readableParts(root: MimePart, wanted: WantedTexts): MimePart[] {
  const parts = bodiesOf(root);
  return [...new Set([...(wanted.text ? partsOfText(parts) : []), ...(wanted.html ? partsOfHtml(parts) : [])])];
}

/** Whether `text` is made from HTML, or some of it. */
export const isTextDerived = (parts: BodyParts): boolean => parts.textBody.some(isHtml);

/**
 * How much HTML is read for a text of `maxBodyBytes`. Little of it is text, and what stands in front is none at all: so much is
 * read that there is something to show.
 */
export const htmlBytesForText = (maxBodyBytes: number): number =>
  maxBodyBytes === 0 ? 0 : Math.max(maxBodyBytes, limits.htmlForTextBytes);

function isMedia(type: string): boolean {
  return type.startsWith('image/') || type.startsWith('audio/') || type.startsWith('video/');
}

/** Whether a part is shown with the message rather than attached to it, as far as the part and its place can tell. */
export function isInlinePart(part: PartHead, place: Place): boolean {
  if (part.disposition === 'attachment') return false;
  if (part.type !== 'text/plain' && part.type !== 'text/html' && !isMedia(part.type)) return false;
  // A text part with a file name that does not come first is an attachment, and so is all of a `related` but its first.
  return place.index === 0 || (place.multipartType !== 'related' && (isMedia(part.type) || part.name === null));
}

/** Like the RFC's, a list becomes null inside one branch when that branch turns out to be the other kind. */
function sortParts(parts: readonly MimePart[], multipartType: string, inAlternative: boolean, given: Lists): void {
  const lists = { ...given };
  const textLength = lists.textBody?.length ?? -1;
  const htmlLength = lists.htmlBody?.length ?? -1;
  for (const [index, part] of parts.entries()) {
    if (part.type.startsWith('multipart/')) {
      const subtype = part.type.slice('multipart/'.length);
      sortParts(part.children, subtype, inAlternative || subtype === 'alternative', lists);
    } else if (!isInlinePart(part, { index, multipartType })) {
      lists.attachments.push(part);
    } else if (multipartType === 'alternative') {
      if (part.type === 'text/plain') lists.textBody?.push(part);
      else if (part.type === 'text/html') lists.htmlBody?.push(part);
      else lists.attachments.push(part);
    } else {
      if (inAlternative && part.type === 'text/plain') lists.htmlBody = null;
      if (inAlternative && part.type === 'text/html') lists.textBody = null;
      lists.textBody?.push(part);
      lists.htmlBody?.push(part);
      if ((lists.textBody === null || lists.htmlBody === null) && isMedia(part.type)) lists.attachments.push(part);
    }
  }
  const { textBody, htmlBody } = lists;
  if (multipartType !== 'alternative' || textBody === null || htmlBody === null) return;
  // Only one of the two was found: it stands for both.
  const hasText = textBody.length !== textLength;
  const hasHtml = htmlBody.length !== htmlLength;
  if (hasHtml && !hasText) textBody.push(...htmlBody.slice(htmlLength));
  if (hasText && !hasHtml) htmlBody.push(...textBody.slice(textLength));
}
