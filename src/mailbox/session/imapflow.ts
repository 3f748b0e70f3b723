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
} from 'imapflow';
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { CompilableToken } from './tokens.ts';

export { specialUse } from 'imapflow/lib/special-use.js';
export { formatMessageResponse, mergeFetchRows } from 'imapflow/lib/tools.js';
export type { FetchMessageObject, ImapResponse, MailboxObject };

export type UntaggedHandlers = Readonly<Record<string, (response: ImapResponse) => Promise<void>>>;

interface Request {
  readonly tag: string;
  readonly command: string;
  readonly attributes: readonly CompilableToken[] | false;
  readonly options?: ExecOptions;
  /** True when it is on the wire: only then may an answer to it come. */
  sent?: boolean;
}

interface TaggedResponse {
  readonly response: ImapResponse;
  /** The connection stalls until this is called. */
  next(): void;
}

interface ExecOptions {
  readonly untagged?: UntaggedHandlers;
  readonly onPlusTag?: (response: ImapResponse) => Promise<void>;
  /** Answered with a row for each message of the mailbox, maybe. */
  readonly isLong?: boolean;
}

/** One response as it came, and the literals in it. */
interface Line {
  readonly payload: Buffer;
  readonly literals?: readonly Buffer[];
}

/** Where imapflow cuts into responses what arrives. */
interface Streamer {
  /** Whether a literal follows on this line. */
  checkLiteralMarker: (line: Buffer) => boolean;
  failStream(error: Error): false;
}

/** How much has come for the command with this tag. */
interface Answer {
  readonly tag: string;
  responses: number;
  bytes: number;
  lineBytes: number;
  literals: number;
}

const noLine = Buffer.alloc(0);

/**
 * Lists that nest as deep as those who write mail want (RFC 5256 §4). imapflow's parser ends the connection at a depth of 100, so
 * it gets the name of the response alone; who asked for it reads `line`.
 */
const isDeep = (payload: Buffer): boolean => /^\* THREAD\b/i.test(payload.toString('latin1', 0, 10));
const undeep = Buffer.from('* THREAD');

const answerTo = (tag: string): Answer => ({ tag, responses: 0, bytes: 0, lineBytes: 0, literals: 0 });

const hasLiteral = (tokens: Request['attributes'] | CompilableToken): boolean =>
  Array.isArray(tokens)
    ? tokens.some(hasLiteral)
    : typeof tokens === 'object' && tokens !== null && 'type' in tokens && tokens.type === 'LITERAL';

/** The name by which `VANISHED (EARLIER)` is waited for: it tells of the past, and not of the mailbox as it is selected. */
export const vanishedEarlier = 'VANISHED (EARLIER)';

const isEarlier = (attributes: ImapResponse['attributes']): boolean => {
  const [list] = attributes ?? [];
  const [token] = Array.isArray(list) ? list : [];
  return String(token?.value).toUpperCase() === 'EARLIER';
};

