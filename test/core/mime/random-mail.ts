/**
 * Random messages whose truth is known.
 *
 * Knows nothing of the code under test: it draws a tree of parts, writes it down as mail by its own few rules (with the
 * oddities of real mail: LF alone, no closing boundary, padding after boundaries, boundaries that begin like others),
 * and says which bytes each part has.
 */
export interface TrueLeaf {
  readonly partId: string;
  readonly type: string;
  readonly content: Buffer;
}

export interface RandomMail {
  readonly bytes: Uint8Array;
  readonly leaves: readonly TrueLeaf[];
  /** `mixed(1:text/plain 2:related(2.1:image/png))`: the shape as one line. */
  readonly shape: string;
}

export type Random = () => number;

/** mulberry32: the same numbers for the same seed, everywhere. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const below = (random: Random, limit: number): number => Math.floor(random() * limit);

function pick<Value>(random: Random, values: readonly [Value, ...Value[]]): Value {
  return values[below(random, values.length)] ?? values[0];
}

export function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => below(random, 256)));
}

/** The same bytes in chunks: whole, one byte each, or of random sizes. */
export function chunksOf(bytes: Uint8Array, size: (at: number) => number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + Math.max(1, size(at));
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

export function randomMail(seed: number): RandomMail {
  const random = seeded(seed);
  const eol = random() < 0.8 ? '\r\n' : '\n';
  const leaves: TrueLeaf[] = [];
  const isMultipart = random() < 0.85;
  const root = isMultipart ? multipart(random, eol, '', '', leaves) : leaf(random, eol, '1', '', leaves);
  const header = Buffer.from(`From: a@example.com${eol}Subject: seed ${seed}${eol}`);
  return { bytes: Buffer.concat([header, root.written]), leaves, shape: root.shape };
}

interface Written {
  readonly written: Buffer;
  readonly shape: string;
}

function multipart(random: Random, eol: string, partId: string, outer: string, leaves: TrueLeaf[]): Written {
  const subtype = pick(random, ['mixed', 'alternative', 'related', 'signed']);
  // Every second one begins like the boundary around it.
  const boundary = `${random() < 0.5 ? outer : ''}b${below(random, 1000)}_=x`;
  const pieces = [`Content-Type: multipart/${subtype}; boundary="${boundary}"`, eol, eol];
  const text: (string | Buffer)[] = [...pieces];
  if (random() < 0.3) text.push(`This is a message in MIME format.${eol}--${boundary}-not${eol}`, eol);
  const shapes: string[] = [];
  const count = 1 + below(random, 4);
  const depth = partId === '' ? 0 : partId.split('.').length;
  for (let index = 1; index <= count; index++) {
    const id = partId === '' ? `${index}` : `${partId}.${index}`;
    const child =
      depth < 4 && random() < 0.3
        ? multipart(random, eol, id, boundary, leaves)
        : leaf(random, eol, id, boundary, leaves);
    const padding = random() < 0.2 ? ' \t ' : '';
    text.push(`${index === 1 ? '' : eol}--${boundary}${padding}${eol}`, child.written);
    shapes.push(child.shape);
  }
  if (random() < 0.8) text.push(`${eol}--${boundary}--`, random() < 0.5 ? `${eol}epilogue${eol}-- ${eol}` : '');
  return {
    written: Buffer.concat(text.map((piece) => Buffer.from(piece))),
    shape: `${partId}:multipart/${subtype}(${shapes.join(' ')})`,
  };
}

function leaf(random: Random, eol: string, partId: string, boundary: string, leaves: TrueLeaf[]): Written {
  const type = pick(random, ['text/plain', 'text/html', 'image/png', 'application/pdf', 'message/rfc822']);
  const encoding = pick(random, ['base64', 'quoted-printable', '8bit', '']);
  const content =
    encoding === '' || encoding === '8bit' ? plainText(random, eol, boundary) : randomBytes(random, below(random, 300));
  const field = encoding === '' ? '' : `Content-Transfer-Encoding: ${encoding}${eol}`;
  const header = Buffer.from(`Content-Type: ${type}${eol}${field}${eol}`);
  leaves.push({ partId, type, content });
  return { written: Buffer.concat([header, encoded(content, encoding, eol)]), shape: `${partId}:${type}` };
}

/** Lines that a careless reader takes for boundaries, line ends of every kind, and bytes beyond ASCII. */
function plainText(random: Random, eol: string, boundary: string): Buffer {
  const line = () =>
    pick(random, [
      'hello',
      '',
      '-',
      '--',
      '-- ',
      `--${boundary}y`,
      `-${boundary}`,
      ` --${boundary}`,
      `${boundary}--`,
      'lone\rCR',
      '--'.repeat(600),
      '\xe9\xff',
    ]);
  const lines = Array.from({ length: below(random, 8) }, line);
  return Buffer.from(lines.join(eol), 'latin1');
}

function encoded(content: Buffer, encoding: string, eol: string): Buffer {
  if (encoding === 'base64') {
    return Buffer.from((content.toString('base64').match(/.{1,76}/g) ?? []).join(eol));
  }
  if (encoding !== 'quoted-printable') return content;
  const octets = [...content].map((byte) =>
    byte > 0x20 && byte < 0x7f && byte !== 0x3d ? String.fromCharCode(byte) : `=${hex(byte)}`,
  );
  const lines: string[] = [];
  for (let at = 0; at < octets.length; at += 20) lines.push(octets.slice(at, at + 20).join(''));
  return Buffer.from(lines.join(`=${eol}`));
}

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');
