import { parseBodystructure } from 'imapflow/lib/tools.js';
import { describe, expect, it } from 'vitest';
import type { MimePart } from '../../../src/core/mime/part.ts';
import { isPartId, leafOf, mimePartOf, sectionOf } from '../../../src/mailbox/session/structure.ts';

type Token = { type: string; value: string } | null | Token[];

/** BODYSTRUCTURE as it stands on the wire, so that imapflow's parsing is part of what is tested. */
function parse(text: string): MimePart {
  const tokens = text.match(/"[^"]*"|[()]|[^\s()"]+/g) ?? [];
  const read = (): Token => {
    const token = tokens.shift() ?? '';
    if (token === 'NIL') return null;
    if (token !== '(') return { type: 'STRING', value: token.replaceAll('"', '') };
    const list: Token[] = [];
    while (tokens[0] !== ')') list.push(read());
    tokens.shift();
    return list;
  };
  const tree = read();
  return mimePartOf(parseBodystructure(Array.isArray(tree) ? tree : []));
}

const plain = '("text" "plain" ("charset" "utf-8") NIL NIL "QUOTED-PRINTABLE" 10 1 NIL NIL NIL NIL)';
const html = '("text" "html" NIL NIL NIL "7bit" 9 1 NIL NIL NIL NIL)';
const pdf =
  '("APPLICATION" "PDF" ("name" "a.pdf") "<c@1>" NIL "base64" 8 NIL ("ATTACHMENT" ("filename*" "utf-8\'\'%C3%A9.pdf")) NIL NIL)';
const envelope = '(NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL)';
const forwarded = `("message" "rfc822" NIL NIL NIL "7bit" 54 ${envelope} (${plain}${html} "mixed") 4 NIL NIL NIL NIL)`;
const message = `((${plain}${html} "alternative" ("boundary" "A") NIL NIL)${pdf}${forwarded} "mixed" ("boundary" "B") NIL NIL)`;

describe('mimePartOf', () => {
  it('numbers the parts as IMAP does, and leaves a multipart at the top without a number', () => {
    const numbers = (part: MimePart): string[] => [part.partId, ...part.children.flatMap(numbers)];
    expect(numbers(parse(message))).toEqual(['', '1', '1.1', '1.2', '2', '3']);
  });

  it('calls a message that is no multipart part 1', () => {
    expect(parse(plain)).toEqual({
      partId: '1',
      type: 'text/plain',
      charset: 'utf-8',
      name: null,
      disposition: null,
      cid: null,
      encoding: 'quoted-printable',
      encodedSize: 10,
      children: [],
    });
  });

  it('decodes a file name, prefers the one of the disposition, and takes the brackets off a Content-ID', () => {
    const part = leafOf(parse(message), '2');
    expect(part).toMatchObject({ type: 'application/pdf', name: 'é.pdf', disposition: 'attachment', cid: 'c@1' });
  });

  it('takes a forwarded message for a leaf, whatever is inside it', () => {
    expect(leafOf(parse(message), '3')).toMatchObject({ type: 'message/rfc822', encodedSize: 54, children: [] });
    expect(leafOf(parse(message), '3.1')).toBeNull();
  });

  it('gives a part without a usable media type one that nobody tries to show', () => {
    expect(parse('("" "" NIL NIL NIL NIL 3 NIL NIL NIL NIL)')).toMatchObject({
      type: 'application/octet-stream',
      encoding: '7bit',
    });
  });
});

describe('leafOf', () => {
  it('does not find a multipart, which has no bytes of its own', () => {
    expect(leafOf(parse(message), '1')).toBeNull();
    expect(leafOf(parse(message), '')).toBeNull();
  });
});

describe('sectionOf', () => {
  it('asks for the text of a message that is no multipart, and else for the part by its number', () => {
    const root = parse(plain);
    expect(sectionOf(root, root)).toBe('TEXT');
    const part = leafOf(parse(message), '1.2');
    expect(part && sectionOf(parse(message), part)).toBe('1.2');
  });
});

describe('isPartId', () => {
  it.each(['1', '1.2', '10.20.30', '99999'])('takes %s', (text) => expect(isPartId(text)).toBe(true));

  it.each(['', '0', '1.', '.1', '1.0', '01', '1..2', 'TEXT', '1 2', '1]', '1\r\n2', '100000', '1.MIME'])(
    'lets %j not reach the wire',
    (text) => expect(isPartId(text)).toBe(false),
  );
});
