/**
 * Which words are in a piece of HTML?
 *
 * For a line that shows what a message begins with: words in order and nothing else, from HTML that may end anywhere. In time
 * that grows with its length, whatever is in it. What a sender hides by a style is there too.
 */

/** What stands between these is not for reading. */
const unread: ReadonlySet<string> = new Set([
  'head',
  'script',
  'style',
  'title',
  'noembed',
  'noframes',
  'iframe',
  'textarea',
]);

/** Tags that stand inside of words; all others part them. */
const inline: ReadonlySet<string> = new Set(
  'a abbr acronym b bdi bdo big cite code data dfn em font i ins kbd mark q s samp small span strong sub sup tt u var wbr'.split(
    ' ',
  ),
);

export function wordsOfHtml(html: string): string {
  const pieces: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    pieces.push(decoded(html.slice(at, open < 0 ? html.length : open)));
    if (open < 0) break;
    const tag = tagAt(html, open);
    pieces.push(tag.text);
    at = tag.end;
  }
  return pieces.join('').replace(/\s+/g, ' ').trim();
}

interface Tag {
  /** Where the text goes on. */
  readonly end: number;
  /** What stands in its place. */
  readonly text: string;
}

function tagAt(html: string, open: number): Tag {
  if (html.startsWith('<!--', open)) return { end: behind(html, '-->', open + 4), text: '' };
  if (/[!?]/.test(html[open + 1] ?? '')) return { end: behind(html, '>', open), text: ' ' };
  const [head = '', slash = '', name = ''] = /^<(\/?)([a-z][a-z0-9]{0,20})/i.exec(html.slice(open, open + 24)) ?? [];
  // Anything else is no tag (`a < b`), but the last character of what was cut may be the first of one.
  if (name === '') return { end: open + 1, text: open + 1 === html.length ? '' : '<' };
  const lower = name.toLowerCase();
  const end = endOfTag(html, open + head.length);
  if (slash === '' && unread.has(lower)) return { end: behindElement(html, lower, end), text: ' ' };
  return { end, text: inline.has(lower) ? '' : ' ' };
}

function behind(html: string, mark: string, from: number): number {
  const found = html.indexOf(mark, from);
  return found < 0 ? html.length : found + mark.length;
}

/** A `>` in quotes does not end a tag. */
function endOfTag(html: string, from: number): number {
  for (let at = from; at < html.length; at += 1) {
    const char = html[at];
    if (char === '>') return at + 1;
    // Only behind an equals sign is it a quotation mark, and not part of a broken name.
    if ((char === '"' || char === "'") && html[at - 1] === '=') {
      at = html.indexOf(char, at + 1);
      if (at < 0) return html.length;
    }
  }
  return html.length;
}

function behindElement(html: string, name: string, from: number): number {
  const closing = new RegExp(`</${name}`, 'gi');
  closing.lastIndex = from;
  const found = closing.exec(html);
  return found === null ? html.length : endOfTag(html, closing.lastIndex);
}

/** Names of characters from U+00A0 on, in order (HTML 4, Latin-1). */
const latin1 =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'.split(
    ' ',
  );

const named: ReadonlyMap<string, number> = new Map([
  ...latin1.map((name, index) => [name, 0xa0 + index] as const),
  ...Object.entries({
    ...{ amp: 0x26, lt: 0x3c, gt: 0x3e, quot: 0x22, apos: 0x27, euro: 0x20ac, trade: 0x2122, bull: 0x2022 },
    ...{ hellip: 0x2026, ndash: 0x2013, mdash: 0x2014, lsquo: 0x2018, rsquo: 0x2019, sbquo: 0x201a, ldquo: 0x201c },
    ...{ rdquo: 0x201d, bdquo: 0x201e, zwnj: 0x200c, zwj: 0x200d, lrm: 0x200e, rlm: 0x200f, ensp: 0x2002 },
    ...{ emsp: 0x2003, thinsp: 0x2009, rarr: 0x2192, larr: 0x2190, hearts: 0x2665, check: 0x2713 },
  }),
]);

/** Character references; one that is not known stays as it is. */
function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}\d{0,2}));/gi, (whole, decimal, hex, name) => {
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : named.get(name);
    if (code === undefined || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return whole;
    return String.fromCodePoint(code);
  });
}
