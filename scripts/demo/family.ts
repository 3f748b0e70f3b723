/**
 * What does Ada's family write?
 *
 * One long thread about a birthday, over INBOX and Sent, and small notes. German, as families are: every way of writing
 * an umlaut occurs. Holds the inline image with a cid and format=flowed with delsp and quotes.
 */
import { alternative, filePart, flowedPart, htmlPart, multipart, textPart } from './compose.ts';
import { csv, landscape } from './files.ts';
import { encodedWords } from './headers.ts';
import { letterHtml } from './html.ts';
import { type Letter, thread } from './letter.ts';
import { ada, clara, heinz, ingrid, jonas } from './people.ts';

const BIRTHDAY = 'Mamas 70. – wer macht was? Saal, Kuchen, Gästeliste und die Überraschung';

const plan = `Ihr Lieben,

in acht Wochen wird Mama siebzig. Ich würde gern bis Ende des Monats wissen, wer was übernimmt:

1. Saal (um die 40 Leute, möglichst ebenerdig wegen Tante Gisela)
2. Kuchen – ich backe drei, mehr schaffe ich nicht
3. Gästeliste
4. die Überraschung. Bitte NICHTS davon am Telefon, sie hört mit :)

Wer mag was?

Clara
`;

const adasOffer = `Hallo ihr drei,

die Gästeliste mache ich gern, ich habe ja noch die Adressen von der goldenen Hochzeit. Und für die Überraschung hätte
ich eine Idee mit Licht – dazu mehr, wenn ich weiß, welcher Saal es wird.

Ada

> in acht Wochen wird Mama siebzig. Ich würde gern bis Ende des Monats wissen, wer was übernimmt
`;

const hall = `Hab einen gefunden: die alte Reithalle hinter dem Bahnhof. Sieht von innen so aus, und von der Terrasse schaut man auf die Hügel (Foto unten). 320 Euro für den ganzen Tag, Geschirr inklusive.

Soll ich zusagen?

Jonas
`;

const flowedReply = `Lieber Jonas,
>> Hab einen gefunden: die alte Reithalle hinter dem Bahnhof. Sieht von innen so aus, und von der Terrasse schaut man auf die Hügel.
> Soll ich zusagen?
Unbedingt! In der Reithalle haben eure Eltern getanzt, lange bevor es euch gab, und die Terrasse war damals schon das Schönste daran. Ich bringe den Plattenspieler mit und fahre, wer gefahren werden muss.
From the station it is only five minutes on foot, das kann ich sogar den englischen Vettern erklären.
--
Heinz Köhler
Altepost 3`;

function birthday(): Letter[] {
  const everyone = [ada, jonas, heinz];
  return thread([
    {
      id: 'mama70.1',
      daysAgo: 19,
      time: '18:22',
      flags: ['\\Seen', '\\Answered'],
      from: clara,
      to: everyone,
      subject: encodedWords(BIRTHDAY, 'utf-8', 'Q'),
      content: textPart(plan),
    },
    {
      id: 'mama70.2',
      daysAgo: 19,
      time: '20:05',
      from: ada,
      to: [clara],
      cc: [jonas, heinz],
      subject: `Re: ${BIRTHDAY}`,
      content: textPart(adasOffer),
    },
    {
      id: 'mama70.3',
      daysAgo: 15,
      time: '11:47',
      flags: ['\\Seen', '\\Flagged'],
      from: jonas,
      to: [clara, ada],
      cc: [heinz],
      subject: `Re: ${BIRTHDAY}`,
      content: photoLetter(),
    },
    {
      id: 'mama70.4',
      daysAgo: 14,
      time: '08:15',
      flags: ['\\Seen'],
      from: heinz,
      to: [jonas],
      cc: [clara, ada],
      subject: `Re: ${BIRTHDAY}`,
      content: flowedPart(flowedReply, true),
    },
    {
      id: 'mama70.5',
      daysAgo: 6,
      time: '17:30',
      flags: ['\\Seen', '\\Answered'],
      from: clara,
      to: everyone,
      subject: `Re: ${BIRTHDAY}`,
      content: multipart('mixed', [textPart('Das sind alle, die bisher zugesagt haben. Wer fehlt?\n\nC.\n'), guests()]),
    },
    {
      id: 'mama70.6',
      daysAgo: 5,
      time: '07:58',
      from: ada,
      to: [clara],
      subject: `Re: ${BIRTHDAY}`,
      content: textPart('Die Nachbarn von gegenüber! Sonst vollständig. Danke dir.\n\nAda\n'),
    },
  ]);
}

function photoLetter() {
  const cid = 'terrasse.1@mailhafen.example';
  const image = `<p><img src="cid:${cid}" alt="Blick von der Terrasse" width="320" height="200"></p>\n</body>`;
  const related = multipart(
    'related',
    [
      htmlPart(letterHtml(hall).replace('</body>', image)),
      filePart({
        name: 'Terrasse.png',
        type: 'image/png',
        bytes: landscape(320, 200, 214),
        disposition: 'inline',
        cid,
      }),
    ],
    '; type="text/html"',
  );
  return multipart('alternative', [textPart(hall), related]);
}

function guests() {
  const rows = [
    ['Name', 'Personen', 'Anreise', 'Kuchen'],
    ['Köhler, Heinz', 1, 'Auto', 'nein'],
    ['Köhler, Gisela', 1, 'wird abgeholt', 'ja'],
    ['Brandt, Familie', 4, 'Zug', 'ja'],
    ['Ærø-Vettern', 3, 'Fähre', 'nein'],
  ];
  return filePart({ name: 'Gästeliste.csv', type: 'text/csv; charset=utf-8', bytes: csv(rows), nameStyle: 'extended' });
}

function notes(): Letter[] {
  return [
    {
      id: 'handy.4471',
      daysAgo: 3,
      time: '16:41',
      flags: ['\\Seen'],
      from: jonas,
      to: [ada],
      // No Subject at all, as some phones send it.
      content: textPart('Komme 10 min später, Zug steht vor Altona. Fang ruhig schon an zu kochen\n', {
        encoding: '8bit',
      }),
    },
    {
      id: 'emoji.220',
      daysAgo: 2,
      time: '19:12',
      from: jonas,
      to: [ada],
      subject: '🎉 Bestanden!! 👩‍🔬🥳 Praktikum ab März ✔️',
      content: alternative(
        'Note 1,7 🎓\n\nUnd die Stelle im Labor habe ich auch. Samstag Essen, ich zahle.\n\nJonas\n',
      ),
    },
    {
      id: 'ingrid.88',
      daysAgo: 1,
      time: '06:20',
      from: ingrid,
      to: [ada],
      subject: 'Deine Winterjacke',
      content: flowedPart(
        'Liebes, die blaue Jacke hängt noch hier, und in der Tasche steckt ein Schlüssel, der zu keinem Schloss im Haus passt. Soll ich beides schicken oder kommst du am Wochenende ohnehin?\n\nEs gibt Apfelkuchen.\n\nMama',
      ),
    },
  ];
}

export function familyLetters(): Letter[] {
  return [...birthday(), ...notes()];
}
