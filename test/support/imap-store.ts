/**
 * An IMAP server that keeps what it is given, in its own way: it alters messages, tells less than others, finds what it should not
 * or does not find what it has.
 *
 * It has one mailbox, the INBOX, in memory, and knows just what is used to take messages in.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';
import { canaryPassword } from './canary.ts';
import { fetchRow } from './imap-rows.ts';
import type { Stored } from './imap-script.ts';
import type { Caller } from './postern.ts';
import { newUser } from './scripted-user.ts';

export interface StoreScript {
  /** Besides IMAP4rev1. */
  readonly capabilities?: string;
  readonly messages?: readonly Uint8Array[];
  /** What it makes of a message that is added. */
  readonly alter?: (bytes: Uint8Array) => Uint8Array;
  /** What else comes into the mailbox in the moment before a message is added. */
  readonly before?: readonly Uint8Array[];
  /** It has nothing twice that has the same Message-ID, and tells where that is instead. */
  readonly hasOnce?: boolean;
  /** UIDVALIDITY is another one after each message that is added. */
  readonly renumbers?: boolean;
  readonly hasUidNext?: boolean;
  /** What a search finds, of what it should. */
  readonly finds?: 'all messages' | 'nothing' | 'what fits' | 'NO';
  /** What it does instead of completing the nth APPEND. */
  readonly onStored?: (count: number, socket: Socket) => string | null | undefined;
  /** What it says instead of asking for the octets of the nth APPEND. */
  readonly onAppend?: (count: number) => string | undefined;
}

export interface StoreServer {
  readonly commands: readonly string[];
  readonly inbox: Stored[];
  caller(): Caller;
  stop(): Promise<void>;
}

interface Literal {
  readonly tag: string;
  readonly length: number;
}

export async function startStoreServer(script: StoreScript): Promise<StoreServer> {
  const user = newUser();
  const { alter = (bytes) => bytes, before = [], renumbers = false, hasUidNext = true, finds = 'what fits' } = script;
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const inbox: Stored[] = [];
  const state = { uidNext: 1, uidValidity: 1000, appends: 0, stored: 0 };
  const add = (bytes: Uint8Array): number => {
    const uid = state.uidNext;
    inbox.push({ uid, bytes, flags: new Set() });
    state.uidNext += 1;
    return uid;
  };
  for (const bytes of script.messages ?? []) add(bytes);
  const capabilities = `IMAP4rev1 ${script.capabilities ?? 'UIDPLUS'}`;

  function searched(program: string): string {
    const id = /HEADER "?Message-ID"? "?(<[^"\s]*>)"?/i.exec(program)?.[1];
    const [, larger, smaller] = /LARGER (\d+) SMALLER (\d+)/.exec(program) ?? [];
    const fits = ({ bytes }: Stored): boolean =>
      id === undefined
        ? bytes.length > Number(larger) && bytes.length < Number(smaller)
        : Buffer.from(bytes).toString('latin1').includes(`Message-ID: ${id}`);
    const found = finds === 'nothing' ? [] : finds === 'all messages' ? inbox : inbox.filter(fits);
    return `* SEARCH${found.map(({ uid }) => ` ${uid}`).join('')}\r\n`;
  }

  function fetched(byUid: boolean, set: string, items: string): Uint8Array {
    const numberOf = (message: Stored): number => (byUid ? message.uid : inbox.indexOf(message) + 1);
    const highest = Math.max(0, ...inbox.map(numberOf));
    const ranges = set.split(',').map((range) => {
      const [first = '', last = first] = range.split(':');
      const ends = [Number(first), last === '*' ? highest : Number(last)];
      return { least: Math.min(...ends), most: Math.max(...ends) };
    });
    const isNamed = (number: number): boolean => ranges.some(({ least, most }) => number >= least && number <= most);
    const rows = inbox.filter((message) => isNamed(numberOf(message)));
    return Buffer.concat(rows.flatMap((message) => fetchRow(message, inbox.indexOf(message) + 1, items, {})));
  }

  function answerTo(command: string): string | Uint8Array {
    const [, uid, verb = '', rest = ''] = /^(UID )?(\S+) ?(.*)$/i.exec(command) ?? [];
    const uidNext = hasUidNext ? state.uidNext : null;
    switch (verb) {
      case 'CAPABILITY':
        return `* CAPABILITY ${capabilities}\r\n`;
      case 'LIST':
        return '* LIST () "/" INBOX\r\n';
      case 'STATUS':
        if (rest.includes('UIDNEXT')) return uidNext === null ? '' : `* STATUS INBOX (UIDNEXT ${uidNext})\r\n`;
        return `* STATUS INBOX (UIDVALIDITY ${state.uidValidity})\r\n`;
      case 'SELECT':
        return `* ${inbox.length} EXISTS\r\n* OK [UIDVALIDITY ${state.uidValidity}]\r\n`;
      case 'NOOP':
        return `* ${inbox.length} EXISTS\r\n`;
      case 'SEARCH':
        return finds === 'NO' ? '$ NO not here\r\n' : searched(rest);
      case 'FETCH': {
        const [, set = '', items = ''] = /^(\S+) (.*)$/.exec(rest) ?? [];
        return fetched(uid !== undefined, set, items);
      }
      default:
        return '';
    }
  }

  function obey(socket: Socket, line: string): Literal | null {
    const [, tag = '', command = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
    commands.push(command.startsWith('LOGIN') ? 'LOGIN' : command);
    const length = /^APPEND .*\{(\d+)\}$/.exec(command)?.[1];
    if (length !== undefined) {
      state.appends += 1;
      const said = script.onAppend?.(state.appends);
      socket.write((said ?? '+ go on\r\n').replaceAll('$', tag));
      return said === undefined ? { tag, length: Number(length) } : null;
    }
    const said = Buffer.from(answerTo(command));
    const isRefused = said.toString('latin1').startsWith('$ NO');
    socket.write(isRefused ? said.toString('latin1').replace('$', tag) : said);
    if (!isRefused) socket.write(`${tag} OK done\r\n`);
    return null;
  }

  function store(socket: Socket, tag: string, bytes: Uint8Array): void {
    for (const other of before) add(other);
    const idIn = (text: Uint8Array) => /^message-id: (.*)$/im.exec(Buffer.from(text).toString('latin1'))?.[1];
    const known = script.hasOnce === true ? inbox.find((message) => idIn(message.bytes) === idIn(bytes)) : undefined;
    const uid = known?.uid ?? add(alter(bytes));
    if (renumbers) state.uidValidity += 1;
    state.stored += 1;
    const code = capabilities.includes('UIDPLUS') ? `[APPENDUID ${state.uidValidity} ${uid}] ` : '';
    const said = script.onStored?.(state.stored, socket);
    if (said !== null) socket.write((said ?? `* ${inbox.length} EXISTS\r\n$ OK ${code}done\r\n`).replaceAll('$', tag));
  }

  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write(`* OK [CAPABILITY ${capabilities}] ready\r\n`);
    let received = Buffer.alloc(0);
    let literal: Literal | null = null;
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      for (;;) {
        if (literal !== null) {
          if (received.length < literal.length + 2) return;
          const message = Uint8Array.from(received.subarray(0, literal.length));
          received = received.subarray(literal.length + 2);
          store(socket, literal.tag, message);
          literal = null;
          continue;
        }
        const end = received.indexOf('\r\n');
        if (end < 0) return;
        const line = received.toString('latin1', 0, end);
        received = received.subarray(end + 2);
        literal = obey(socket, line);
      }
    });
  });
  const port = await listening(listener);
  return {
    commands,
    inbox,
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
