/**
 * What is in the demo mailbox?
 *
 * Everything that `npm start` puts into the demo mail server: one person's mail, as odd as real mail is. Made by our own
 * generator, not by a MIME library, so that every byte is one that we want. Knows no server and writes no file.
 */
import { familyLetters } from './family.ts';
import { filedLetters } from './folders.ts';
import { foreignLetters } from './languages.ts';
import { type DemoMessage, demoDay, post } from './letter.ts';
import { listLetters } from './lists.ts';
import { receiptLetters } from './receipts.ts';
import { sealedLetters } from './sealed.ts';
import { strangeLetters } from './strangers.ts';
import { structuredLetters } from './structures.ts';
import { workLetters } from './work.ts';

export type { DemoFlag, DemoMessage } from './letter.ts';

/** Every folder that shall exist. 'Später lesen' stays empty, and so do the parents of sub-folders. */
export const demoMailboxes: readonly string[] = [
  'INBOX',
  'Drafts',
  'Sent',
  'Archive',
  'Junk',
  'Trash',
  'Projekte',
  'Projekte/Büro',
  'Rechnungen',
  'Rechnungen/2026',
  'Reisen',
  'Reisen/Österreich',
  'Später lesen',
  '旅行',
];

/** Oldest first; the same bytes all through one day (UTC) of `now`, and nothing later than its midnight. */
export function demoMessages(now: Date): DemoMessage[] {
  const day = demoDay(now);
  const letters = [
    ...familyLetters(),
    ...workLetters(),
    ...foreignLetters(),
    ...listLetters(),
    ...receiptLetters(),
    ...structuredLetters(day),
    ...sealedLetters(),
    ...strangeLetters(),
    ...filedLetters(),
  ];
  return letters
    .map((letter) => post(letter, day))
    .sort((one, other) => one.receivedAt.getTime() - other.receivedAt.getTime());
}