const tooManyLiterals = (): Failed => new Failed({ kind: 'limit-exceeded', limit: 'imapAnswerLiterals' });

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
  declare private readonly streamer: Streamer;
  declare private currentRequest: Request | false;
  /** Those whose turn to be answered has not come. */
  declare private readonly requestQueue: Request[];
  /** What is left of the running command: it is held back until the server asks for it. */
  declare private readonly commandParts: readonly unknown[];
  declare private readonly normalizeUntaggedCommand: (
    command: string,
    attributes: ImapResponse['attributes'],
  ) => string;
  declare private getUntaggedHandler: (
    command: string,
    attributes: ImapResponse['attributes'],
  ) => UntaggedHandlers[string] | null | undefined;
  /** Writes at once, and rejects what cannot be written. */
  declare private send: (request: Request) => Promise<void>;
  /** What becomes of a line that cannot be parsed: it ends the command when it is its last, and is left out otherwise. */
  declare private rejectUnparsedCompletion: (line: Buffer, error: Error) => boolean;
  declare private readonly rejectCurrentRequest: (error: Error) => void;
  declare private readonly failProtocol: (error: Error) => void;

  /** Null as long as the server has not said BYE. */
  goodbye: ImapResponse | null = null;
  /** The response that is being handled, before it was decoded; empty between two. */
  line = noLine;
  #answer = answerTo('');
  /** How many lines could not be parsed. */
  unreadLines = 0;
  #unbrokenBytes = 0;
  /** Tags of commands that went out before it was their turn to be answered. */
  readonly #sentAhead = new Set<string>();
  readonly #write: (request: Request) => Promise<void>;

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
    this.#write = this.send.bind(this);
    this.send = async (request) => {
      if (!this.#sentAhead.delete(request.tag)) return this.#write(request);
      if (this.currentRequest) this.currentRequest.sent = true;
    };
    const handlerOf = this.getUntaggedHandler.bind(this);
    this.getUntaggedHandler = (command, attributes) => {
      const isPast = command.toUpperCase() === 'VANISHED' && isEarlier(attributes);
      const name = isPast ? vanishedEarlier : this.normalizeUntaggedCommand(command, attributes);
      return this.#runningHandlerOf(name) ?? handlerOf(command, attributes);
    };
    const rejectUnparsed = this.rejectUnparsedCompletion.bind(this);
    this.rejectUnparsedCompletion = (line, error) => {
      this.unreadLines += 1;
      return rejectUnparsed(line, error);
    };
    // As they come, and not when the response is whole: each costs as much as a line, and may be empty.
    const { streamer } = this;
    const announcesLiteral = streamer.checkLiteralMarker.bind(streamer);
    streamer.checkLiteralMarker = (line) =>
      announcesLiteral(line) && (this.#mayHaveLiteral() || streamer.failStream(tooManyLiterals()));
    // It would hold an answer back for as long as the server wants to be left alone, up to minutes.
    this.throttleWait = async () => false;
    const handle = this.handleResponse.bind(this);
    this.handleResponse = async (line) => {
      const excess = this.#excessOf(line);
      if (excess !== null) return this.#fail(excess);
      this.#takeTurns(line.payload);
      await this.#letOthers(line.payload.length);
      this.line = line.payload;
      try {
        return await handle(isDeep(line.payload) ? { ...line, payload: undeep } : line);
      } finally {
        this.line = noLine;
      }
    };
  }

  /** How much may come for one command is bounded: imapflow bounds each response by itself alone. */
  #excessOf({ payload, literals = [] }: Line): MailFailure | null {
    const answer = this.#currentAnswer();
    answer.responses += 1;
    answer.lineBytes += payload.length;
    answer.bytes += literals.reduce((sum, { length }) => sum + length, payload.length);
    const [responses, lineBytes] = this.#isLong
      ? (['imapLongAnswerResponses', 'imapLongAnswerLineBytes'] as const)
      : (['imapAnswerResponses', 'imapAnswerLineBytes'] as const);
    if (answer.responses > limits[responses]) return { kind: 'limit-exceeded', limit: responses };
    if (answer.lineBytes > limits[lineBytes]) return { kind: 'limit-exceeded', limit: lineBytes };
    return answer.bytes > limits.imapAnswerBytes ? { kind: 'limit-exceeded', limit: 'imapAnswerBytes' } : null;
  }

  /** Rows may come before the command is completed that was sent before theirs. */
  get #isLong(): boolean {
    return this.#running.some(({ options }) => options?.isLong === true);
  }

  /**
   * Parsing costs up to 0.4 ms per KiB. What has arrived already is read without the runtime turning to anything else, imapflow's
   * own pauses (`setImmediate`) included; so one account's server would have all accounts of this isolate wait.
   */
  async #letOthers(lineBytes: number): Promise<void> {
    this.#unbrokenBytes += lineBytes;
    if (this.#unbrokenBytes < limits.imapUnbrokenBytes) return;
    this.#unbrokenBytes = 0;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }

  #mayHaveLiteral(): boolean {
    const answer = this.#currentAnswer();
    answer.literals += 1;
    return answer.literals <= limits.imapAnswerLiterals;
  }

  #currentAnswer(): Answer {
    const { tag } = this.currentRequest || { tag: '' };
    if (tag !== this.#answer.tag) this.#answer = answerTo(tag);
    return this.#answer;
  }

  declare readonly writeSocket: { write(bytes: Uint8Array, sent: (error?: Error | null) => void): boolean };

  /**
   * Octets that go out as they are, as parts of a literal that the running command has announced: imapflow's own literals are
   * in memory as a whole. Resolves when the connection has taken them, so that a slow server slows down who sends.
   */
  sendOctets(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      // Whatever the runtime calls it: what cannot be written to has ended.
      this.writeSocket.write(bytes, (error) => (error ? reject(new Failed({ kind: 'connection-lost' })) : resolve()));
    });
  }

  /**
   * Sends the commands that wait for the answer of the running one. imapflow keeps their order and whose answer is whose.
   * What has to be asked for by the server (a literal) waits for its turn.
   */
  sendAhead(): void {
    const { sent } = this.currentRequest || { sent: false };
    if (sent !== true || this.commandParts.length > 0) return;
    for (const request of this.requestQueue) {
      if (hasLiteral(request.attributes)) return;
      const { tag } = request;
      if (this.#sentAhead.has(tag)) continue;
      this.#sentAhead.add(tag);
      // One that cannot be written is tried, and fails, when its turn has come.
      this.#write(request).catch(() => this.#sentAhead.delete(tag));
    }
  }

  /**
   * Lets the command that is completed by this line have its turn, if it went out ahead of it: a server may complete the later of two
   * first (RFC 9051 §5.5), and Dovecot does so where the earlier one is to tell of what was expunged.
   */
  #takeTurns(payload: Buffer): void {
    const { currentRequest } = this;
    if (!currentRequest || this.#sentAhead.size === 0) return;
    const [tag = ''] = payload.toString('latin1', 0, 16).split(' ', 1);
    const index = this.requestQueue.findIndex((request) => request.tag === tag);
    const [completed] = index >= 0 && this.#sentAhead.delete(tag) ? this.requestQueue.splice(index, 1) : [];
    if (completed === undefined) return;
    this.#sentAhead.add(currentRequest.tag);
    this.requestQueue.unshift(currentRequest);
    completed.sent = true;
    this.currentRequest = completed;
  }

  /**
   * Of the commands that are on the wire the first that waits for such a response. What belongs to the second may come before the
   * first is completed: Dovecot completes several at once, after it has answered all of them.
   */
  #runningHandlerOf(name: string): UntaggedHandlers[string] | undefined {
    return this.#running.flatMap(({ options }) => options?.untagged?.[name] ?? [])[0];
  }

  get #running(): readonly Request[] {
    const ahead = this.requestQueue.filter(({ tag }) => this.#sentAhead.has(tag));
    return this.currentRequest ? [this.currentRequest, ...ahead] : ahead;
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
