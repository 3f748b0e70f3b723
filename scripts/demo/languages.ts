/**
 * How does mail in other scripts look?
 *
 * windows-1251 in both of its transfer encodings, ISO-2022-JP, ISO-8859-1 and UTF-8 as 8-bit text. The texts are exported
 * so that a test can compare what a reader decodes with what was meant.
 */
import { filePart, multipart, textPart } from './compose.ts';
import { pdf } from './files.ts';
import { encodedWords } from './headers.ts';
import { type Letter, thread } from './letter.ts';
import { ada, kenji, olga } from './people.ts';

export const russian = {
  subject: 'Тексты к залу 4: перевод готов, есть вопросы о названиях кораблей',
  text: `Здравствуйте, Ада!

Перевод табличек для четвёртого зала готов. Остались три вопроса о названиях кораблей: «Надежда» пишем в кавычках?

Жду ответа до четверга.

С уважением,
Ольга
`,
  secondSubject: 'Re: Тексты к залу 4 – исправления',
  secondText: `Ада, спасибо!

Исправила всё, что вы отметили. Счёт № 117 пришлю отдельным письмом.

Ольга
`,
} as const;

export const japanese = {
  subject: '展示用ランプの見積もりについて(第四展示室)',
  text: `ベルガー様

いつもお世話になっております。光工房の森です。

ご依頼いただいた展示用ランプ12台のお見積もりをお送りします。
納期は6週間ほどです。ご不明な点がありましたら、お知らせください。

よろしくお願いいたします。
森 健二
`,
  ticketSubject: '乗車券のご案内',
  ticketText: `ご予約ありがとうございます。

区間: 東京 → 金沢
人数: 1名
座席: 7号車 12番E席
`,
  ryokanSubject: 'ご予約の確認 – 山の宿 ほたる',
  attachmentName: '予約確認書 ベルガー様.pdf',
} as const;

export const french = {
  subject: 'Votre commande est prête à être retirée',
  text: `Bonjour Madame Berger,

l'ouvrage « Lumière et matière » que vous aviez réservé est arrivé : il vous attend à la librairie jusqu'à samedi.
Prix : 38,50 EUR, déjà réglé.

À bientôt,
Librairie du Phare
`,
} as const;

export const polish = {
  subject: 'Zażółć gęślą jaźń – próba czcionek',
  text: 'Cześć Ado!\n\nCzcionka na tabliczki ma wszystkie znaki: ąćęłńóśźż ĄĆĘŁŃÓŚŹŻ. Wysyłam do druku w środę.\n\nBasia\n',
} as const;

function fromOlga(): Letter[] {
  return thread([
    {
      id: '20117.tabl',
      daysAgo: 13,
      time: '07:11',
      zone: '+0300',
      flags: ['\\Seen', '\\Answered'],
      from: olga,
      to: [ada],
      subject: encodedWords(russian.subject, 'windows-1251', 'B'),
      content: textPart(russian.text, { charset: 'windows-1251', encoding: '8bit' }),
    },
    {
      id: 'tabl.re1',
      daysAgo: 13,
      time: '09:40',
      from: ada,
      to: [olga],
      subject: `Re: ${russian.subject}`,
      content: textPart('Dear Olga,\n\nyes, «Надежда» with quotation marks, please. The other two without.\n\nAda\n'),
    },
    {
      id: '20125.tabl',
      daysAgo: 10,
      time: '06:52',
      zone: '+0300',
      flags: ['\\Seen'],
      from: olga,
      to: [ada],
      subject: encodedWords(russian.secondSubject, 'windows-1251', 'Q'),
      content: textPart(russian.secondText, { charset: 'windows-1251', encoding: 'quoted-printable' }),
    },
  ]);
}

function fromJapan(): Letter[] {
  const ryokan = { name: '山の宿 ほたる', address: 'yoyaku@hotaru-yado.example' };
  const confirmation = pdf('Reservation 4-1187', ['Guest: Ada Berger', '2 nights, half board', 'Check-in from 15:00']);
  const name = japanese.attachmentName;
  return [
    {
      id: 'mitsumori.0412',
      daysAgo: 5,
      time: '01:26',
      zone: '+0900',
      from: kenji,
      to: [ada],
      subject: encodedWords(japanese.subject, 'ISO-2022-JP', 'B'),
      content: textPart(japanese.text, { charset: 'ISO-2022-JP', encoding: '7bit' }),
    },
    {
      id: 'ticket.77120',
      daysAgo: 33,
      time: '04:02',
      zone: '+0900',
      mailbox: '旅行',
      flags: ['\\Seen'],
      from: { name: '北陸の旅', address: 'noreply@hokuriku-tabi.example' },
      to: [ada],
      subject: encodedWords(japanese.ticketSubject, 'ISO-2022-JP', 'B'),
      content: textPart(japanese.ticketText, { charset: 'ISO-2022-JP', encoding: '7bit' }),
    },
    {
      id: 'yoyaku.41187',
      daysAgo: 31,
      time: '05:48',
      zone: '+0900',
      mailbox: '旅行',
      flags: ['\\Seen', '\\Flagged'],
      from: ryokan,
      to: [ada],
      subject: japanese.ryokanSubject,
      content: multipart('mixed', [
        textPart('ベルガー様\n\nご予約を確認いたしました。夕食は18時からです。\n', { encoding: 'base64' }),
        filePart({ name, type: 'application/pdf', bytes: confirmation, nameStyle: 'extended' }),
      ]),
    },
  ];
}

function fromNeighbours(): Letter[] {
  return [
    {
      id: 'cmd.5521',
      daysAgo: 16,
      time: '13:33',
      flags: ['\\Seen'],
      from: { name: 'Librairie du Phare', address: 'bonjour@librairie-phare.example' },
      to: [ada],
      subject: encodedWords(french.subject, 'iso-8859-1', 'Q'),
      content: textPart(french.text, { charset: 'iso-8859-1', encoding: '8bit' }),
    },
    {
      id: 'proba.9',
      daysAgo: 6,
      time: '10:19',
      from: { name: 'Barbara Wójcik', address: 'b.wojcik@literownia.example' },
      to: [ada],
      subject: polish.subject,
      content: textPart(polish.text, { encoding: '8bit' }),
    },
  ];
}

export function foreignLetters(): Letter[] {
  return [...fromOlga(), ...fromJapan(), ...fromNeighbours()];
}
