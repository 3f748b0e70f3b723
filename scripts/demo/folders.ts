/**
 * What has Ada filed away?
 *
 * Older mail in Archive and in folders whose names are not ASCII, a draft, and something thrown away.
 */
import { alternative, filePart, multipart, textPart } from './compose.ts';
import { landscape, pdf } from './files.ts';
import { type Letter, thread } from './letter.ts';
import { ada, clara, heinz, ingrid, jonas, mira, priya } from './people.ts';

const seen = ['\\Seen'] as const;

function archive(): Letter[] {
  return [
    {
      id: 'umzug.2',
      daysAgo: 640,
      time: '19:20',
      mailbox: 'Archive',
      flags: seen,
      from: jonas,
      to: [ada],
      subject: 'Umzug: Kartons und der große Schrank',
      content: textPart('Ich habe 30 Kartons und den Transporter ab 8. Der Schrank geht nur zu dritt.\n\nJonas\n'),
    },
    {
      id: 'welcome.1',
      daysAgo: 502,
      time: '08:05',
      mailbox: 'Archive',
      flags: ['\\Seen', '\\Answered'],
      from: mira,
      to: [ada],
      subject: 'Welcome to Nordlicht',
      content: alternative(
        'Dear Ada,\n\nso good to have you here. Your desk is the one under the lamp nobody dares to move.\n\nMira\n',
      ),
    },
    {
      id: 'rezept.9',
      daysAgo: 371,
      time: '15:44',
      mailbox: 'Archive',
      flags: ['\\Seen', '\\Flagged'],
      from: ingrid,
      to: [ada, clara],
      subject: 'Das Rezept für den Apfelkuchen',
      content: textPart(
        '1 kg Äpfel (Boskop!), 250 g Mehl, 150 g Butter, 2 Eier, 1 Prise Salz.\n45 min bei 180 °C.\n\nMama\n',
        {
          encoding: 'base64',
        },
      ),
    },
    {
      id: 'kalibrierung',
      daysAgo: 240,
      time: '10:10',
      mailbox: 'Archive',
      flags: seen,
      from: priya,
      to: [ada],
      subject: 'Lux meter: calibration certificate',
      content: multipart('mixed', [
        textPart('For the file. Next one is due in two years.\n\nPriya\n'),
        filePart({
          name: 'certificate-LX200.pdf',
          type: 'application/pdf',
          bytes: pdf('Calibration certificate', ['Lux meter LX-200', 'Deviation at 50 lx: +0.4 %']),
        }),
      ]),
    },
  ];
}

function office(): Letter[] {
  const landlord = { name: 'Speicherhof Vermietung', address: 'vermietung@speicherhof.example' };
  return thread([
    {
      id: 'buero.1',
      daysAgo: 47,
      time: '09:00',
      mailbox: 'Projekte/Büro',
      flags: ['\\Seen', '\\Answered'],
      from: landlord,
      to: [ada],
      subject: 'Büro im Speicherhof: 3. Stock, 84 m²',
      content: alternative(
        'Guten Tag Frau Berger,\n\ndas Büro im dritten Stock wird frei. Besichtigung gern am Montag.\n',
      ),
    },
    {
      id: 'buero.2',
      daysAgo: 46,
      time: '18:18',
      mailbox: 'Projekte/Büro',
      from: ada,
      to: [landlord],
      cc: [mira],
      subject: 'Re: Büro im Speicherhof: 3. Stock, 84 m²',
      content: textPart('Guten Tag,\n\nMontag um zehn passt uns. Gibt es einen Lastenaufzug?\n\nAda Berger\n'),
    },
  ]);
}

function austria(): Letter[] {
  const hut = { name: 'Schutzhütte Hochwies', address: 'huette@hochwies.example' };
  return [
    {
      id: 'huette.3',
      daysAgo: 95,
      time: '17:17',
      mailbox: 'Reisen/Österreich',
      flags: ['\\Seen', '\\Flagged'],
      from: hut,
      to: [ada],
      subject: 'Ihre Schlafplätze auf der Hochwies',
      content: multipart('mixed', [
        textPart(
          'Griaß Gott,\n\nzwei Lager sind für Sie notiert. Der Weg über den Grat ist noch verschneit, Foto von heute früh.\n',
        ),
        filePart({
          name: 'Hütte früh.png',
          type: 'image/png',
          bytes: landscape(240, 150, 240),
          nameStyle: 'continued',
        }),
      ]),
    },
    {
      id: 'zug.611',
      daysAgo: 90,
      time: '06:06',
      mailbox: 'Reisen/Österreich',
      flags: seen,
      from: { name: 'Alpenzug', address: 'tickets@alpenzug.example' },
      to: [ada],
      subject: 'Ihr Ticket Hamburg – Innsbruck',
      content: multipart('mixed', [
        textPart('Gute Reise! Ihr Ticket hängt an.\n'),
        filePart({
          name: 'Fahrkarte für Ada, Innsbruck und zurück.pdf',
          type: 'application/pdf',
          bytes: pdf('Hamburg - Innsbruck', ['Wagen 262, Bett 31', 'Reisende: Ada Berger']),
          nameStyle: 'encoded-word',
        }),
      ]),
    },
  ];
}

export function filedLetters(): Letter[] {
  return [
    ...archive(),
    ...office(),
    ...austria(),
    {
      id: 'entwurf.1',
      daysAgo: 1,
      time: '21:50',
      mailbox: 'Drafts',
      flags: ['\\Seen', '\\Draft'],
      from: ada,
      to: [heinz],
      subject: 'Die Überraschung (bitte für dich behalten)',
      content: textPart('Lieber Heinz,\n\nich möchte die Reithalle mit 200 kleinen Lampen\n'),
    },
    {
      id: 'rabatt.12',
      daysAgo: 5,
      time: '09:09',
      mailbox: 'Trash',
      flags: seen,
      from: { name: 'Möbelmarkt', address: 'aktion@moebelmarkt.example' },
      to: [ada],
      subject: 'Nur heute: 20 % auf alle Regale',
      content: alternative('Nur heute 20 % auf alle Regale, auch auf die schiefen.\n'),
    },
  ];
}
