/**
 * What do we need of imapflow that its typings leave out?
 *
 * The only file that touches imapflow's internals: `exec`, which tells NO from BAD from a dead connection where the
 * library's own methods answer `false` for all of them; `run`, for the commands whose parsing we keep; and the table of
 * commands, in which two that cost a round trip at every login wait until they are needed. The version is pinned.
 */
import { Buffer } from 'node:buffer';
import {
  type FetchMessageObject,
  ImapFlow,
  type ImapFlowOptions,
  type ImapResponse,
  type ListResponse,
  type MailboxObject,
} from 'imapflow';
import { isServerRefusal } from 'imapflow/lib/tools.js';
import { atom, type CompilableToken } from './tokens.ts';

export { specialUse } from 'imapflow/lib/special-use.js';
export { encodePath, formatMessageResponse, hasCapability, mergeFetchRows } from 'imapflow/lib/tools.js';
export type { FetchMessageObject, ImapResponse, ListResponse, MailboxObject };

export type UntaggedHandlers = Readonly<Record<string, (response: ImapResponse) => Promise<void>>>;

interface TaggedResponse {
  readonly response: ImapResponse;
  /** The connection stalls until this is called. */
  next(): void;
}

type Command = (client: ImapFlow, ...rest: unknown[]) => Promise<unknown>;

export class ImapClient extends ImapFlow {
  /** Rejects for NO and BAD (`responseStatus`), for a lost connection and for an answer that can't be read. */
  declare readonly exec: (
    command: string,
    attributes: readonly CompilableToken[] | false,
    options?: { readonly untagged: UntaggedHandlers; readonly onPlusTag?: () => Promise<void> },
  ) => Promise<TaggedResponse>;

  declare readonly run: {
    (command: 'LIST', reference: string, pattern: string, options: object): Promise<ListResponse[]>;
    (command: 'SELECT', path: string): Promise<MailboxObject | undefined>;
    (command: 'NAMESPACE'): Promise<unknown>;
    (command: 'ID', info: object): Promise<unknown>;
  };

  declare commands: Map<string, Command>;
  /** Mailboxes that need no LIST before a SELECT. */
  declare readonly folders: Map<string, object>;

  /** Called when the password is about to be sent. */
  constructor(options: ImapFlowOptions, onLogin: () => void) {
    super(options);
    this.commands = new Map([...this.commands].map(([name, command]) => [name, ours(this, name, command, onLogin)]));
  }

  declare readonly writeSocket: { write(bytes: Uint8Array, sent: (error?: Error | null) => void): boolean };

  /**
   * Octets that go out as they are, as parts of a literal that the running command has announced: imapflow's own literals are
   * in memory as a whole. Resolves when the connection has taken them, so that a slow server slows down who sends.
   */
  sendOctets(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.writeSocket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** True when the server took a password, rather than greeting with PREAUTH: that proves nothing about the caller. */
  get hasLoggedIn(): boolean {
    return [...this.authCapabilities.values()].includes(true);
  }

  declare readonly authCapabilities: Map<string, boolean>;
}

/** A command of imapflow's, changed where it costs a round trip more than it has to. */
function ours(client: ImapClient, name: string, command: Command, onLogin: () => void): Command {
  switch (name) {
    case 'AUTHENTICATE':
      return (connection, user, credentials) => {
        onLogin();
        const password = passwordOf(credentials);
        const isPlain = client.capabilities.has('SASL-IR') && client.capabilities.has('AUTH=PLAIN');
        if (isPlain && password !== null && typeof user === 'string') return authenticateAtOnce(client, user, password);
        return command(connection, user, credentials);
      };
    case 'LOGIN':
      return (connection, ...rest) => {
        onLogin();
        return command(connection, ...rest);
      };
    // imapflow sends them between login and use. ID matters to a few servers only, NAMESPACE to listings only.
    case 'ID':
    case 'NAMESPACE':
      return async (connection, ...rest) => (connection.usable ? command(connection, ...rest) : undefined);
    default:
      return command;
  }
}

const passwordOf = (credentials: unknown): string | null => {
  const isObject = typeof credentials === 'object' && credentials !== null;
  return isObject && 'password' in credentials && typeof credentials.password === 'string'
    ? credentials.password
    : null;
};

/** AUTHENTICATE PLAIN with its response on the command line (SASL-IR, RFC 4959), where imapflow waits to be asked. */
async function authenticateAtOnce(client: ImapClient, user: string, password: string): Promise<string> {
  const response = Buffer.from(`\0${user}\0${password}`, 'utf8').toString('base64');
  try {
    const { next } = await client.exec('AUTHENTICATE', [atom('PLAIN'), atom(response)]);
    next();
  } catch (error) {
    // What imapflow's own commands say of a refusal, so that it is understood in the same way.
    if (error instanceof Error && isServerRefusal(error)) Object.assign(error, { authenticationFailed: true });
    throw error;
  }
  client.authCapabilities.set('AUTH=PLAIN', true);
  return user;
}
