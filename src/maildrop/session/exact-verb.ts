/**
 * By which command do whole messages come exactly as they are, and without a trace if that can be?
 *
 * TOP with more lines than any message has leaves none (`MaildropSession.peek`), but not every server's TOP is exact: that of mailutils
 * puts an empty line before the body. A few messages are asked for by TOP and held against the sizes in LIST. Where none of them
 * proves it, one that does not agree is asked for by RETR too: if the two differ, octets come before traces, and all messages are
 * read by RETR.
 */
import { createHash } from 'node:crypto';
import { limits } from '../../core/limits.ts';
import { octet } from '../../core/mime/bytes.ts';
import type { NumberedMessage } from './listing.ts';
import { bodyOf } from './listing.ts';
import type { Reply } from './pipeline.ts';
import { optionalRefused } from './refusals.ts';

type Verb = 'TOP' | 'RETR';
export type Ask = (verb: Verb, messages: readonly NumberedMessage[]) => AsyncGenerator<Reply, void, undefined>;

/** Of all of `messages`, as far as a few of them can tell. Throws Failed. */
export async function exactVerb(messages: readonly NumberedMessage[], ask: Ask, hasTop: boolean): Promise<Verb> {
  const tried = probesAmong(messages);
  const doubts: { readonly message: NumberedMessage; readonly digest: string }[] = [];
  let isUnknown = false;
  let isProven = false;
  let index = 0;
  for await (const reply of ask('TOP', tried)) {
    const message = tried[index];
    index += 1;
    if (reply.refused !== null) {
      isUnknown ||= optionalRefused(reply.refused, hasTop, 'TOP').kind === 'unsupported-by-server';
      continue;
    }
    const seen = await seenIn(reply);
    if (message === undefined) break;
    isProven ||= seen.hasBody && seen.isExactly(message.size);
    if (!seen.isLikely(message.size)) doubts.push({ message, digest: seen.digest() });
  }
  if (isUnknown) return 'RETR';
  const [doubt] = doubts;
  return isProven || doubt === undefined ? 'TOP' : await verbFor(doubt.message, doubt.digest, ask);
}

async function verbFor(message: NumberedMessage, digestByTop: string, ask: Ask): Promise<Verb> {
  for await (const reply of ask('RETR', [message])) {
    if (reply.refused === null && (await seenIn(reply)).digest() !== digestByTop) return 'RETR';
  }
  return 'TOP';
}

/** The smallest ones, which cost least, and one that surely has a body: a server may add a line to bodies alone. */
function probesAmong(messages: readonly NumberedMessage[]): readonly NumberedMessage[] {
  const bySize = messages.toSorted((one, other) => one.size - other.size);
  const small = bySize.filter(({ size }) => size <= limits.probeBytes);
  const largest = small.slice(limits.probeMessages).slice(-1);
  return small.length === 0 ? bySize.slice(0, 1) : [...small.slice(0, limits.probeMessages), ...largest];
}

async function seenIn(reply: Reply): Promise<Seen> {
  const seen = new Seen();
  for await (const chunk of bodyOf(reply)) seen.push(chunk);
  return seen;
}

/** What is noted of a message while it passes. */
class Seen {
  readonly #hash = createHash('sha256');
  #octets = 0;
  #lines = 0;
  /** Of the line that is not over yet. */
  #isEmpty = true;
  #isInBody = false;
  #bodyLines = 0;
  #beginsEmpty = false;
  #endsEmpty = false;

  push(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#octets += chunk.length;
    for (const byte of chunk) {
      if (byte === octet.lf) this.#endLine();
      else if (byte !== octet.cr) this.#isEmpty = false;
    }
  }

  #endLine(): void {
    this.#lines += 1;
    if (this.#isInBody) {
      this.#bodyLines += 1;
      if (this.#bodyLines === 1) this.#beginsEmpty = this.#isEmpty;
      this.#endsEmpty = this.#isEmpty;
    }
    this.#isInBody ||= this.#isEmpty;
    this.#isEmpty = true;
  }

  /** Servers count an end of line as CRLF or as the LF of their file. */
  isExactly(size: number): boolean {
    return this.#octets === size || this.#octets - this.#lines === size;
  }

  get hasBody(): boolean {
    return this.#bodyLines > 0;
  }

  /**
   * One line end more than told is the one that a last line did not have, unless it can be that of an empty line which TOP has put
   * before or behind the body.
   */
  isLikely(size: number): boolean {
    const isOneMore = this.#octets - 2 === size || this.#octets - this.#lines - 1 === size;
    return this.isExactly(size) || (isOneMore && !this.#beginsEmpty && !this.#endsEmpty);
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}
