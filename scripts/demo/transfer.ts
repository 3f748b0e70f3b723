/**
 * Which bytes carry this text or file through SMTP?
 *
 * Line ends, base64 and quoted-printable (RFC 2045 §6), and paragraphs as format=flowed (RFC 3676). Bytes in, bytes out,
 * whatever their charset is.
 */
import { Buffer } from 'node:buffer';

const BASE64_LINE = 76;
const QP_LINE = 76;
const FLOWED_LINE = 72;

export function withCrlf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}

export function base64Lines(bytes: Uint8Array): Buffer {
  const text = Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'), 'latin1');
  const lines = Buffer.alloc(text.length + 2 * Math.ceil(text.length / BASE64_LINE));
  let end = 0;
  for (let start = 0; start < text.length; start += BASE64_LINE) {
    end += text.copy(lines, end, start, start + BASE64_LINE);
    end += lines.write('\r\n', end, 'latin1');
  }
  return lines;
}

/** Takes text whose lines end in CRLF; the CRLFs stay, everything else that is not plain is escaped. */
export function quotedPrintable(bytes: Uint8Array): Buffer {
  const lines = Buffer.from(bytes).toString('latin1').split('\r\n');
  return Buffer.from(lines.map(quotedPrintableLine).join('\r\n'), 'latin1');
}

function quotedPrintableLine(line: string): string {
  const escaped = line.replace(/[^\t\x20-\x3c\x3e-\x7e]/g, escapeByte).replace(/[ \t]$/, escapeByte);
  const tokens = escaped.match(/=[0-9A-F]{2}|[^=]/g) ?? [];
  let result = '';
  let column = 0;
  for (const [index, token] of tokens.entries()) {
    const room = index === tokens.length - 1 ? QP_LINE : QP_LINE - 1; // a soft break needs one column for its '='
    if (column + token.length > room) {
      result += '=\r\n';
      column = 0;
    }
    result += token;
    column += token.length;
  }
  return result;
}

function escapeByte(char: string): string {
  return `=${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/**
 * Each line of `text` is one paragraph, with as many `>` in front as it is deep in quotes. With `delSp` the reader drops
 * the space that marks a soft break, so the one between the words is written as well.
 */
export function flowed(text: string, delSp: boolean): string {
  return text
    .split('\n')
    .map((line) => {
      const quotes = /^>*/.exec(line)?.[0] ?? '';
      return flowedParagraph(line.slice(quotes.length).trimStart(), quotes, delSp);
    })
    .join('\n');
}

function flowedParagraph(paragraph: string, quotes: string, delSp: boolean): string {
  const isSignatureMark = paragraph === '--';
  if (isSignatureMark) return `${quotes}-- `;
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(' ')) {
    if (line !== '' && quotes.length + line.length + word.length > FLOWED_LINE) {
      lines.push(`${line}${delSp ? ' ' : ''}`);
      line = '';
    }
    line += `${word} `;
  }
  const needsStuffing = (one: string): boolean => quotes !== '' || /^( |>|From )/.test(one); // RFC 3676 §4.4
  return [...lines, line.trimEnd()]
    .map((one) => `${quotes}${one !== '' && needsStuffing(one) ? ' ' : ''}${one}`)
    .join('\n');
}
