/**
 * Which tags and texts does HTML consist of?
 *
 * The one importer of htmlparser2, and of its tokenizer alone: that looks at each character a few times at most, whatever a
 * sender has written. Everything above it (its parser, its DOM, html-to-text) searches the open tags at every closing one, in
 * time with the square of their number: 256 KiB of hostile HTML took more than a second, and a message may have megabytes.
 */
import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';

export interface HtmlTag {
  /** In lower case. */
  readonly name: string;
  /** Names in lower case, values decoded; the first of equal names counts. */
  readonly attributes: ReadonlyMap<string, string>;
}

export interface HtmlReader {
  onOpen(tag: HtmlTag): void;
  /** `name` in lower case. It need not have been opened. */
  onClose(name: string): void;
  /** What stands between two tags, decoded; also what is inside of style and script. */
  onText(text: string): void;
}

/** A name is compared with those that are known, so it need not be whole. */
const nameChars = 32;

/** No tag of a message has more that matter; each takes memory. */
const tagAttributes = 100;

export function readHtml(html: string, reader: HtmlReader): void {
  const tokenizer = new Tokenizer({ decodeEntities: true }, callbacksFor(html, reader));
  tokenizer.write(html);
  tokenizer.end();
}

function callbacksFor(html: string, reader: HtmlReader): TokenizerCallbacks {
  const nameAt = (start: number, end: number) => html.slice(start, Math.min(end, start + nameChars)).toLowerCase();
  const ignore = () => undefined;
  let name = '';
  let attributes = new Map<string, string>();
  let attribute = '';
  let value: string[] = [];
  let text: string[] = [];
  // In pieces as the tokenizer has them: a bracket that opens no tag and a character that is spelled out are pieces of their own.
  const endText = () => {
    if (text.length > 0) reader.onText(text.join(''));
    text = [];
  };
  const open = () => {
    endText();
    reader.onOpen({ name, attributes });
    attributes = new Map();
  };
  return {
    onopentagname: (start, end) => {
      name = nameAt(start, end);
      attributes = new Map();
    },
    onattribname: (start, end) => {
      attribute = nameAt(start, end);
      value = [];
    },
    onattribdata: (start, end) => {
      value.push(html.slice(start, end));
    },
    onattribentity: (codePoint) => {
      value.push(String.fromCodePoint(codePoint));
    },
    onattribend: () => {
      if (attributes.size < tagAttributes && !attributes.has(attribute)) attributes.set(attribute, value.join(''));
    },
    onopentagend: open,
    onselfclosingtag: open,
    onclosetag: (start, end) => {
      endText();
      reader.onClose(nameAt(start, end));
    },
    ontext: (start, end) => {
      text.push(html.slice(start, end));
    },
    ontextentity: (codePoint) => {
      text.push(String.fromCodePoint(codePoint));
    },
    onend: endText,
    oncdata: ignore,
    oncomment: ignore,
    ondeclaration: ignore,
    onprocessinginstruction: ignore,
  };
}
