/**
 * What is Ada working on?
 *
 * Two threads about a museum's lighting that branch and reach into Sent, with a PDF, a ZIP and a table attached, and the
 * big one: a point cloud of 12 MB. Lines that begin with a dot are in the log that Tomasz sends.
 */
import { Buffer } from 'node:buffer';
import { alternative, filePart, multipart, textPart } from './compose.ts';
import { csv, noise, pdf, zip } from './files.ts';
import { type Letter, thread } from './letter.ts';
import { ada, lena, mira, priya, tomasz } from './people.ts';

const POINT_CLOUD_BYTES = 9_000_000; // 12.3 MB as base64

const review = `Hi Ada,

the museum wants the lighting plan for room 4 by the end of next week. Three things I'd like you to look at:

- the glass case by the window: 50 lux is all the textiles can take, and the afternoon sun alone gives us more
- the track on the north wall (is it load-bearing? Tomasz says maybe)
- warm or neutral white for the ship models

Could you mark up the plan and send it back by Wednesday?

Thanks,
Mira
`;

const firstAnswer = `Mira,

neutral for the models, the brass looks dead otherwise. For the case I would rather filter the window than fight the sun.

I'll wait for Tomasz on the wall.

Ada

> the museum wants the lighting plan for room 4 by the end of next week.
`;

function roomFour(): Letter[] {
  const planPdf = pdf('Room 4: north wall', [
    'Section A-A, scale 1:20',
    'Anchors M10, 12 pieces',
    'Load per anchor: 0.35 kN',
  ]);
  const subject = 'Lighting plan for room 4';
  return thread([
    {
      id: 'room4.a1',
      daysAgo: 12,
      time: '09:04',
      flags: ['\\Seen', '\\Answered'],
      from: mira,
      to: [ada],
      cc: [tomasz],
      subject,
      content: alternative(review),
    },
    {
      id: 'room4.a2',
      daysAgo: 12,
      time: '10:31',
      from: ada,
      to: [mira],
      cc: [tomasz],
      subject: `Re: ${subject}`,
      content: textPart(firstAnswer),
    },
    {
      id: 'room4.a3',
      daysAgo: 11,
      time: '14:50',
      flags: ['\\Seen', '\\Answered'],
      from: tomasz,
      to: [ada, mira],
      subject: `Re: ${subject}`,
      content: multipart('mixed', [
        alternative('The wall carries it. Drawing attached; the anchors are in stock.\n\nTomasz\n'),
        filePart({ name: 'room-4-north-wall.pdf', type: 'application/pdf', bytes: planPdf }),
      ]),
    },
    {
      id: 'room4.a4',
      answers: 'room4.a2',
      daysAgo: 11,
      time: '15:20',
      flags: ['\\Seen'],
      from: mira,
      to: [ada],
      subject: `Re: ${subject}`,
      content: alternative(
        'Filtering the window is a good thought. I will ask the museum whether they own the facade.\n\nM.\n',
      ),
    },
    {
      id: 'room4.a5',
      answers: 'room4.a3',
      daysAgo: 9,
      time: '16:12',
      from: ada,
      to: [mira, tomasz],
      subject: `Re: ${subject}`,
      content: multipart('mixed', [
        textPart('Marked up, with the luminaire list. If nobody objects it goes to the museum tomorrow.\n\nAda\n'),
        filePart({ name: 'room-4-markup.zip', type: 'application/zip', bytes: markup(planPdf) }),
      ]),
    },
    {
      id: 'room4.a6',
      daysAgo: 4,
      time: '08:44',
      from: mira,
      to: [ada, tomasz],
      cc: [priya, lena],
      subject: `Re: ${subject} (scan of the room)`,
      content: multipart('mixed', [
        textPart('The surveyors sent the point cloud at last. It is big; download it on a good line.\n\nMira\n'),
        filePart({ name: 'room-4.laz', type: 'application/octet-stream', bytes: noise(POINT_CLOUD_BYTES) }),
      ]),
    },
  ]);
}

function markup(planPdf: Buffer): Buffer {
  const luminaires = csv([
    ['position', 'type', 'watts', 'kelvin'],
    ['N1', 'track spot', 9, 4000],
    ['N2', 'track spot', 9, 4000],
    ['C1', 'case, fibre', 3, 3000],
  ]);
  return zip([
    { name: 'plan/room-4-north-wall.pdf', bytes: planPdf },
    { name: 'luminaires.csv', bytes: luminaires },
    { name: 'Anmerkungen für Büro.txt', bytes: Buffer.from('Fenster filtern, nicht abdunkeln.\r\n') },
  ]);
}

const readings = `Hej Ada,

die Fühler an der Westwand laufen seit Montag. Morgens 18,5 °C, nachmittags bis zu 24 °C bei 61 % Feuchte: das ist zu viel
für die Bücher. Die Werte (à 15 Minuten) hängen an.

Grüße
Priya
`;

// SMTP and POP3 double the first dot of each such line; whoever reads must take exactly one away (RFC 5321 §4.5.2).
const configuration = `The logger stopped at the first dot it saw. This is all of its set-up:

.profile
..
.sensor west-1
.sensor west-2
...every 900 s
.
.end

The line with a single dot ends a block. Copy it as it is, dots and all.
.
Tomasz
.
`;

function sensors(): Letter[] {
  const rows = Array.from({ length: 96 }, (_, quarter) => {
    const celsius = 21 + 3 * Math.sin((quarter - 36) / 15);
    const clock = `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`;
    return [clock, celsius.toFixed(1), (55 + 2 * (celsius - 20)).toFixed(0)];
  });
  const table = csv([['time', 'celsius', 'humidity_percent'], ...rows]);
  return thread([
    {
      id: 'westwand.1',
      daysAgo: 8,
      time: '12:02',
      flags: ['\\Seen', '\\Answered', '\\Flagged'],
      from: priya,
      to: [ada],
      cc: [tomasz],
      subject: 'Messwerte Westwand',
      content: multipart('mixed', [
        textPart(readings, { charset: 'iso-8859-1', encoding: '8bit' }),
        filePart({ name: 'westwand.csv', type: 'text/csv', bytes: table }),
      ]),
    },
    {
      id: 'westwand.2',
      daysAgo: 8,
      time: '13:15',
      from: ada,
      to: [priya],
      cc: [tomasz],
      subject: 'Re: Messwerte Westwand',
      content: textPart('Danke! 24 °C überrascht mich. Tomasz, schreibt der Logger wirklich alle 15 Minuten?\n\nAda\n'),
    },
    {
      id: 'westwand.3',
      daysAgo: 7,
      time: '09:37',
      from: tomasz,
      to: [ada, priya],
      subject: 'Re: Messwerte Westwand',
      content: textPart(configuration, { charset: 'us-ascii', encoding: '7bit' }),
    },
  ]);
}

export function workLetters(): Letter[] {
  return [...roomFour(), ...sensors()];
}
