/**
 * What is in the attachments?
 *
 * Small real files made on the spot: a PDF that opens, a PNG that decodes, a ZIP that unpacks, a table, an event, and
 * noise of any size. The same input gives the same bytes.
 */
import { Buffer } from 'node:buffer';
import { createCipheriv } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import { encode } from './charsets.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/** One A5 page, a headline and lines of text (ISO 32000-1 §7.5; Helvetica needs no embedded font). */
export function pdf(title: string, lines: readonly string[]): Buffer {
  const literal = (text: string): string => `(${text.replace(/[()\\]/g, '\\$&')})`;
  const body = lines.map((line) => `0 -18 Td ${literal(line)} Tj`).join('\n');
  const page = `BT /F1 16 Tf 40 540 Td ${literal(title)} Tj /F1 11 Tf 0 -14 Td\n${body}\nET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 420 595] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    `<< /Length ${page.length} >>\nstream\n${page}\nendstream`,
  ];
  let file = '%PDF-1.4\n%\xe2\xe3\xcf\xd3\n';
  const offsets: number[] = [];
  for (const [index, object] of objects.entries()) {
    offsets.push(file.length);
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const trailer = `trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
  return encode(`${file}xref\n0 ${size}\n0000000000 65535 f \n${entries}${trailer}`, 'iso-8859-1');
}

/** Truecolour, 8 bits a channel, no filter (PNG 3rd edition §11). */
export function png(width: number, height: number, colourAt: (x: number, y: number) => Colour): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(colourAt(x, y), y * (1 + 3 * width) + 1 + 3 * x);
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(rows, { level: 9 });
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', data),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([uint32('BE', data.length), named, uint32('BE', crc32(named))]);
}

/** Hills under a sky, enough to look like a picture. `warmth` 0–255 makes one differ from another. */
export function landscape(width: number, height: number, warmth: number): Buffer {
  return png(width, height, (x, y) => {
    const far = height * (0.5 + 0.1 * Math.sin(x / 23));
    const near = height * (0.7 + 0.12 * Math.sin(x / 31 + 2));
    if (y > near) return [58, 92, 64];
    if (y > far) return [98, 130, 118];
    return [warmth, 170 + Math.round((60 * y) / height), 225];
  });
}

/** Files stored uncompressed, dated 1 January 1980 (APPNOTE 4.3). */
export function zip(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const [size, sum] = [uint32('LE', bytes.length), uint32('LE', crc32(bytes))];
    const common = Buffer.concat([Buffer.from([20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0]), sum, size, size]);
    const names = Buffer.from(name, 'utf8');
    const lengths = Buffer.from([names.length, 0, 0, 0]);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, lengths, names, bytes]);
    const attributes = Buffer.concat([Buffer.alloc(10), uint32('LE', offset)]);
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, lengths, attributes, names]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const count = [files.length, 0];
  const end = Buffer.from([0x50, 0x4b, 5, 6, 0, 0, 0, 0, ...count, ...count]);
  return Buffer.concat([
    ...locals,
    directory,
    end,
    uint32('LE', directory.length),
    uint32('LE', offset),
    Buffer.alloc(2),
  ]);
}

function uint32(order: 'LE' | 'BE', value: number): Buffer {
  const bytes = Buffer.alloc(4);
  if (order === 'LE') bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
}

export function csv(rows: readonly (readonly (string | number)[])[]): Buffer {
  return Buffer.from(rows.map((row) => `${row.join(';')}\r\n`).join(''), 'utf8');
}

/** Pseudo-random and the same every time: AES in counter mode over zeros is the fastest such source that Node has. */
export function noise(sizeBytes: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}
