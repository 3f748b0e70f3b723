/**
 * An IMAP4rev1 server that does as it is told, for what Dovecot won't do: it lacks what a test wants it to lack, renumbers
 * its mailbox, answers short, late or not at all.
 *
 * It has an INBOX and a Trash, in memory, and knows just the commands and FETCH items that Postern uses. Each command is
 * written down, without its tag.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';
import { canaryPassword } from './canary.ts';
import { fetchRow } from './imap-rows.ts';
import type { Caller } from './postern.ts';
import { newUser } from './scripted-user.ts';

export interface Stored {
  readonly uid: number;
  readonly bytes: Uint8Array;
  readonly flags: Set<string>;
}

export interface ImapScript {
  readonly greeting?: string;
  /** Besides IMAP4rev1. */
  readonly capabilities?: readonly string[];
  readonly messages?: readonly Uint8Array[];
  readonly permanentFlags?: string;
  /** RFC822.SIZE, where it is wrong. */
  readonly announcedSize?: number;
  /** The most bytes that it gives for one partial FETCH. */
  readonly mostBytes?: number;
  /** What to answer to a command (`UID FETCH 1 …`), `*` lines and all, with `$` for the tag; null for nothing at all. */
  readonly answer?: (command: string, socket: Socket) => string | Uint8Array | null | undefined;
  /** What to answer to a line within a command, such as the response to a challenge, in the same way. */
  readonly answerLine?: (line: string) => string;
}

export interface ImapServer {
  readonly commands: readonly string[];
  /** Of each of them. */
  readonly tags: readonly string[];
  readonly connections: number;
  readonly inbox: Stored[];
  readonly trash: Stored[];
  uidValidity: number;
  caller(): Caller;
  stop(): Promise<void>;
}

