/**
 * What does the text of a message begin with? (RFC 8621 §4.1.4, `preview`)
 *
 * One line for a list: what the author has written, without what is quoted, and without what nobody can see. It is somebody else's
 * text: nothing in it can turn the line around or hide the rest of it.
 */

import { wordsOfHtml } from './html-words.ts';
import type { MimePart } from './part.ts';
import { textOf } from './text.ts';
import { decodeTransfer } from './transfer.ts';

/** RFC 8621 §4.1.4: characters, not octets and not UTF-16 units. */
const mostChars = 256;

/** From the first octets of a text part, as transferred. `isCut`: there are more of them. */
export function previewOf(part: MimePart, bytes: Uint8Array, isCut: boolean): string {
  const { value } = textOf(decodeTransfer(bytes, part.encoding, isCut), part.charset, isCut);
  return part.type === 'text/html' ? previewOfText(wordsOfHtml(value)) : previewOfText(withoutQuotes(value));
}

/** Of what somebody else has found out the text begins with. */
export function previewOfText(text: string): string {
  return withinChars(text.replace(unseen, '').replace(strayJoiner, '').replace(/\s+/g, ' ').trim());
}

/** A joiner makes two letters or two pictures what they are; anywhere else it is used to hide, or to fill. */
const strayJoiner =
  /(?<!\p{L}|\p{M}|\p{Extended_Pictographic}|\p{EMod}|\ufe0f)[\u200c\u200d]|[\u200c\u200d](?!\p{L}|\p{Extended_Pictographic})/gu;

/**
 * What has no shape of its own, and what gives its shape to others against their will: controls, marks that turn the direction of
 * writing, fillers. Not joiners, and not what chooses between the shapes of a picture.
 */
const unseen =
  /(?![\t\n\r\f\u0085])\p{Cc}|(?!\u200c|\u200d|\ufe0e|\ufe0f)[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Without lines that begin with `>`, the line that says whose they are, and the signature; as it is when that is all there is. */
function withoutQuotes(text: string): string {
  const [body = ''] = text.split(/^-- $/m);
  const lines = body.split('\n').map((line) => line.trim());
  const own = lines.filter((line, index) => !line.startsWith('>') && !introducesQuote(lines, index));
  const left = own.join('\n');
  return left.trim() === '' ? text.replace(/^[>\s]+/gm, '') : left;
}

/** `On Monday Ada wrote:`, right before what she wrote. */
function introducesQuote(lines: readonly string[], index: number): boolean {
  if (lines[index]?.endsWith(':') !== true) return false;
  const next = lines[index + 1] === '' ? lines[index + 2] : lines[index + 1];
  return next?.startsWith('>') === true;
}

/** Nothing that is seen as one character is cut in two, unless it alone is too long. */
function withinChars(line: string): string {
  // Twice as many UTF-16 units are enough for all that can be left.
  const chars = Array.from(line.slice(0, 2 * mostChars + 2));
  if (chars.length <= mostChars) return line;
  const most = chars.slice(0, mostChars).join('').length;
  let end = 0;
  for (const { index, segment } of new Intl.Segmenter().segment(chars.join(''))) {
    if (index + segment.length > most) break;
    end = index + segment.length;
  }
  return line.slice(0, end === 0 ? most : end).trimEnd();
}
