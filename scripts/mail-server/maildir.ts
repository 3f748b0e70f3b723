/**
 * How does a message get into a Maildir behind the mail server's back?
 *
 * As any delivery agent does it: written under `tmp`, then renamed, so the server never sees half of one. Knows the
 * directory layout of Maildir++ and Dovecot's names in it; knows neither Dovecot's process nor its configuration.
 */

import { Buffer } from 'node:buffer';
import { chown, mkdir, rename, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The Maildir letter of each IMAP system flag. */
const LETTERS = { '\\Draft': 'D', '\\Flagged': 'F', '\\Answered': 'R', '\\Seen': 'S', '\\Deleted': 'T' } as const;

export type SystemFlag = keyof typeof LETTERS;

/** The user whom the server's mail processes run as. Undefined where that is who we are. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface Delivery {
  readonly flags?: readonly SystemFlag[];
  /** Becomes IMAP's INTERNALDATE. Now, if not given. */
  readonly receivedAt?: Date;
}

let delivered = 0;

/**
 * Stores one message in the folder `mailbox` ('INBOX', 'Projects/2026') of the Maildir `root`, making the folder if
 * need be. Later calls get higher UIDs, once the server looks.
 *
 * The file holds exactly `bytes`. Dovecot (2.3 and 2.4) serves them with each lone LF as CR LF; lone CR and 8-bit bytes
 * stay. Over IMAP a NUL comes back as 0x80; over POP3 an unfinished last line comes back finished. So lines that end in
 * CR LF, without NUL, are what a byte-exact comparison is made with.
 */
export async function deliver(
  root: string,
  mailbox: string,
  bytes: Uint8Array,
  owner: Owner | undefined,
  { flags = [], receivedAt = new Date() }: Delivery = {},
): Promise<void> {
  const folder = await makeFolder(root, mailbox, owner);
  delivered += 1;
  // The server gives out UIDs in the order of the seconds and then of the M part, so both must only ever grow.
  const sequence = String(delivered).padStart(9, '0');
  const name = `${Math.floor(Date.now() / 1000)}.M${sequence}P${process.pid}.postern,S=${bytes.length}`;
  const temporary = join(folder, 'tmp', name);
  await writeFile(temporary, bytes, { flag: 'wx', mode: 0o600 });
  await utimes(temporary, receivedAt, receivedAt);
  if (owner) await chown(temporary, owner.uid, owner.gid);
  const letters = flags.map((flag) => LETTERS[flag]).sort();
  // `new` is for mail that no client has seen: there a file has no flags.
  const place = letters.length === 0 ? join('new', name) : join('cur', `${name}:2,${letters.join('')}`);
  await rename(temporary, join(folder, place));
}

/** Makes the folder's directories, owned by the mail user, and answers its path. */
async function makeFolder(root: string, mailbox: string, owner: Owner | undefined): Promise<string> {
  const folder = folderPath(root, mailbox);
  for (const directory of [dirname(root), root, folder, ...['tmp', 'new', 'cur'].map((name) => join(folder, name))]) {
    const made = await mkdir(directory, { recursive: true, mode: 0o700 });
    if (made !== undefined && owner) await chown(directory, owner.uid, owner.gid);
  }
  return folder;
}

/** Where Maildir++ keeps a folder: INBOX is the Maildir itself, 'A/B' is its sub-directory '.A.B'. */
export function folderPath(root: string, mailbox: string): string {
  if (mailbox === 'INBOX') return root;
  if (/[.\0]|^\/|\/$|\/\//.test(mailbox)) throw new Error(`Maildir++ has no place for a folder named '${mailbox}'`);
  return join(
    root,
    mailbox
      .split('/')
      .map((part) => `.${modifiedUtf7(part)}`)
      .join(''),
  );
}

/** IMAP's modified UTF-7 (RFC 3501 §5.1.3), in which Dovecot names its directories. */
export function modifiedUtf7(text: string): string {
  return text.replaceAll('&', '&-').replace(/[^\x20-\x7e]+/g, (run) => {
    const utf16 = Buffer.from(run, 'utf16le').swap16();
    return `&${utf16.toString('base64').replace(/=+$/, '').replaceAll('/', ',')}-`;
  });
}