export async function startImapServer(script: ImapScript = {}): Promise<ImapServer> {
  const user = newUser();
  const commands: string[] = [];
  const tags: string[] = [];
  const sockets = new Set<Socket>();
  const state = { connections: 0, uidValidity: 1000 };
  const inbox: Stored[] = (script.messages ?? []).map((bytes, index) => ({ uid: index + 1, bytes, flags: new Set() }));
  const trash: Stored[] = [];
  const mailboxes = new Map([
    ['INBOX', inbox],
    ['Trash', trash],
  ]);

  const listener = createServer({ noDelay: true }, (socket) => {
    state.connections += 1;
    sockets.add(socket);
    let selected = inbox;
    let received = '';
    let lastTag = '';
    socket.on('error', () => undefined);
    socket.write(script.greeting ?? `* OK [CAPABILITY ${capabilities}] ready\r\n`);
    socket.on('data', (bytes: Buffer) => {
      const lines = (received + bytes.toString('latin1')).split('\r\n');
      received = lines.pop() ?? '';
      for (const line of lines) {
        const [, tag = '', command = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
        if (command === '') {
          if (script.answerLine !== undefined) socket.write(withTag(lastTag)(script.answerLine(line)));
          continue;
        }
        lastTag = tag;
        tags.push(tag);
        commands.push(command.startsWith('LOGIN') ? 'LOGIN' : command);
        const told = script.answer?.(command, socket);
        if (told === null) continue;
        const path = /^SELECT "?(\w+)"?/i.exec(command)?.[1];
        const other = path === undefined ? undefined : mailboxes.get(path);
        if (other !== undefined) selected = other;
        if (told === undefined) socket.write(Buffer.concat(usual(command, selected).map(withTag(tag))));
        else socket.write(withTag(tag)(told));
      }
    });
  });

  const capabilities = ['IMAP4rev1', ...(script.capabilities ?? [])].join(' ');
  const select = (messages: readonly Stored[]): string =>
    `* ${messages.length} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen \\Deleted \\Flagged)\r\n* OK [PERMANENTFLAGS (${script.permanentFlags ?? '\\Seen \\Deleted \\Flagged \\*'})]\r\n* OK [UIDVALIDITY ${state.uidValidity}]\r\n* OK [UIDNEXT 99]\r\n$ OK [READ-WRITE] selected\r\n`;

  function usual(command: string, selected: Stored[]): (string | Uint8Array)[] {
    const named = (set: string): Stored[] => selected.filter((message, index) => isIn(set, message, index, selected));
    const [, uidWord, verb = '', rest = ''] = /^(UID )?(\S+) ?(.*)$/i.exec(command) ?? [];
    const [, set = '', what = ''] = /^(\S+) ?(.*)$/.exec(rest) ?? [];
    const key = uidWord === undefined ? '' : 'uid';
    const chosen = named(key + set);
    const rows = (items: string) =>
      chosen.flatMap((message) => fetchRow(message, selected.indexOf(message) + 1, items, script));
    switch (verb.toUpperCase()) {
      case 'CAPABILITY':
        return [`* CAPABILITY ${capabilities}\r\n`, '$ OK done\r\n'];
      case 'LIST':
        return ['* LIST () "/" INBOX\r\n* LIST (\\Trash) "/" Trash\r\n', '$ OK done\r\n'];
      case 'STATUS':
        return [
          `* STATUS ${set} (MESSAGES ${(mailboxes.get(set.replaceAll('"', '')) ?? []).length} UNSEEN 0)\r\n`,
          '$ OK done\r\n',
        ];
      case 'SELECT':
        return [select(selected)];
      case 'NOOP':
        return [`* ${selected.length} EXISTS\r\n$ OK done\r\n`];
      case 'SEARCH':
        return [
          `* SEARCH ${named(`uid${rest.replace('UID ', '')}`)
            .map((m) => selected.indexOf(m) + 1)
            .join(' ')}\r\n`,
          '$ OK done\r\n',
        ];
      case 'FETCH':
        return [...rows(what), '$ OK done\r\n'];
      case 'STORE':
        for (const flag of (/\((.*)\)/.exec(what)?.[1] ?? '').split(' ')) {
          for (const { flags } of chosen) what.startsWith('+') ? flags.add(flag) : flags.delete(flag);
        }
        return [...rows('(UID FLAGS)'), '$ OK done\r\n'];
      case 'COPY':
      case 'MOVE':
        return [...transferred(chosen, selected, verb), '$ OK copied\r\n'];
      case 'EXPUNGE':
        for (const message of chosen.filter(({ flags }) => flags.has('\\Deleted')))
          selected.splice(selected.indexOf(message), 1);
        return ['$ OK done\r\n'];
      default:
        return ['$ OK done\r\n'];
    }
  }

  /** Into the trash, whatever was named. */
  function transferred(chosen: readonly Stored[], selected: Stored[], verb: string): string[] {
    if (chosen.length === 0) return [];
    const copies = chosen.map(({ bytes, flags }, index) => ({
      uid: 70 + trash.length + index,
      bytes,
      flags: new Set(flags),
    }));
    trash.push(...copies);
    const [from, to] = [chosen, copies].map((messages) => messages.map(({ uid }) => uid).join(','));
    const told = `* OK [COPYUID ${state.uidValidity} ${from} ${to}] copied\r\n`;
    return verb.toUpperCase() === 'COPY' ? [told] : [told, ...chosen.map((message) => removed(message, selected))];
  }

  function removed(message: Stored, selected: Stored[]): string {
    const at = selected.indexOf(message);
    selected.splice(at, 1);
    return `* ${at + 1} EXPUNGE\r\n`;
  }

  const port = await listening(listener);
  return {
    commands,
    tags,
    inbox,
    trash,
    get connections() {
      return state.connections;
    },
    get uidValidity() {
      return state.uidValidity;
    },
    set uidValidity(value) {
      state.uidValidity = value;
    },
    caller: () => ({
      user,
      password: canaryPassword,
      mailServer: `imap://127.0.0.1:${port}?security=none`,
    }),
    async stop() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

const withTag =
  (tag: string) =>
  (answer: string | Uint8Array): Uint8Array =>
    typeof answer === 'string' ? Buffer.from(answer.replace(/^\$/gm, tag), 'latin1') : answer;

/** `1:*`, `3,5`, and with `uid` before it the same by UID. */
function isIn(set: string, message: Stored, index: number, all: readonly Stored[]): boolean {
  const byUid = set.startsWith('uid');
  const at = byUid ? message.uid : index + 1;
  const last = byUid ? (all.at(-1)?.uid ?? 0) : all.length;
  return set
    .replace('uid', '')
    .split(',')
    .some((range) => {
      const [from = '', to = from] = range.split(':');
      return at >= Number(from) && at <= (to === '*' ? last : Number(to));
    });
}
