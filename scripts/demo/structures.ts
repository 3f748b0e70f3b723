/**
 * Which mails are built of more than text and files?
 *
 * Forwards (one inside another), an invitation (RFC 5545, 6047), a bounce (RFC 3464) and a signed mail (RFC 3156).
 */
import { Buffer } from 'node:buffer';
import {
  alternative,
  type Entity,
  entityBytes,
  filePart,
  htmlPart,
  messagePart,
  multipart,
  textPart,
} from './compose.ts';
import { landscape } from './files.ts';
import { dateText } from './headers.ts';
import { letterHtml } from './html.ts';
import { type Letter, messageBytes, messageId, sentAt } from './letter.ts';
import { ada, clara, jonas, lena, mira, tomasz } from './people.ts';

function forwards(day: Date): Letter[] {
  const request: Letter = {
    id: 'anfrage.77',
    daysAgo: 14,
    time: '14:00',
    from: lena,
    to: [mira],
    subject: 'Anfrage: Beleuchtung für die Sonderausstellung „Segel“',
    content: textPart(
      'Liebe Frau Novak,\n\nhätten Sie im Frühjahr Zeit für rund 200 m²? Eine Skizze schicke ich gern.\n\nLena Ott\n',
    ),
  };
  const postcard: Letter = {
    id: 'karte.1',
    daysAgo: 30,
    time: '12:00',
    from: { name: 'Tante Gisela', address: 'gisela@altepost.example' },
    to: [clara],
    subject: 'Grüße von der Fähre',
    content: multipart('mixed', [
      textPart('Hier ist es so schön wie auf dem Bild. Zeig es den anderen!\n'),
      filePart({ name: 'Fähre.png', type: 'image/png', bytes: landscape(160, 100, 180), nameStyle: 'encoded-word' }),
    ]),
  };
  const passedOn: Letter = {
    id: 'karte.2',
    daysAgo: 29,
    time: '19:00',
    from: clara,
    to: [jonas],
    subject: 'Fwd: Grüße von der Fähre',
    content: multipart('mixed', [
      textPart('Für dich, du wolltest doch auch hin.\n'),
      messagePart(messageBytes(postcard, day)),
    ]),
  };
  return [
    {
      id: 'fwd.anfrage',
      daysAgo: 13,
      time: '16:25',
      flags: ['\\Seen', '\\Flagged'],
      from: mira,
      to: [ada],
      subject: 'Fwd: Anfrage: Beleuchtung für die Sonderausstellung „Segel“',
      content: multipart('mixed', [
        alternative('Would you like to lead this one? The museum asked for you.\n\nMira\n'),
        messagePart(messageBytes(request, day), 'Anfrage.eml'),
      ]),
    },
    {
      id: 'karte.3',
      daysAgo: 3,
      time: '21:09',
      from: jonas,
      to: [ada],
      subject: 'Fwd: Fwd: Grüße von der Fähre',
      content: multipart('mixed', [
        textPart('Das hast du noch nicht gesehen, oder?\n\nJonas\n'),
        messagePart(messageBytes(passedOn, day), 'Fwd Gruesse.eml'),
      ]),
    },
  ];
}

