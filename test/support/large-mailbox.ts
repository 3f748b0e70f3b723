/**
 * A mailbox of a size that shows what a server, or we, do for each message of it: 100,000 within seconds.
 *
 * Written into the Maildir directly, since to deliver each by itself would take minutes, and then looked at once, so that
 * the server has its index: what a test measures is a mailbox in use and not its first opening ever.
 */
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, fchownSync, futimesSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Dovecot } from '../../scripts/mail-server/dovecot.ts';
import { layout } from '../../scripts/mail-server/dovecot-config.ts';
import { mailAccount } from '../../scripts/mail-server/dovecot-process.ts';
import { folderPath } from '../../scripts/mail-server/maildir.ts';
import { canarySubject } from './canary.ts';
import { mailProgram } from './imap-client.ts';
import type { Caller } from './postern.ts';

export interface LargeMailboxOptions {
  /** Default: the INBOX. It has to be new. */
  readonly mailbox?: string;
  /** The message with this UID, from 1; lines that end in CR LF. Default: `smallLetter`. */
  readonly messageOf?: (uid: number) => Uint8Array;
  /** Letters of Maildir flags, in the order of the alphabet: `FS`. Default: every third is unseen. */
  readonly lettersOf?: (uid: number) => string;
}

/** When message 1 of a large mailbox came; each further one came a minute later. */
export const firstReceivedAt = new Date('2020-01-01T00:00:00Z');

export const receivedAtOf = (uid: number): Date => new Date(firstReceivedAt.getTime() + (uid - 1) * 60_000);

const lettersByDefault = (uid: number): string => (uid % 3 === 0 ? '' : 'S');

/**
 * Some 350 bytes with a header of its own. Four in five are answers: of each ten in a row, two begin a conversation and the
 * others go on with one of these.
 */
export function smallLetter(uid: number): Uint8Array {
  const place = (uid - 1) % 10;
  const root = uid - (place < 5 ? place : place - 5);
  const subject = `${canarySubject} ${root}`;
  const idOf = (number: number): string => `<${number}@large.example>`;
  const answers = root === uid ? [] : [`In-Reply-To: ${idOf(uid - 1)}`, `References: ${idOf(root)} ${idOf(uid - 1)}`];
  const lines = [
    `From: Person ${uid % 97} <person${uid % 97}@large.example>`,
    'To: ada@postern.example',
    `Subject: ${root === uid ? '' : 'Re: '}${subject}`,
    `Date: ${receivedAtOf(uid).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: ${idOf(uid)}`,
    ...answers,
    '',
    `This is ${uid}.`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'));
}

/** Fills a mailbox of `caller` with messages of the UIDs 1 to `count`. */
export async function fillMailbox(
  dovecot: Dovecot,
  caller: Caller,
  count: number,
  options: LargeMailboxOptions = {},
): Promise<void> {
  const { mailbox = 'INBOX', messageOf = smallLetter, lettersOf = lettersByDefault } = options;
  const { owner } = await mailAccount();
  const root = dovecot.maildir(caller.user);
  const folder = folderPath(root, mailbox);
  for (const directory of [dirname(root), root, folder, ...['tmp', 'new', 'cur'].map((name) => join(folder, name))]) {
    const made = mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (made !== undefined && owner !== undefined) chownSync(directory, owner.uid, owner.gid);
  }
  for (let uid = 1; uid <= count; uid++) {
    const bytes = messageOf(uid);
    // The server gives out UIDs in the order of these names. With both sizes in them it need not read the files for those.
    const name = `1500000000.M${String(uid).padStart(9, '0')}P1.postern,S=${bytes.length},W=${bytes.length}:2,${lettersOf(uid)}`;
    const file = openSync(join(folder, 'cur', name), 'wx', 0o600);
    writeSync(file, bytes);
    futimesSync(file, receivedAtOf(uid), receivedAtOf(uid));
    if (owner !== undefined) fchownSync(file, owner.uid, owner.gid);
    closeSync(file);
  }
  await lookAtAll(dovecot, caller.user, mailbox);
  const program = await mailProgram(dovecot, caller, mailbox);
  const told = await program.command('UID SEARCH RETURN (COUNT MAX) ALL');
  program.close();
  if (!told.includes(`COUNT ${count}`) || !told.includes(`MAX ${count}`))
    throw new Error(`It has not got all: ${told}`);
}

/** Has the server make its index, with what a listing asks for first; over IMAP the answer alone would take half a minute to read here. */
async function lookAtAll({ directory }: Dovecot, user: string, mailbox: string): Promise<void> {
  const items = 'uid flags date.received size.virtual';
  const doveadm = spawn('doveadm', ['-c', layout.config(directory), 'fetch', '-u', user, items, 'mailbox', mailbox], {
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin` },
    stdio: 'ignore',
  });
  const [status] = await once(doveadm, 'exit');
  if (status !== 0) throw new Error(`doveadm fetch ended with ${status}`);
}
