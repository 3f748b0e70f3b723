/**
 * Which parts are the text, which the HTML, and which are attached?
 *
 * The algorithm is RFC 8621 §4.1.4's, so that a message looks here as it looks in any JMAP client.
 */
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

/** The parts whose bytes `bodyOf` needs. */
export function readableParts(root: MimePart): MimePart[] {
  const { textBody, htmlBody } = bodiesOf(root);
  return [
    ...textBody.filter((part) => part.type === 'text/plain'),
    ...htmlBody.filter((part) => part.type === 'text/html'),
  ];
}

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
