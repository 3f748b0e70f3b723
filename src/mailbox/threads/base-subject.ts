/**
 * What is a subject without what replying and forwarding adds to it? (RFC 5256 §2.1)
 *
 * `Re: [list] Fwd: Minutes (fwd)` is about `Minutes`. In time that grows with its length, whatever is in it: a subject is
 * somebody else's text. Pure.
 */

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Of a decoded subject. Empty when nothing is left of it. */
export function baseSubjectOf(subject: string): string {
  const text = subject.replace(/\s+/g, ' ');
  let span: Span = { start: 0, end: text.length };
  for (;;) {
    span = withoutTrailers(text, span);
    span = withoutLeaders(text, span);
    const isForward = text[span.end - 1] === ']' && isAt(text, span.start, '[fwd:') && span.end - span.start > 5;
    if (!isForward) return text.slice(span.start, span.end);
    span = { start: span.start + '[fwd:'.length, end: span.end - 1 };
  }
}

/**
 * The same for comparing (RFC 5051, i;unicode-casemap): without case and in one normal form. A letter that has several for a
 * capital stays as it is.
 */
export function subjectKeyOf(subject: string): string {
  const base = baseSubjectOf(subject);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (/^[\x00-\x7f]*$/.test(base)) return base.toUpperCase();
  const capitals = Array.from(base, (letter) => {
    const capital = letter.toUpperCase();
    return [...capital].length === 1 ? capital : letter;
  });
  return capitals.join('').normalize('NFKD');
}

/** `subj-trailer`: spaces and `(fwd)`. */
function withoutTrailers(text: string, { start, end }: Span): Span {
  let last = end;
  for (;;) {
    if (last > start && text[last - 1] === ' ') last -= 1;
    else if (last - start >= 5 && isAt(text, last - 5, '(fwd)')) last -= 5;
    else return { start, end: last };
  }
}

/** `subj-leader` and, as long as something is left, `subj-blob`. */
function withoutLeaders(text: string, { start, end }: Span): Span {
  let first = start;
  for (;;) {
    while (first < end && text[first] === ' ') first += 1;
    const blobs = blobsAt(text, first, end);
    const afterMark = afterReplyMark(text, blobs.end, end);
    if (afterMark !== null) first = afterMark;
    // The last one stays when nothing comes behind it.
    else return { start: blobs.end < end ? blobs.end : blobs.lastStart, end };
  }
}

/** All `[…]` in a row, with the spaces behind each. `lastStart` is where the last of them begins. */
function blobsAt(text: string, start: number, end: number): { readonly end: number; readonly lastStart: number } {
  let at = start;
  let lastStart = start;
  for (;;) {
    const next = afterBlob(text, at, end);
    if (next === null) return { end: at, lastStart };
    lastStart = at;
    at = next;
  }
}

function afterBlob(text: string, start: number, end: number): number | null {
  if (start >= end || text[start] !== '[') return null;
  let at = start + 1;
  while (at < end && text[at] !== '[' && text[at] !== ']') at += 1;
  return at < end && text[at] === ']' ? afterSpaces(text, at + 1, end) : null;
}

/** `subj-refwd`: `Re:`, `Fw [urgent]:`. */
function afterReplyMark(text: string, start: number, end: number): number | null {
  const word = ['fwd', 'fw', 're'].find((mark) => isAt(text, start, mark));
  if (word === undefined) return null;
  const behind = afterSpaces(text, start + word.length, end);
  const colon = afterBlob(text, behind, end) ?? behind;
  return colon < end && text[colon] === ':' ? colon + 1 : null;
}

function afterSpaces(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text[at] === ' ') at += 1;
  return at;
}

const isAt = (text: string, at: number, word: string): boolean =>
  text.slice(at, at + word.length).toLowerCase() === word;
