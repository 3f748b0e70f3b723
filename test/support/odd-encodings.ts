/**
 * Encoded parts of every kind that mail has, tidy ones and others.
 */
import { Buffer } from 'node:buffer';
import { type Random, seeded } from './random.ts';

type Encoded = readonly [what: string, encoding: string, encoded: Buffer];

/** Of about `size` octets each, without a line end behind the last line. */
export function oddEncodings(size: number): readonly [Encoded, ...Encoded[]] {
  const random = seeded(size);
  const bytes = random.bytes(size);
  const base64 = bytes.toString('base64');
  const lines = (width: () => number): string => {
    const cut: string[] = [];
    for (let at = 0; at < base64.length; ) {
      const end = at + width();
      cut.push(base64.slice(at, end));
      at = end;
    }
    return cut.join('\r\n');
  };
  const text = textOf(random, size);
  return [
    ['base64 in lines of 76', 'base64', Buffer.from(lines(() => 76))],
    ['base64 in one line of all', 'base64', Buffer.from(base64)],
    ['base64 in lines that differ', 'base64', Buffer.from(lines(() => 1 + random.below(90)))],
    ['base64 with junk and padding in between', 'base64', Buffer.from(junkOf(random, size))],
    ['quoted-printable', 'quoted-printable', Buffer.from(quoted(text))],
    ['quoted-printable that escapes all', 'quoted-printable', Buffer.from(escaped(bytes.subarray(0, size / 3)))],
    ['quoted-printable that is broken', 'quoted-printable', Buffer.from(brokenOf(random, size), 'latin1')],
    ['8bit', '8bit', Buffer.from(text.replaceAll('\0', ' '), 'latin1')],
    ['7bit', '7bit', Buffer.from(quoted(text))],
  ];
}

/** Lines whose length is right now and then, of all that a decoder has to pass over. */
function junkOf(random: Random, size: number): string {
  let text = '';
  while (text.length < size) {
    const line = random.bytes(57).toString('base64');
    text += random.chance(0.8)
      ? line
      : `${line.slice(0, random.below(76))}${random.pick(['=', '==', '!', ' ', '\t*', '====', '-_'])}`;
    text += random.pick(['\r\n', '\r\n', '\r\n', ' \r\n', '']);
  }
  return text;
}

function textOf(random: Random, size: number): string {
  let text = '';
  while (text.length < size) {
    text += random.pick([
      'word ',
      'caf\xe9 ',
      'a = b',
      '\t',
      'x'.repeat(random.below(200)),
      '\r\n',
      '\r\n\r\n',
      'From me',
    ]);
  }
  return text;
}

/** RFC 2045 §6.7, with soft line breaks at 76. */
const quoted = (text: string): string =>
  text
    .replace(/[^\r\n\x20-\x3c\x3e-\x7e]|[ \t](?=\r\n|$)/g, (c) => hex(c.charCodeAt(0)))
    .replace(/((?:=[0-9A-F]{2}|[^=\r\n]){60,73})(?=[^\r\n])/g, '$1=\r\n');

const escaped = (bytes: Uint8Array): string =>
  [...bytes].map((byte, index) => hex(byte) + (index % 25 === 24 ? '=\r\n' : '')).join('');

const brokenOf = (random: Random, size: number): string => {
  let text = '';
  while (text.length < size) {
    text += random.pick([
      '=',
      '=4',
      '=ZZ',
      '  \r\n',
      ' \t',
      '=\r\n',
      '= \r\n',
      '=E9',
      '\xe9',
      'word',
      ' '.repeat(2_000),
      '\r\n',
      '=41',
    ]);
  }
  return text;
};

const hex = (byte: number): string => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
