/**
 * Messages of more than one part, with what a reader must get out of them.
 */
import { Buffer } from 'node:buffer';
import { canarySubject } from './canary.ts';
import { letter } from './mail.ts';
import { seeded } from './random.ts';

export interface KnownPart {
  readonly partId: string;
  readonly type: string;
  readonly name: string;
  /** After transfer decoding. */
  readonly bytes: Uint8Array;
}

const everyByte = Buffer.from(Array.from({ length: 70_001 }, (_, index) => (index * 7) % 256));
const lines = (bytes: Buffer): string => bytes.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n');

/** In every transfer encoding; what a decoder must give is beside each. */
const files: readonly (Omit<KnownPart, 'partId'> & { readonly encoding: string; readonly encoded: string })[] = [
  {
    type: 'application/octet-stream',
    name: 'every byte.bin',
    bytes: everyByte,
    encoding: 'base64',
    encoded: lines(everyByte),
  },
  {
    type: 'application/x-list; charset=us-ascii',
    name: 'quoted.txt',
    bytes: Buffer.from('caf\xe9 = \t.\r\n\r\none long line\x00\x01', 'latin1'),
    encoding: 'quoted-printable',
    encoded: 'caf=E9 =3D =09.\r\n\r\none long=\r\n line=00=01',
  },
  {
    type: 'text/csv; charset="windows-1251"',
    name: 'таблица.csv',
    bytes: Buffer.from('\xcf\xf0\xe8;\xe2\xe5\xf2\r\n..\r\n.\r\n', 'latin1'),
    encoding: '8bit',
    encoded: '\xcf\xf0\xe8;\xe2\xe5\xf2\r\n..\r\n.\r\n',
  },
  {
    type: 'message/rfc822',
    name: 'letter.eml',
    bytes: letter('inside'),
    encoding: '7bit',
    encoded: Buffer.from(letter('inside')).toString('latin1'),
  },
  { type: 'application/x-empty', name: 'empty', bytes: Buffer.alloc(0), encoding: 'base64', encoded: '' },
];

/** Parts 2 and later of `withFiles`. */
export const knownParts: readonly KnownPart[] = files.map(({ type, name, bytes }, index) => ({
  partId: String(index + 2),
  type,
  name,
  bytes,
}));

const parameter = (name: string): string => `filename*=UTF-8''${encodeURIComponent(name)}`;

/** A text in windows-1252 and one in HTML, a picture that the HTML shows, and a file in every transfer encoding. */
export const withFiles: Uint8Array = Buffer.from(
  [
    'From: "Grace \\"W\\" Weaver" <grace@weaver.example>, <second@weaver.example>',
    'Sender: =?utf-8?B?QsO8cm8=?= <office@weaver.example>',
    'Reply-To: answers@weaver.example',
    'To: Friends: ada@postern.example, =?iso-8859-1?Q?J=FCrgen?= <j@postern.example>;',
    'Cc: carol@postern.example',
    'Bcc:',
    `Subject: ${canarySubject} =?utf-8?Q?Gr=C3=BC=C3=9Fe?= =?utf-8?B?8J+OiQ==?=`,
    'Date: Tue, 17 Nov 2026 23:15:01 -0330',
    'Message-ID: <files@weaver.example>',
    'In-Reply-To: <first@weaver.example>',
    'References: <root@weaver.example>',
    ' <first@weaver.example>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="outer=_1"',
    '',
    'For readers that know no MIME.',
    '--outer=_1',
    'Content-Type: multipart/alternative; boundary=inner',
    '',
    '--inner',
    'Content-Type: text/plain; charset=windows-1252',
    'Content-Transfer-Encoding: 8bit',
    '',
    'Gr\xfc\xdfe \x80 \x96 100\r\nBye',
    '--inner',
    'Content-Type: multipart/related; boundary=related',
    '',
    '--related',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    '<p>Gr=C3=BC=C3=9Fe <img src=3D"cid:dot@weaver.example"></p>',
    '--related',
    'Content-Type: image/gif; name=dot.gif',
    'Content-Disposition: inline',
    'Content-ID: <dot@weaver.example>',
    'Content-Transfer-Encoding: base64',
    '',
    'R0lGODlhAQABAAAAACw=',
    '--related--',
    '--inner--',
    ...files.flatMap(({ type, name, encoding, encoded }) => [
      '--outer=_1',
      `Content-Type: ${type}`,
      `Content-Disposition: attachment; ${parameter(name)}`,
      `Content-Transfer-Encoding: ${encoding}`,
      '',
      encoded,
    ]),
    '--outer=_1--',
    '',
  ].join('\r\n'),
  'latin1',
);

/** A message of about `bytes`, in lines of 8-bit bytes, that compresses to nothing and differs all along. */
export function bigLetter(bytes: number): Uint8Array {
  const random = seeded(bytes);
  const block = random.bytes(1_000_000).map((byte) => (byte === 0 || byte === 10 || byte === 13 ? 32 : byte));
  for (let at = 99; at < block.length; at += 100) block.set([13, 10], at - 1);
  const body = Buffer.alloc(Math.ceil(bytes / block.length) * block.length);
  for (let at = 0, count = 0; at < body.length; at += block.length, count++) {
    body.set(block, at);
    body.write(`${count}`, at);
  }
  return Buffer.concat([Buffer.from(`Subject: ${canarySubject} big\r\n\r\n`), body]);
}
