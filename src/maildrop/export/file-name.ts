/**
 * How is the file of a message called?
 *
 * By its place in the maildrop, which no other message has, and by some words of its subject, for people. A subject is hostile: of it
 * letters, digits and hyphens remain, so that no name leads out of a folder, means a device, or looks like another's.
 */
import { HeaderFields } from '../../core/mime/fields.ts';
import { decodedText } from '../../core/mime/header.ts';

/** With the place and `.eml` a name is below 100 octets, which every file system takes. */
const subjectChars = 60;
/** So that names sort as the messages do. */
const placeDigits = 5;

/** `00042-Invoice-for-November.eml`; `beginning` is what the message begins with, its header at least. */
export function fileNameOf(place: number, beginning: Uint8Array): string {
  const subject = new HeaderFields(beginning).first('subject');
  const words = subject === null ? '' : wordsOf(decodedText(subject));
  return `${String(place).padStart(placeDigits, '0')}${words === '' ? '' : `-${words}`}.eml`;
}

/** `Grüße aus Köln!` is `Grusse-aus-Koln`: what a letter is without its accents, as far as there is such a one in ASCII. */
const wordsOf = (subject: string): string =>
  subject
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replace(/\p{Mark}+/gu, '')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, subjectChars)
    .replace(/-$/, '');