function invitation(day: Date): Letter {
  const stamp = (instant: Date): string => instant.toISOString().replace(/[-:]|\.\d+/g, '');
  const event = { id: 'lampentest.6', daysAgo: 2, time: '08:30', from: mira };
  const lines = [
    'BEGIN:VCALENDAR',
    'PRODID:-//Nordlicht//Calendar 1.0//EN',
    'VERSION:2.0',
    'METHOD:REQUEST',
    'BEGIN:VEVENT',
    'UID:lampentest-6@nordlicht.example',
    'SEQUENCE:0',
    `DTSTAMP:${stamp(sentAt(event, day))}`,
    `DTSTART:${stamp(sentAt({ daysAgo: -6, time: '13:00' }, day))}`,
    `DTEND:${stamp(sentAt({ daysAgo: -6, time: '14:30' }, day))}`,
    'SUMMARY:Lamp test in room 4',
    'LOCATION:Stadtmuseum\\, Büro im 1. Stock',
    'DESCRIPTION:Bring the samples.\\nCoffee afterwards.',
    `ORGANIZER;CN=Mira Novak:mailto:${mira.address}`,
    `ATTENDEE;CN=Ada Berger;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:${ada.address}`,
    `ATTENDEE;CN=Tomasz Żurek;PARTSTAT=ACCEPTED:mailto:${tomasz.address}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  // At most 75 octets a line (RFC 5545 §3.1); 70 characters leave room for the few that take two.
  const calendar = lines.map((line) => `${line.replace(/.{70}(?=.)/gu, '$&\r\n ')}\r\n`).join('');
  const text = 'Mira Novak invites you: Lamp test in room 4, 14:00 to 15:30, Stadtmuseum.\n';
  const request = textPart(calendar, { type: 'text/calendar', parameters: '; method=REQUEST', encoding: 'base64' });
  return {
    ...event,
    flags: ['\\Flagged'],
    to: [ada, tomasz],
    subject: 'Invitation: Lamp test in room 4',
    content: multipart('mixed', [
      multipart('alternative', [textPart(text), htmlPart(letterHtml(text)), request]),
      filePart({ name: 'invite.ics', type: 'application/ics', bytes: Buffer.from(calendar) }),
    ]),
  };
}

/** The undeliverable mail lies in Sent; its bounce comes from nobody (RFC 5321 §4.5.5). */
function bounce(day: Date): Letter[] {
  const lost: Letter = {
    id: 'lampen.alt',
    daysAgo: 11,
    time: '17:40',
    from: ada,
    to: [{ name: 'Lager', address: 'lager@nordlihct.example' }],
    subject: 'Old lamps from room 2',
    content: textPart('Could you keep four of them for me?\n\nAda\n'),
  };
  const report = [
    'Reporting-MTA: dns; mx.postern.example',
    `Arrival-Date: ${dateText(sentAt(lost, day), '+0000')}`,
    '',
    'Final-Recipient: rfc822; lager@nordlihct.example',
    'Action: failed',
    'Status: 5.1.2',
    'Diagnostic-Code: smtp; 550 5.1.2 Bad destination host: nordlihct.example',
    '',
  ].join('\r\n');
  const daemon = { name: 'Mail Delivery System', address: 'MAILER-DAEMON@mx.postern.example' };
  const text =
    'I could not deliver your message to lager@nordlihct.example:\n\n    there is no mail server of that name.\n';
  const parts: Entity[] = [
    textPart(text, { headers: [['Content-Description', 'Notification']] }),
    { headers: [['Content-Type', 'message/delivery-status']], body: Buffer.from(report) },
    messagePart(messageBytes(lost, day)),
  ];
  return [
    lost,
    {
      id: '4Bq7Xz0.dsn',
      daysAgo: 11,
      time: '17:41',
      zone: '+0000',
      flags: ['\\Seen'],
      from: daemon,
      to: [ada],
      subject: 'Undelivered Mail Returned to Sender',
      returnPath: '',
      references: [messageId(lost)],
      extra: [['Auto-Submitted', 'auto-replied']],
      content: multipart('report', parts, '; report-type=delivery-status'),
    },
  ];
}

function signed(): Letter {
  const contract = textPart(
    'Dear Ms Berger,\n\nthe contract is valid as of today. Please keep this mail for your records.\n\nA. Quist\n',
  );
  const armour = [
    '-----BEGIN PGP SIGNATURE-----',
    '',
    entityBytes(contract).toString('base64', 0, 48),
    entityBytes(contract).toString('base64', 48, 96),
    '=dEm0',
    '-----END PGP SIGNATURE-----',
    '',
  ].join('\r\n');
  const signature: Entity = {
    headers: [
      ['Content-Type', 'application/pgp-signature; name="signature.asc"'],
      ['Content-Description', 'OpenPGP digital signature'],
      ['Content-Disposition', 'attachment; filename="signature.asc"'],
    ],
    body: Buffer.from(armour),
  };
  return {
    id: 'vertrag.3',
    daysAgo: 9,
    time: '12:12',
    flags: ['\\Seen'],
    from: { name: 'Kanzlei Quist', address: 'kanzlei@quist-recht.example' },
    to: [ada],
    subject: 'Contract, signed',
    content: multipart('signed', [contract, signature], '; micalg=pgp-sha256; protocol="application/pgp-signature"'),
  };
}

export function structuredLetters(day: Date): Letter[] {
  return [...forwards(day), invitation(day), ...bounce(day), signed()];
}
