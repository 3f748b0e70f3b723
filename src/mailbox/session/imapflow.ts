/**
 * What do we need of imapflow that its typings leave out?
 *
 * The only file that touches imapflow's internals: `exec`, which tells NO from BAD from a dead connection where the
 * library's own methods answer `false` for all of them; the beginning of a session, which is ours (`login.ts`); and the one
 * place through which every response comes, where a flood is stopped. The version is pinned.
 */
import { Buffer } from 'node:buffer';
import {
  type FetchMessageObject,
  ImapFlow,
  type ImapFlowOptions,
  type ImapResponse,
  type MailboxObject,
  type MessageStructureObject,
} from 'imapflow';
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { CompilableToken } from './tokens.ts';

export { specialUse } from 'imapflow/lib/special-use.js';
export { formatMessageResponse, isServerRefusal, mergeFetchRows } from 'imapflow/lib/tools.js';
export type { FetchMessageObject, ImapResponse, MailboxObject, MessageStructureObject };

export type UntaggedHandlers = Readonly<Record<string, (response: ImapResponse) => Promise<void>>>;

interface TaggedResponse {
  readonly response: ImapResponse;
  /** The connection stalls until this is called. */
  next(): void;
}

interface ExecOptions {
  readonly untagged?: UntaggedHandlers;
  readonly onPlusTag?: (response: ImapResponse) => Promise<void>;
}

/** One response as it came, and the literals in it. */
interface Line {
  payload: Buffer;
  readonly literals?: readonly Buffer[];
}

export class ImapClient extends ImapFlow {
  /** Rejects for NO and BAD (`responseStatus`), for a lost connection and for an answer that can't be read. */
  declare readonly exec: (
    command: string,
    attributes: readonly CompilableToken[] | false,
    options?: ExecOptions,
  ) => Promise<TaggedResponse>;

  declare readonly run: (command: 'CAPABILITY') => Promise<unknown>;
  /** A line, in an exchange that a command has begun. */
  declare readonly write: (line: string) => void;
  /** What is told of the selected mailbox at any time. */
  declare readonly untaggedHandlers: Record<string, (response: ImapResponse) => Promise<void>>;
  declare readonly untaggedExpunge: (response: ImapResponse) => Promise<void>;
  /** By response code, wherever it stands. */
  declare readonly sectionHandlers: Record<string, (section: unknown[]) => Promise<void>>;
  declare readonly rawCapabilities: ImapResponse['attributes'] | null;
  /** Until the server has told what it can do now that somebody is logged in. */
  declare expectCapabilityUpdate: boolean;

  declare private startSession: () => Promise<void>;
  declare private serverBye: (response: ImapResponse) => Promise<void>;
  declare private throttleWait: (delayMs: number) => Promise<boolean>;
  declare private handleResponse: (line: Line) => Promise<boolean>;
  declare private readonly currentRequest: { readonly tag: string } | false;
  declare private readonly rejectCurrentRequest: (error: Error) => void;
  declare private readonly failProtocol: (error: Error) => void;

  /** Null as long as the server has not said BYE. */
  goodbye: ImapResponse | null = null;
  /** The response that is being handled, before it was decoded. */
  line = Buffer.alloc(0);
  readonly #answer = { tag: '', responses: 0, bytes: 0 };

  /** `begin` makes a session of the connection when the server has greeted. It may know secrets, and is let go after it. */
  constructor(options: ImapFlowOptions, begin: (client: ImapClient) => Promise<void>) {
    super(options);
    let beginning: typeof begin | null = begin;
    this.startSession = async () => {
      const once = beginning;
      beginning = null;
      await once?.(this);
      this.usable = true;
    };
    const hangUp = this.serverBye.bind(this);
    this.serverBye = async (response) => {
      this.goodbye ??= response;
      await hangUp(response);
    };
    // It would hold an answer back for as long as the server wants to be left alone, up to minutes.
    this.throttleWait = async () => false;
    const handle = this.handleResponse.bind(this);
    this.handleResponse = async (line) => {
      const excess = this.#excessOf(line);
      if (excess !== null) return this.#fail(excess);
      // imapflow does not understand a continuation request without its space, and would leave it unanswered.
      if (line.payload.length === 1 && line.payload[0] === plus) line.payload = Buffer.from('+ ');
      this.line = line.payload;
      return handle(line);
    };
  }

  /** How much may come for one command is bounded: imapflow bounds each response by itself alone. */
  #excessOf({ payload, literals = [] }: Line): MailFailure | null {
    const answer = this.#answer;
    const { tag } = this.currentRequest || { tag: '' };
    if (tag !== answer.tag) Object.assign(answer, { tag, responses: 0, bytes: 0 });
    answer.responses += 1;
    answer.bytes += literals.reduce((sum, { length }) => sum + length, payload.length);
    if (answer.responses > limits.imapAnswerResponses) return { kind: 'limit-exceeded', limit: 'imapAnswerResponses' };
    return answer.bytes > limits.imapAnswerBytes ? { kind: 'limit-exceeded', limit: 'imapAnswerBytes' } : null;
  }

  #fail(failure: MailFailure): false {
    const failed = new Failed(failure);
    this.rejectCurrentRequest(failed);
    this.failProtocol(failed);
    return false;
  }

  /** What the server says that it can do, in its own spelling. */
  get capabilityNames(): readonly string[] {
    const names = (this.rawCapabilities ?? []).flatMap((token) =>
      typeof token?.value === 'string' && token.value !== '' ? [token.value] : [],
    );
    return [...new Set(names)].sort();
  }

  /** Whether names are in UTF-8: switched on, or a server of IMAP4rev2 alone (RFC 9051 Appendix A). */
  get hasUtf8(): boolean {
    const { capabilities } = this;
    return this.enabled.has('UTF8=ACCEPT') || (capabilities.has('IMAP4rev2') && !capabilities.has('IMAP4rev1'));
  }
}

const plus = 0x2b;
