/**
 * What do shops, offices and machines send?
 *
 * Receipts and notices, one with a subject as long as some offices make them, and the invoices filed by year, whose names
 * RFC 2231 continues over several parameters.
 */
import { alternative, filePart, multipart, textPart } from './compose.ts';
import { pdf } from './files.ts';
import type { Person } from './headers.ts';
import { receiptHtml } from './html.ts';
import type { Letter } from './letter.ts';
import { ada } from './people.ts';

const LONG_SUBJECT = [
  'Ankuendigung der Arbeiten an Heizung und Steigleitungen im Vorderhaus und im Seitenfluegel (Aufgaenge A bis D) in der',
  'kommenden Woche, voraussichtlich Donnerstag 8 bis 12 Uhr, bei Frost erst am Freitag, mit Abstellung des Kalt- und',
  'Warmwassers in allen Wohnungen; Zugang zu den Kellerabteilen 11 bis 34 bitte freihalten, Fahrraeder aus dem Durchgang',
  'entfernen und Schluessel bei Bedarf bis Mittwoch im Buero der Hausverwaltung hinterlegen (bitte aushaengen)',
].join(' ');

function receipts(): Letter[] {
  const order = [
    ['Dichtungsring 22 mm (4 Stück)', '3,60 €'],
    ['Schlauchventil, Messing', '7,20 €'],
    ['Versand', '4,90 €'],
    ['Summe', '15,70 €'],
  ] as const;
  const text = order.map(([item, price]) => `${item.padEnd(32)}${price.padStart(8)}`).join('\n');
  const note = 'Ihre Sendung ist unterwegs und kommt voraussichtlich übermorgen an.';
  return [
    {
      id: 'best.90233',
      daysAgo: 4,
      time: '13:05',
      flags: ['\\Seen'],
      from: { name: 'Schraubenkontor', address: 'bestellung@schraubenkontor.example' },
      to: [ada],
      subject: 'Ihre Bestellung 90233 ist unterwegs',
      content: alternative(`${text}\n\n${note}\n`, receiptHtml('Bestellung 90233', order, note)),
    },
    {
      id: 'leihfrist.5',
      daysAgo: 2,
      time: '04:00',
      from: { name: 'Stadtbücherei', address: 'ausleihe@stadtbuecherei.example' },
      to: [ada],
      subject: 'Leihfrist endet in drei Tagen',
      extra: [['Auto-Submitted', 'auto-generated']],
      content: textPart(
        '„Licht und Schatten im Barock“ ist in drei Tagen fällig.\nVerlängern: https://stadtbuecherei.example/konto\n',
      ),
    },
    {
      id: 'login.7c1',
      daysAgo: 1,
      time: '20:14',
      from: { name: 'Werkzeugkiste', address: 'security@werkzeugkiste.example' },
      to: [ada],
      subject: 'New sign-in to your account',
      extra: [['Auto-Submitted', 'auto-generated']],
      content: alternative(
        'A new sign-in, from Hamburg, with Firefox on Linux.\n\nIf this was you, there is nothing to do.\n',
      ),
    },
  ];
}

function invoices(): Letter[] {
  const invoice = (id: string, daysAgo: number, from: Person, name: string, total: string): Letter => ({
    id,
    daysAgo,
    time: '08:00',
    mailbox: 'Rechnungen/2026',
    flags: ['\\Seen'],
    from,
    to: [ada],
    subject: `Ihre Rechnung ${id}`,
    content: multipart('mixed', [
      textPart(`Guten Tag,\n\nanbei Ihre Rechnung über ${total}. Vielen Dank für Ihren Auftrag.\n`),
      filePart({
        name,
        type: 'application/pdf',
        bytes: pdf(`Rechnung ${id}`, ['Ada Berger', `Summe: ${total}`, 'zahlbar in 14 Tagen']),
        nameStyle: 'continued',
      }),
    ]),
  });
  const bikes = { name: 'Fahrradwerkstatt Übermut', address: 'werkstatt@uebermut.example' };
  const power = { name: 'Küstenstrom', address: 'rechnung@kuestenstrom.example' };
  return [
    invoice(
      'R-1093',
      58,
      power,
      'Abschlagsrechnung Küstenstrom für das dritte Quartal – Zählernummer 0049.pdf',
      '187,40 EUR',
    ),
    invoice(
      'FW-212',
      26,
      bikes,
      'Rechnung FW-212 – Fahrradwerkstatt Übermut, große Durchsicht & neue Züge.pdf',
      '94,00 EUR',
    ),
  ];
}

function notice(): Letter {
  return {
    id: 'aushang.14',
    daysAgo: 10,
    time: '11:11',
    flags: ['\\Seen'],
    from: { name: 'Hausverwaltung Lindenhof', address: 'verwaltung@lindenhof.example' },
    to: [
      ada,
      { name: 'Familie Brandt', address: 'brandt@wohnung5.example' },
      { name: 'Piet Harms', address: 'piet@deichweg.example' },
      { address: 'wohnung7@lindenhof.example' },
    ],
    cc: [{ name: 'Heizung & Bad, Notdienst', address: 'notdienst@heizungbad.example' }],
    subject: LONG_SUBJECT,
    content: textPart('Am Donnerstag wird von 8 bis 12 Uhr das Wasser abgestellt.\n\nHausverwaltung Lindenhof\n'),
  };
}

export function receiptLetters(): Letter[] {
  return [...receipts(), ...invoices(), notice()];
}
