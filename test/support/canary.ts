/**
 * Words that must never be seen outside of mail: part of every password and of every subject in these tests.
 */
import { Buffer } from 'node:buffer';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

export const canaryPassword = 'canary-password-Zq7Lx';
export const canarySubject = 'canary-subject-Kp3Vw';

/**
 * What is in every user's name, in the addresses and Message-IDs of letters, and at the beginning of capsules: none of it is kept. A log
 * line may have them no more than that.
 */
const canaryUser = '@postern.example';
const canarySender = 'weaver.example';
const canaryCapsule = 'pstn_eyJ';

/** The canaries in `text`, also where they hide in another form. */
export const canariesIn = (text: string): string[] => wordsIn(text, [canaryPassword, canarySubject]);

/** What is in a log that is not to be there. */
export const tracesInLog = (log: string): string[] =>
  wordsIn(log, [canaryPassword, canarySubject, canaryUser, canarySender, canaryCapsule]);

/**
 * What is in the files below `directory` that is not to be there, names of files included. Files are looked through as they are: of a
 * database also what was deleted in it and is still there.
 */
export async function tracesBelow(directory: string): Promise<string[]> {
  const words = [canaryPassword, canarySubject, canaryUser, canarySender, canaryCapsule];
  const entries = await entriesBelow(directory);
  return entries.flatMap(({ path, text }) => wordsIn(`${path}\n${text}`, words).map((word) => `${path}: ${word}`));
}

export interface Entry {
  /** Below the directory. */
  readonly path: string;
  readonly isFile: boolean;
  /** An octet a character. */
  readonly text: string;
}

/** All files and directories. */
export async function entriesBelow(directory: string): Promise<readonly Entry[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const isFile = entry.isFile();
      return { path: relative(directory, path), isFile, text: isFile ? await readFile(path, 'latin1') : '' };
    }),
  );
}

const wordsIn = (text: string, words: readonly string[]): string[] =>
  words.filter((word) => formsOf(word).some((form) => text.includes(form)));

const forms = new Map<string, readonly string[]>();

/** As it is, as URLs, JSON, hexadecimal dumps and base64 have it, and with two octets a character as V8 keeps some strings. */
export function formsOf(word: string): readonly string[] {
  const known = forms.get(word);
  if (known !== undefined) return known;
  const octets = Buffer.from(word);
  const hex = octets.toString('hex');
  const made = [
    word,
    encodeURIComponent(word),
    hex.replace(/../g, '%$&'),
    hex.replace(/../g, '%$&').toUpperCase(),
    hex.replace(/../g, '\\u00$&'),
    hex,
    hex.toUpperCase(),
    Buffer.from(word, 'utf16le').toString('latin1'),
    ...base64Of(octets),
    ...base64Of(Buffer.from(word, 'utf16le')),
  ];
  forms.set(word, made);
  return made;
}

/** Base64 shows the same octets in three ways, depending on where they begin; the outermost characters mix with others. */
function base64Of(octets: Buffer): string[] {
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), octets])
      .toString('base64')
      .replace(/=+$/, '')
      .slice(shift === 0 ? 0 : 4, -2),
  );
  return shifted.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
}
