/**
 * What do the headers of new messages say, each read once for all subscriptions?
 *
 * By TOP, which leaves no trace. A header that the server refuses, or that is longer than an event can hold, keeps no other from being
 * told: then the event says what is known.
 */
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { CappedBytes, octet } from '../../core/mime/bytes.ts';
import { headersOf } from '../../core/mime/header.ts';
import type { Dated } from '../../maildrop/answers.ts';
import { datedBy } from '../../maildrop/prune/age.ts';
import { idOf, type MessageName, serversUidl } from '../../maildrop/rules.ts';
import { hasCapability } from '../../maildrop/session/capabilities.ts';
import { bodyOf, type NumberedMessage } from '../../maildrop/session/listing.ts';
import type { Reply } from '../../maildrop/session/pipeline.ts';
import { optionalRefused } from '../../maildrop/session/refusals.ts';
import type { MaildropSession } from '../../maildrop/session/session.ts';
import type { JsonObject } from '../event.ts';

export interface Sight {
  readonly message: NumberedMessage;
  /** As a listing shows it. */
  readonly summary: JsonObject;
  /** The addresses of its authors. */
  readonly senders: readonly string[];
  readonly dated: Dated | null;
}

export class Sights {
  readonly #session: MaildropSession;
  readonly #seen = new Map<NumberedMessage['number'], Sight>();
  #lacksTop = false;

  constructor(session: MaildropSession) {
    this.#session = session;
  }

  /** Whether a header was asked for, and the server does not know TOP. */
  get lacksTop(): boolean {
    return this.#lacksTop;
  }

  /** In the same order. Throws Failed. */
  async of(messages: readonly NumberedMessage[]): Promise<readonly Sight[]> {
    const unseen = messages.filter(({ number }) => !this.#seen.has(number));
    const next = unseen[Symbol.iterator]();
    for await (const reply of this.#session.headerReplies(unseen)) {
      const { value: message } = next.next();
      if (message !== undefined) this.#seen.set(message.number, await this.#sightOf(message, reply));
    }
    return messages.flatMap(({ number }) => this.#seen.get(number) ?? []);
  }

  async #sightOf(message: NumberedMessage, reply: Reply): Promise<Sight> {
    const bare = spooledSummary(message);
    if (reply.refused === null) {
      const header = await beginningOf(reply);
      const headers = headersOf(header);
      const senders = (headers.from ?? []).map(({ email }) => email);
      return { message, summary: { ...bare, ...headers }, senders, dated: datedBy(header) };
    }
    const failure = optionalRefused(reply.refused, hasCapability(this.#session.capabilities, 'TOP'), 'TOP');
    if (failure.kind === 'unsupported-by-server') this.#lacksTop = true;
    // What is refused for now is asked for later; one that is refused by itself is told of as far as it is known.
    else if (failure.kind !== 'command-refused') throw new Failed(failure);
    return { message, summary: bare, senders: [], dated: null };
  }
}

/** What is known of a message without its header. */
export const spooledSummary = (message: MessageName & { readonly size: number }) => ({
  id: idOf(message),
  uidl: serversUidl(message),
  size: message.size,
});

/** The fields that an event has room for, each whole. What follows them is read too: the next reply is behind it. */
async function beginningOf(reply: Reply): Promise<Uint8Array> {
  const kept = new CappedBytes(limits.eventHeaderBytes);
  for await (const chunk of bodyOf(reply)) kept.push(chunk);
  const bytes = kept.view();
  return kept.isCut ? bytes.subarray(0, lastFieldIn(bytes)) : bytes;
}

/** Where the last field begins: on a line that does not begin with a blank (RFC 5322 §2.2.3). */
function lastFieldIn(bytes: Uint8Array): number {
  for (let at = bytes.lastIndexOf(octet.lf); at > 0; at = bytes.lastIndexOf(octet.lf, at - 1)) {
    const next = bytes[at + 1];
    if (next !== undefined && next !== octet.space && next !== octet.tab) return at + 1;
  }
  return 0;
}
