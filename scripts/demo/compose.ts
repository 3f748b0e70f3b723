/**
 * How do parts become a message?
 *
 * An Entity is a MIME part: its own headers and its bytes (RFC 2045, 2046). Nothing here knows of people or dates. The
 * same parts always give the same bytes: a boundary is a digest of what it separates.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type Charset, encode } from './charsets.ts';
import { type Header, headerLines, type ParameterStyle, parameter } from './headers.ts';
import { letterHtml } from './html.ts';
import { base64Lines, flowed, quotedPrintable, withCrlf } from './transfer.ts';

export interface Entity {
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}

export interface TextOptions {
  readonly type?: string;
  readonly charset?: Charset;
  readonly encoding?: '7bit' | '8bit' | 'quoted-printable' | 'base64';
  /** More parameters of Content-Type, each with its leading `; `. */
  readonly parameters?: string;
  readonly headers?: readonly Header[];
}

export interface FileOptions {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly disposition?: 'attachment' | 'inline';
  readonly cid?: string;
  readonly nameStyle?: ParameterStyle;
}

export function textPart(text: string, options: TextOptions = {}): Entity {
  const { type = 'text/plain', charset = 'utf-8', parameters = '' } = options;
  const encoding = options.encoding ?? (/^[\t\n\x20-\x7e]*$/.test(text) ? '7bit' : 'quoted-printable');
  const bytes = encode(withCrlf(text), charset);
  return {
    headers: [
      ['Content-Type', `${type}; charset=${charset}${parameters}`],
      ['Content-Transfer-Encoding', encoding],
      ...(options.headers ?? []),
    ],
    body: encoding === 'base64' ? base64Lines(bytes) : encoding === 'quoted-printable' ? quotedPrintable(bytes) : bytes,
  };
}

export function htmlPart(html: string, options: TextOptions = {}): Entity {
  return textPart(html, { type: 'text/html', ...options });
}

/** The same words twice, as text and as HTML. */
export function alternative(text: string, html = letterHtml(text)): Entity {
  return multipart('alternative', [textPart(text), htmlPart(html, { encoding: 'quoted-printable' })]);
}

/** One paragraph a line; see `flowed`. */
export function flowedPart(text: string, delSp = false): Entity {
  const parameters = `; format=flowed${delSp ? '; delsp=yes' : ''}`;
  return textPart(`${flowed(text, delSp)}\n`, { encoding: '8bit', parameters });
}

export function filePart(file: FileOptions): Entity {
  const { disposition = 'attachment', nameStyle = 'quoted' } = file;
  // Content-Type's name is what programs older than RFC 2183 look at; most senders still write it where it is plain.
  const typeName = nameStyle === 'quoted' ? parameter('name', file.name, 'quoted') : '';
  return {
    headers: [
      ['Content-Type', `${file.type}${typeName}`],
      ['Content-Transfer-Encoding', 'base64'],
      ...(file.cid === undefined ? [] : [['Content-ID', `<${file.cid}>`] as const]),
      ['Content-Disposition', `${disposition}${parameter('filename', file.name, nameStyle)}`],
    ],
    body: base64Lines(file.bytes),
  };
}

/** A whole message inside another (RFC 2046 §5.2.1): as it is, never base64. */
export function messagePart(bytes: Uint8Array, name?: string): Entity {
  const disposition = name === undefined ? 'inline' : `attachment${parameter('filename', name, 'quoted')}`;
  return {
    headers: [
      ['Content-Type', 'message/rfc822'],
      ['Content-Disposition', disposition],
    ],
    body: bytes,
  };
}

export function multipart(subtype: string, parts: readonly Entity[], parameters = ''): Entity {
  const blocks = parts.map(entityBytes);
  const digest = createHash('sha256');
  for (const block of blocks) digest.update(block);
  const boundary = `=_${subtype.slice(0, 3)}_${digest.digest('hex').slice(0, 24)}`;
  return {
    headers: [['Content-Type', `multipart/${subtype}; boundary="${boundary}"${parameters}`]],
    body: Buffer.concat([
      ...blocks.flatMap((block) => [Buffer.from(`--${boundary}\r\n`), block, Buffer.from('\r\n')]),
      Buffer.from(`--${boundary}--\r\n`),
    ]),
  };
}

/** Headers, the empty line, the body: a part of a multipart, or, with the message's own headers in front, a message. */
export function entityBytes(entity: Entity): Buffer {
  return Buffer.concat([Buffer.from(`${headerLines(entity.headers)}\r\n`, 'latin1'), entity.body]);
}
