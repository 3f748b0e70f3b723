/**
 * Accounts for thousands of runs, written and read on the server's disk without asking the server.
 *
 * Their UIDs and UIDVALIDITY are known beforehand: they stand in the file in which Dovecot keeps them (`dovecot-uidlist`,
 * version 3). The messages are links to one file each, as a Maildir never changes a file.
 */
import { Buffer } from 'node:buffer';
import {
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { mailAccount } from '../../scripts/mail-server/dovecot-process.ts';
import { folderPath, type Owner } from '../../scripts/mail-server/maildir.ts';
import { sha256Of } from './maildir.ts';

/** Of the mailboxes in the first account that is written; see `WriteAccount`. */
export const firstUidValidity = 1_785_230_400;

export interface Placed {
  /** INBOX when it is left out. */
  readonly mailbox?: string;
  readonly bytes: Uint8Array;
  /** As in a file name: `T` is `\Deleted`. */
  readonly flags: string;
}

export interface Found {
  /** As the server has written it down; null when it has not. */
  readonly id: string | null;
  readonly digest: string;
  readonly flags: string;
}

/** Whatever was there before is gone. All mailboxes get this UIDVALIDITY, so that no id is one of the account before. */
export type WriteAccount = (maildir: string, uidValidity: number) => void;

/** Writes accounts anew, with these messages, whose UIDs count from 1. `directory` is on the same disk as they. */
export async function accountWriter(directory: string, messages: readonly Placed[]): Promise<WriteAccount> {
  const { owner } = await mailAccount();
  mkdirSync(directory, { recursive: true });
  const files = messages.map(({ mailbox = 'INBOX', bytes, flags }, index) => {
    const file = join(directory, `${index + 1}`);
    own(() => writeFileSync(file, bytes), file, owner);
    // What Dovecot would otherwise find out by reading it: the size, with line ends of one octet and of two.
    const name = `${firstUidValidity + index}.M${index + 1}P1.postern,S=${bytes.length},W=${bytes.length}`;
    return { mailbox, file, name, flags };
  });
  const mailboxes = [...new Set(['INBOX', ...files.map(({ mailbox }) => mailbox)])];
  return (maildir, uidValidity) => {
    rmSync(join(maildir, '..'), { recursive: true, force: true });
    makeFolder(join(maildir, '..'), owner);
    for (const [number, mailbox] of mailboxes.entries()) {
      const folder = folderPath(maildir, mailbox);
      for (const made of [folder, ...['cur', 'new', 'tmp'].map((name) => join(folder, name))]) makeFolder(made, owner);
      const inside = files.filter((file) => file.mailbox === mailbox);
      for (const { file, name, flags } of inside) linkSync(file, join(folder, 'cur', `${name}:2,${flags}`));
      const list = join(folder, 'dovecot-uidlist');
      const head = `3 V${uidValidity} N${inside.length + 1} G${String(number + 1).repeat(32)}`;
      const lines = [head, ...inside.map(({ name }, index) => `${index + 1} :${name}`), ''];
      own(() => writeFileSync(list, lines.join('\n')), list, owner);
    }
  };
}

const makeFolder = (path: string, owner: Owner | undefined): void =>
  own(() => mkdirSync(path, { mode: 0o700 }), path, owner);

function own(make: () => void, path: string, owner: Owner | undefined): void {
  make();
  if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
}

/** The messages of a folder, in the order of their digests. None where the server has not made it. */
export function messagesIn(maildir: string, mailbox: string): Found[] {
  const folder = folderPath(maildir, mailbox);
  if (!existsSync(folder)) return [];
  const ids = idsIn(join(folder, 'dovecot-uidlist'));
  const paths = ['cur', 'new'].flatMap((place) => readdirSync(join(folder, place)).map((name) => join(place, name)));
  return paths
    .map((path) => {
      const [name = '', flags = ''] = path.slice(4).split(':2,');
      return { id: ids.get(name) ?? null, digest: sha256Of(served(join(folder, path))), flags };
    })
    .sort((one, other) => Buffer.compare(Buffer.from(one.digest), Buffer.from(other.digest)));
}

/**
 * What another program does to an INBOX: the first message is gone, the second is marked in another way, and the third comes
 * once more, as the last.
 */
export function alterInbox(maildir: string): void {
  const cur = join(maildir, 'cur');
  const [gone = '', marked = '', copied = ''] = readdirSync(cur).sort();
  rmSync(join(cur, gone));
  renameSync(join(cur, marked), join(cur, `${marked.split(':2,')[0]}:2,R`));
  bringOnceMore(maildir, copied, 1);
}

/** One more message, after which those who listen know of all. */
export function extendInbox(maildir: string): void {
  const [any = ''] = readdirSync(join(maildir, 'cur')).sort();
  bringOnceMore(maildir, any, 2);
}

function bringOnceMore(maildir: string, name: string, number: number): void {
  const sizes = name.slice(name.indexOf(',')).split(':')[0];
  linkSync(
    join(maildir, 'cur', name),
    join(maildir, 'new', `${firstUidValidity + 1000 + number}.M${number}P2.postern${sizes}`),
  );
}

/** What comes by APPEND is kept with line ends of one octet, and served with two. */
const served = (file: string): Uint8Array =>
  Buffer.from(readFileSync(file, 'latin1').replace(/\r?\n/g, '\r\n'), 'latin1');

/** `{uidValidity}.{uid}` by the name of a file without its flags. */
function idsIn(uidList: string): Map<string, string> {
  if (!existsSync(uidList)) return new Map();
  const [head = '', ...lines] = readFileSync(uidList, 'latin1').trimEnd().split('\n');
  const validity = / V(\d+)/.exec(head)?.[1] ?? '';
  return new Map(
    lines.map((line) => {
      const [, uid = '', name = ''] = /^(\d+) .*?:(.*)$/.exec(line) ?? [];
      return [name.replace(/:2,.*/, ''), `${validity}.${uid}`];
    }),
  );
}
