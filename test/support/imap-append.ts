/**
 * Adding a message, from both ends: the call as a mail file needs it, and a server that answers APPEND as it is told.
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listening } from '../../scripts/listening.ts';
import { canaryPassword } from './canary.ts';
import { accountHeaders, type Caller, type Postern } from './postern.ts';
import { newUser } from './scripted-user.ts';

export interface Upload {
  readonly bytes: Uint8Array | ReadableStream<Uint8Array>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: 'POST' | 'PUT';
  readonly signal?: AbortSignal;
}

/** `POST …/messages`, or `PUT …/messages/{id}`, with a message for a body. */
export function append(postern: Postern, caller: Caller, path: string, upload: Upload): Promise<Response> {
  const { bytes, query = '', headers, method = 'POST', signal } = upload;
  return fetch(`${postern.url}${path}${query}`, {
    method,
    headers: { ...accountHeaders(caller), 'Content-Type': 'message/rfc822', ...headers },
    // What Node wants to hear of a stream: that it is sent before the answer is read.
    ...(bytes instanceof ReadableStream ? { body: bytes, duplex: 'half' } : { body: Buffer.from(bytes) }),
    ...(signal === undefined ? {} : { signal }),
  });
}

export interface Begun {
  /** The answer, as soon as it comes: whether or not all of the message was sent. */
  readonly answer: Promise<string>;
  goAway(): void;
}

/** The same by hand, with the first octets alone of a message that is to have `lengthBytes`. */
export function beginAppend(
  url: string,
  caller: Caller,
  path: string,
  lengthBytes: number,
  first: Uint8Array,
  more: Readonly<Record<string, string>> = {},
): Begun {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const headers = { ...accountHeaders(caller), Host: hostname, 'Content-Type': 'message/rfc822', ...more };
  const head = Object.entries({ ...headers, 'Content-Length': String(lengthBytes) });
  socket.write(`POST ${path} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  socket.write(first);
  const answer = new Promise<string>((resolve, reject) => {
    let text = '';
    socket.on('error', reject);
    socket.on('data', (bytes) => {
      text += bytes.toString();
      // All answers here are one JSON object, that of a problem with objects in a list at most.
      if (/\}\s*$/.test(text)) resolve(text);
    });
  });
  // Who goes away need not await it.
  answer.catch(() => undefined);
  return { answer, goAway: () => socket.destroy() };
}

export interface AppendScript {
  /** Besides IMAP4rev1. */
  readonly capabilities?: string;
  /** What to say to APPEND itself, with `$` for the tag; `+` when it is left out. */
  readonly onCommand?: (count: number, socket: Socket) => string | null;
  /** What to say when that many octets of the literal have come. */
  readonly during?: { readonly octets: number; readonly answer: string };
  /** What to say when all of it has come; null for nothing. */
  readonly onMessage?: (count: number) => string | null;
  /** What to say to any other command. */
  readonly answer?: (command: string) => string | undefined;
}

export interface AppendServer {
  readonly commands: readonly string[];
  /** The messages that came whole, with the line end after them. */
  readonly messages: readonly Uint8Array[];
  readonly connections: number;
  /** Octets of messages that have come, whole or not. */
  readonly octets: number;
  /** No longer reads, or reads again. */
  pause(isPaused: boolean): void;
  caller(): Caller;
  stop(): Promise<void>;
}

export async function startAppendServer(script: AppendScript = {}): Promise<AppendServer> {
  const user = newUser();
  const commands: string[] = [];
  const messages: Uint8Array[] = [];
  const sockets = new Set<Socket>();
  const state = { connections: 0, octets: 0, appends: 0 };
  const capabilities = `IMAP4rev1 ${script.capabilities ?? ''}`.trim();
  const usual: Readonly<Record<string, string>> = {
    CAPABILITY: `* CAPABILITY ${capabilities}\r\n`,
    LIST: '* LIST () "/" INBOX\r\n* LIST (\\Trash) "/" Trash\r\n',
    SELECT: '* 0 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\Draft)]\r\n* OK [UIDVALIDITY 1000]\r\n',
  };

  function serve(socket: Socket): void {
    state.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write(`* OK [CAPABILITY ${capabilities}] ready\r\n`);
    let line = Buffer.alloc(0);
    /** The literal that is being read, with the line end after it. */
    let literal: { readonly tag: string; readonly length: number; parts: Buffer[]; got: number } | null = null;
    socket.on('data', (bytes: Buffer) => {
      let rest = bytes;
      while (rest.length > 0) {
        if (literal === null) {
          const end = rest.indexOf('\n');
          line = Buffer.concat([line, end < 0 ? rest : rest.subarray(0, end + 1)]);
          rest = end < 0 ? Buffer.alloc(0) : rest.subarray(end + 1);
          if (end < 0) return;
          literal = obey(socket, line.toString('latin1').trimEnd());
          line = Buffer.alloc(0);
          continue;
        }
        const part = rest.subarray(0, literal.length - literal.got);
        rest = rest.subarray(part.length);
        const before = literal.got;
        literal.parts.push(part);
        literal.got += part.length;
        state.octets += part.length;
        const { during } = script;
        if (during !== undefined && before < during.octets && literal.got >= during.octets) {
          socket.write(during.answer.replaceAll('$', literal.tag));
        }
        if (literal.got < literal.length) continue;
        messages.push(Buffer.concat(literal.parts));
        const said =
          script.onMessage === undefined ? '$ OK [APPENDUID 1000 7] done\r\n' : script.onMessage(messages.length);
        if (said !== null) socket.write(said.replaceAll('$', literal.tag));
        literal = null;
      }
    });
  }

  function obey(socket: Socket, text: string) {
    const [, tag = '', command = ''] = /^(\S+) (.*)$/.exec(text) ?? [];
    commands.push(command.startsWith('LOGIN') ? 'LOGIN' : command);
    const [, length] = /^(?:APPEND|UID REPLACE) .*\{(\d+)\}$/.exec(command) ?? [];
    if (length === undefined) {
      const verb = command.split(' ')[0] ?? '';
      socket.write((script.answer?.(command) ?? `${usual[verb] ?? ''}$ OK done\r\n`).replaceAll('$', tag));
      return null;
    }
    state.appends += 1;
    const said = script.onCommand === undefined ? '+ go on\r\n' : script.onCommand(state.appends, socket);
    if (said !== null) socket.write(said.replaceAll('$', tag));
    return said?.startsWith('+') === true ? { tag, length: Number(length) + 2, parts: [], got: 0 } : null;
  }

  const listener = createServer({ noDelay: true }, serve);
  const port = await listening(listener);
  return {
    commands,
    messages,
    get connections() {
      return state.connections;
    },
    get octets() {
      return state.octets;
    },
    pause(isPaused) {
      for (const socket of sockets) isPaused ? socket.pause() : socket.resume();
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
