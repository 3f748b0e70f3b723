/**
 * How is one thing asked over one IMAP connection, or two in one go?
 *
 * Commands under a deadline. A refusal (NO, BAD) leaves the connection usable; whatever else goes wrong closes it, since nobody
 * knows what would still arrive. Either way it is thrown as Failed. Knows nothing of a selected mailbox.
 */
import { within } from '../../core/deadline.ts';
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { commandFailureOf, isRefusal } from './errors.ts';
import type { GrantedPath } from './granted-path.ts';
import type { ImapClient, ImapResponse, UntaggedHandlers } from './imapflow.ts';
import { type Octets, sendLiteral } from './literal.ts';
import { type NameEncoding, nameOfPath } from './mailbox-name.ts';
import { type CompilableToken, literalHead, mailboxToken } from './tokens.ts';

/** What matters to us; a server of IMAP4rev2 has the first of them, whether or not rev2 was enabled (RFC 9051 Appendix E). */
const ofRev2 = [
  'UIDPLUS',
  'MOVE',
  'ESEARCH',
  'NAMESPACE',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'STATUS=SIZE',
  'SPECIAL-USE',
  'IDLE',
  'ENABLE',
  'UNSELECT',
] as const;
const others = [
  'ACL',
  'CHILDREN',
  'CONDSTORE',
  'CREATE-SPECIAL-USE',
  'LIST-MYRIGHTS',
  'OBJECTID',
  'PREVIEW',
  'QRESYNC',
  'QUOTA',
  'REPLACE',
  'SORT',
  'THREAD=REFERENCES',
  'THREAD=REFS',
  'X-GM-EXT-1',
] as const;
type Capability = (typeof ofRev2)[number] | (typeof others)[number];

const tooEarly = (): never => {
  throw new Failed({ kind: 'protocol-violated', detail: 'It completed a command before it had all of it.' });
};

export class ImapConnection {
  protected readonly client: ImapClient;
  readonly #faultOf: () => MailFailure | null;

  constructor(client: ImapClient, faultOf: () => MailFailure | null) {
    this.client = client;
    this.#faultOf = faultOf;
  }

  get isOpen(): boolean {
    return this.client.usable && this.client.state !== this.client.states.LOGOUT;
  }

  /** The connection ends without LOGOUT, and no command could have the server expunge anything (CLOSE is never sent). */
  close(): void {
    this.client.close();
  }

  has(capability: Capability): boolean {
    const { capabilities } = this.client;
    return (
      capabilities.has(capability) || (capabilities.has('IMAP4rev2') && ofRev2.some((name) => name === capability))
    );
  }

  /** All that the server says it can do, in its own words, sorted. */
  get capabilities(): readonly string[] {
    return this.client.capabilityNames;
  }

  /** How names are written on this connection. */
  get nameEncoding(): NameEncoding {
    return this.client.hasUtf8 ? 'utf-8' : 'utf-7';
  }

  /** How many lines of the server could not be parsed, and are left out of what it told. */
  get unreadLines(): number {
    return this.client.unreadLines;
  }

  /** The response that is being handled, as it came. */
  get line(): Uint8Array {
    return this.client.line;
  }

  /** What ENABLE has switched on (RFC 5161). */
  get enabled(): Set<string> {
    return this.client.enabled;
  }

  /**
   * Two commands in one go, without waiting for the first one's answer before the second is sent (RFC 9051 §5.5): one round
   * trip. Both have ended when this does; fails as the first of them that fails. Never for a command by sequence numbers
   * behind one during which the server may tell of removed messages. When both wait for the same kind of response, the first
   * gets those of both: servers may complete both after they have answered both.
   */
  async together<A, B>(first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
    const both = [first(), second()] as const;
    this.client.sendAhead();
    await Promise.allSettled(both);
    return Promise.all(both);
  }

  /** The same with any number of commands. Those that wait for the same kind of response had better share what they do with it. */
  async allTogether<T>(commands: readonly (() => Promise<T>)[]): Promise<T[]> {
    const all = commands.map((command) => command());
    this.client.sendAhead();
    await Promise.allSettled(all);
    return Promise.all(all);
  }

  /** The most octets that a message may have to be added; null when the server does not say (RFC 7889). */
  get appendLimit(): number | 'by mailbox' | null {
    const limit = this.client.capabilities.get('APPENDLIMIT');
    return typeof limit === 'number' ? limit : limit === true ? 'by mailbox' : null;
  }

  /**
   * APPEND, or what else ends in a message, its octets streamed. Each octet is under a deadline, however long all of them take. `begin` is called when the
   * server has asked for the first. A refusal before that or after the last leaves the session usable; anything in between
   * ends it, since a literal that was begun has to be finished and nothing else may be sent.
   */
  async append(
    tokens: readonly CompilableToken[],
    octets: Octets,
    begin: () => void,
    command: 'APPEND' | 'UID REPLACE' = 'APPEND',
    untagged: UntaggedHandlers = {},
  ): Promise<ImapResponse> {
    const asked = Promise.withResolvers<void>();
    const onPlusTag = async (): Promise<void> => asked.resolve();
    const all = [...tokens, literalHead(octets.lengthBytes)];
    const completion = this.client.exec(command, all, { untagged, onPlusTag });
    await this.within(command, () => Promise.race([asked.promise, completion.then(tooEarly)]));
    begin();
    try {
      await sendLiteral(octets, (bytes) => this.client.sendOctets(bytes), completion.then(tooEarly));
    } catch (error) {
      this.close();
      const failure = commandFailureOf(error, command, this.#faultOf());
      throw failure === null ? error : new Failed(failure);
    }
    return this.within(command, async () => {
      const { response, next } = await completion;
      next();
      return response;
    });
  }

  /** A mailbox's name as the server spells it. */
  pathToken(path: GrantedPath): CompilableToken {
    return mailboxToken(nameOfPath(path, this.nameEncoding), this.nameEncoding);
  }

  /** `apply` sees the tagged OK before anything is handled that the server sends behind it. */
  protected async run(
    command: string,
    tokens: readonly CompilableToken[] | false,
    untagged: UntaggedHandlers,
    apply: (tagged: ImapResponse) => void = () => undefined,
    isLong = false,
  ): Promise<ImapResponse> {
    return this.within(command, async () => {
      const { response, next } = await this.client.exec(command, tokens, { untagged, isLong });
      apply(response);
      next();
      return response;
    });
  }

  protected async within<T>(command: string, work: () => Promise<T>): Promise<T> {
    try {
      return await within(limits.commandMs, 'command', work());
    } catch (error) {
      const failure = commandFailureOf(error, command, this.#faultOf());
      // A login that is taken back ends the session too, or the pool would hand it on.
      if (!isRefusal(error) || failure?.kind === 'login-refused') this.close();
      throw failure === null ? error : new Failed(failure);
    }
  }
}
