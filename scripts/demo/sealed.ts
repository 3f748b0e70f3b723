/**
 * Which mails does a program need more than MIME for?
 *
 * Outlook's winmail.dat, S/MIME (RFC 8551) and OpenPGP (RFC 3156, and pasted into the text), and a newsletter without any plain
 * text. Signatures and ciphertexts have the right form and are worth nothing.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type Entity, filePart, htmlPart, multipart, textPart } from './compose.ts';
import { newsletterHtml } from './html.ts';
import type { Letter } from './letter.ts';
import { ada, lena, priya, tomasz } from './people.ts';
import { winmailDat } from './tnef.ts';

const quist = { name: 'Kanzlei Quist', address: 'kanzlei@quist-recht.example' };

/** Bytes that look like a ciphertext, the same every time. */
const sealedBytes = (label: string, count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => createHash('sha256').update(`${label} ${index}`).digest()));

function armour(kind: string, label: string, headers = ''): string {
  const lines = (
    sealedBytes(label, 6)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\r\n');
  return `-----BEGIN PGP ${kind}-----\r\n${headers}\r\n${lines}\r\n=dEm0\r\n-----END PGP ${kind}-----\r\n`;
}

const asFile = (type: string, name: string, body: string): Entity => ({
  headers: [
    ['Content-Type', `${type}; name="${name}"`],
    ['Content-Disposition', `inline; filename="${name}"`],
  ],
  body: Buffer.from(body),
});

/** By Outlook's server, which takes the calendar and the file for its own and leaves the text. */
export const winmail: Entity = multipart('mixed', [
  textPart('The floor plan is attached. Please check the fuse box.\r\n'),
  filePart({
    name: 'winmail.dat',
    type: 'application/ms-tnef',
    bytes: winmailDat('Floor plan', [
      { name: 'floor plan.txt', bytes: Buffer.from('room 4: 12 m by 8 m\r\n') },
      { name: 'fuses.csv', bytes: Buffer.from('fuse,ampere\r\n1,16\r\n') },
    ]),
  }),
]);

export const smimeSigned: Entity = multipart(
  'signed',
  [
    textPart('The invoice is correct; please pay by Friday.\n'),
    filePart({ name: 'smime.p7s', type: 'application/pkcs7-signature', bytes: sealedBytes('signature', 40) }),
  ],
  '; protocol="application/pkcs7-signature"; micalg=sha-256',
);

const enveloped = filePart({ name: 'smime.p7m', type: 'application/pkcs7-mime', bytes: sealedBytes('envelope', 60) });
export const smimeEncrypted: Entity = {
  ...enveloped,
  headers: enveloped.headers.map(([name, value]) => [
    name,
    name === 'Content-Type' ? `${value}; smime-type=enveloped-data` : value,
  ]),
};

export const pgpEncrypted: Entity = multipart(
  'encrypted',
  [
    { headers: [['Content-Type', 'application/pgp-encrypted']], body: Buffer.from('Version: 1\r\n') },
    asFile('application/octet-stream', 'encrypted.asc', armour('MESSAGE', 'message')),
  ],
  '; protocol="application/pgp-encrypted"',
);

export const pgpInline: Entity = textPart(
  `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe key to the workshop is with Frau Ott.\n${armour('SIGNATURE', 'inline').replaceAll('\r\n', '\n')}`,
);

export const htmlOnly: Entity = htmlPart(
  newsletterHtml(
    'Museumsnacht',
    '#7a1f3d',
    [
      {
        headline: 'Zwölf Häuser, eine Nacht',
        text: 'Von 18 bis 1 Uhr, mit Bus & Boot.',
        link: 'https://nacht.example/haus',
      },
      { headline: 'Neu: der Turm', text: 'Zum ersten Mal seit 1931 geöffnet.' },
    ],
    'https://nacht.example/leave?u=77',
  ),
  { encoding: 'quoted-printable' },
);

export function sealedLetters(): Letter[] {
  const seen = { flags: ['\\Seen'] as const, mailbox: 'Archive', to: [ada] };
  return [
    { ...seen, id: 'plan.4', daysAgo: 10, time: '10:20', from: lena, subject: 'Floor plan', content: winmail },
    { ...seen, id: 'rechnung.9', daysAgo: 12, time: '07:45', from: quist, subject: 'Invoice 9', content: smimeSigned },
    { ...seen, id: 'akte.12', daysAgo: 7, time: '16:02', from: quist, subject: 'File 12', content: smimeEncrypted },
    { ...seen, id: 'pgp.1', daysAgo: 6, time: '09:09', from: priya, subject: '...', content: pgpEncrypted },
    { ...seen, id: 'pgp.2', daysAgo: 6, time: '11:30', from: tomasz, subject: 'Workshop key', content: pgpInline },
    {
      ...seen,
      id: 'nacht.2026',
      daysAgo: 5,
      time: '05:00',
      from: { name: 'Museumsnacht', address: 'post@nacht.example' },
      subject: 'Museumsnacht: Zwölf Häuser, eine Nacht',
      extra: [['List-Unsubscribe', '<https://nacht.example/leave?u=77>, <mailto:leave@nacht.example>']],
      content: htmlOnly,
    },
  ];
}
