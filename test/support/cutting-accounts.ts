/**
 * Accounts for thousands of runs, written and read on the server's disk without asking the server.
 *
 * Their UIDs and UIDVALIDITY are known beforehand: they stand in the file in which Dovecot keeps them (`dovecot-uidlist`,
 * version 3). The messages are links to one file each, as a Maildir never changes a file.
 */
import { Buffer } from 'node:buffer';
import { chownSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mailAccount } from '../../scripts/mail-server/dovecot-process.ts';
import { folderPath, type Owner } from '../../scripts/mail-server/maildir.ts';
import { sha256Of } from './maildir.ts';

export const uidValidity = 1_785_230_400;

export interface Placed {
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

/** Whatever was there before is gone. */
export type WriteAccount = (maildir: string) => void;

/** Writes accounts anew, with these messages in INBOX, whose UIDs count from 1. `directory` is on the same disk as they. */
export async function accountWriter(directory: string, messages: readonly Placed[]): Promise<WriteAccount> {
  const { owner } = await mailAccount();
  mkdirSync(directory, { recursive: true });
  const files = messages.map(({ bytes, flags }, index) => {
    const file = join(directory, `${index + 1}`);
    own(() => writeFileSync(file, bytes), file, owner);
    // What Dovecot would otherwise find out by reading it: the size, with line ends of one octet and of two.
    const name = `${uidValidity + index}.M${index + 1}P1.postern,S=${bytes.length},W=${bytes.length}`;
    return { file, name, flags };
  });
  const uidList = [
    `3 V${uidValidity} N${files.length + 1} G${'0123456789abcdef'.repeat(2)}`,
    ...files.map(({ name }, index) => `${index + 1} :${name}`),
    '',
  ].join('\n');
  return (maildir) => {
    rmSync(join(maildir, '..'), { recursive: true, force: true });
    for (const folder of [join(maildir, '..'), maildir, ...['cur', 'new', 'tmp'].map((name) => join(maildir, name))]) {
      own(() => mkdirSync(folder, { mode: 0o700 }), folder, owner);
    }
    for (const { file, name, flags } of files) linkSync(file, join(maildir, 'cur', `${name}:2,${flags}`));
    const list = join(maildir, 'dovecot-uidlist');
    own(() => writeFileSync(list, uidList), list, owner);
  };
}

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
      return { id: ids.get(name) ?? null, digest: sha256Of(readFileSync(join(folder, path))), flags };
    })
    .sort((one, other) => Buffer.compare(Buffer.from(one.digest), Buffer.from(other.digest)));
}

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
