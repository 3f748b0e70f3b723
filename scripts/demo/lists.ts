/**
 * Which lists is Ada on?
 *
 * Newsletters with List-Unsubscribe (RFC 2369, 8058), and a hiking club's mailing list that is written to by an address
 * group.
 */
import { alternative, flowedPart } from './compose.ts';
import type { Header, Person } from './headers.ts';
import { newsletterHtml, newsletterText, type Story } from './html.ts';
import { type Letter, thread } from './letter.ts';
import { ada } from './people.ts';

interface Issue {
  readonly id: string;
  readonly daysAgo: number;
  readonly from: Person;
  readonly subject: string;
  readonly accent: string;
  readonly stories: readonly Story[];
  readonly flags?: Letter['flags'];
}

const issues: readonly Issue[] = [
  {
    id: 'grotesk.58',
    daysAgo: 17,
    from: { name: 'Grotesk & Co.', address: 'letter@grotesk-weekly.example' },
    subject: 'Issue 58: signs you can read from a bicycle',
    accent: '#b03a2e',
    flags: ['\\Seen'],
    stories: [
      {
        headline: 'Signs you can read from a bicycle',
        text: 'Why the capital I of most street signs fails at 20 km/h, and what three small towns did about it.',
        link: 'https://grotesk-weekly.example/58/signs',
      },
      { headline: 'From the archive', text: 'A wood type specimen of 1894, scanned at last. Beware: it is 90 pages.' },
    ],
  },
  {
    id: 'kulturhaus.11',
    daysAgo: 9,
    from: { name: 'Kulturhaus Süd', address: 'programm@kulturhaus-sued.example' },
    subject: 'Programm im Kulturhaus: Schattentheater, Flohmarkt, Chor für alle',
    accent: '#1f618d',
    stories: [
      {
        headline: 'Schattentheater „Die Fähre“',
        text: 'Freitag und Samstag, 20 Uhr. Eintritt frei, wir reichen einen Hut herum. Plätze bitte vorbestellen.',
        link: 'https://kulturhaus-sued.example/faehre',
      },
      { headline: 'Chor für alle', text: 'Jeden Dienstag um 19 Uhr. Noten lesen muss niemand können.' },
      { headline: 'Flohmarkt', text: 'Tische kosten 8 Euro, Kinder verkaufen umsonst.' },
    ],
  },
  {
    id: 'lumen.203',
    daysAgo: 1,
    from: { name: 'Lumen Notes', address: 'notes@lumen-notes.example' },
    subject: 'Lumen Notes #203 – flicker, measured honestly',
    accent: '#7d6608',
    stories: [
      {
        headline: 'Flicker, measured honestly',
        text: 'We bought nine drivers and a fast photodiode. Four of the data sheets told the truth.',
        link: 'https://lumen-notes.example/203',
      },
      { headline: 'Job board', text: 'Two theatres and one aquarium are looking for lighting designers.' },
    ],
  },
];

function newsletters(): Letter[] {
  return issues.map(({ id, daysAgo, from, subject, accent, stories, flags = [] }) => {
    const domain = from.address.slice(from.address.indexOf('@') + 1);
    const unsubscribe = `https://${domain}/unsubscribe?r=8f21c0`;
    const title = from.name ?? domain;
    return {
      id,
      daysAgo,
      time: '05:30',
      flags,
      from,
      to: [ada],
      subject,
      returnPath: `bounce+ada=postern.example@${domain}`,
      extra: listHeaders(`news.${domain}`, unsubscribe, `leave@${domain}`),
      content: alternative(
        newsletterText(title, stories, unsubscribe),
        newsletterHtml(title, accent, stories, unsubscribe),
      ),
    };
  });
}

function listHeaders(listId: string, unsubscribe: string, leave: string): Header[] {
  return [
    ['List-Id', `<${listId}>`],
    ['List-Unsubscribe', `<${unsubscribe}>, <mailto:${leave}?subject=unsubscribe>`],
    ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
    ['Precedence', 'bulk'],
  ];
}

function hikers(): Letter[] {
  const list: Person = { name: 'Küstenpfad', address: 'kuestenpfad@wanderfreunde.example' };
  const ruth: Person = { name: 'Ruth Albers', address: 'ruth@deichweg.example' };
  const bente: Person = { name: 'Bente "Ben" Lund, Tourenwart', address: 'bente@fjordnet.example' };
  const extra: Header[] = [
    ...listHeaders(
      'kuestenpfad.wanderfreunde.example',
      'https://wanderfreunde.example/l/kuestenpfad',
      'l@wanderfreunde.example',
    ),
    ['List-Post', '<mailto:kuestenpfad@wanderfreunde.example>'],
  ];
  const subject = '[kuestenpfad] Winterwanderung am Sonntag';
  const text =
    'Hallo zusammen, wir treffen uns um 9:40 am Anleger und gehen bis zum Leuchtturm, etwa 14 km. Bitte Stirnlampen mitbringen, es wird um vier dunkel.\n\nBente';
  const reply =
    'Ich bin dabei und habe zwei Plätze im Auto.\n\nRuth\n\n> wir treffen uns um 9:40 am Anleger und gehen bis zum Leuchtturm, etwa 14 km. Bitte Stirnlampen mitbringen, es wird um vier dunkel.';
  return thread([
    {
      id: 'tour.31',
      daysAgo: 7,
      time: '17:01',
      flags: ['\\Seen'],
      from: bente,
      to: [{ group: 'Wandergruppe', members: [ada, ruth, { address: 'piet@deichweg.example' }] }, list],
      cc: [{ group: 'undisclosed-recipients', members: [] }],
      subject,
      extra,
      content: flowedPart(text),
    },
    {
      id: 'tour.32',
      daysAgo: 6,
      time: '20:48',
      from: ruth,
      to: [list],
      cc: [bente, ada],
      subject: `Re: ${subject}`,
      extra,
      content: flowedPart(reply),
    },
  ]);
}

export function listLetters(): Letter[] {
  return [...newsletters(), ...hikers()];
}
