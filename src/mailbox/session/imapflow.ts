/**
 * What do we need of imapflow that its typings leave out?
 *
 * The only file that touches imapflow's internals: `exec`, which tells NO from BAD from a dead connection where the
 * library's own methods answer `false` for all of them; `run`, for the commands whose parsing we keep; and the table of
 * commands, in which two that cost a round trip at every login wait until they are needed. The version is pinned.
 */
import {
  type FetchMessageObject,
  ImapFlow,
  type ImapFlowOptions,
  type ImapResponse,
  type ListResponse,
  type MailboxObject,
} from 'imapflow';
import type { CompilableToken } from './tokens.ts';

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
    options?: { readonly untagged: UntaggedHandlers },
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
    this.commands = new Map([...this.commands].map(([name, command]) => [name, deferred(name, command, onLogin)]));
  }

  /** True when the server took a password, rather than greeting with PREAUTH: that proves nothing about the caller. */
  get hasLoggedIn(): boolean {
    return [...this.authCapabilities.values()].includes(true);
  }

  declare readonly authCapabilities: Map<string, boolean>;
}

function deferred(name: string, command: Command, onLogin: () => void): Command {
  switch (name) {
    case 'AUTHENTICATE':
    case 'LOGIN':
      return (client, ...rest) => {
        onLogin();
        return command(client, ...rest);
      };
    // imapflow sends them between login and use. ID matters to a few servers only, NAMESPACE to listings only.
    case 'ID':
    case 'NAMESPACE':
      return async (client, ...rest) => (client.usable ? command(client, ...rest) : undefined);
    default:
      return command;
  }
}
