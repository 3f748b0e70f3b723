/**
 * By which date is each message of a maildrop known, and does the maildrop begin with its oldest?
 *
 * From their headers, by TOP. A message whose header the server does not give has no date. A server that gives none at all may not
 * know TOP, which only some can do without.
 */
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Dated } from '../answers.ts';
import { datedBy, isNewestFirst } from '../prune/age.ts';
import { hasCapability } from './capabilities.ts';
import { bodyOf, type NumberedMessage } from './listing.ts';
import type { Reply } from './pipeline.ts';
import { commandRefused } from './refusals.ts';
import { collected } from './reply-reader.ts';
import type { MaildropSession } from './session.ts';

/** How many messages are looked at on either end: some may have no date. */
const endMessages = 5;

export class Dates {
  readonly #session: MaildropSession;
  readonly #areNeeded: boolean;
  /** Whether the server knows TOP; null before it has been asked. */
  #hasTop: boolean | null = null;

  constructor(session: MaildropSession, areNeeded: boolean) {
    this.#session = session;
    this.#areNeeded = areNeeded;
  }

  /** These with their dates. Throws Failed, with `unsupported-by-server` where they are needed and there is no TOP. */
  async of<M extends NumberedMessage>(messages: readonly M[]): Promise<(M & { readonly dated: Dated | null })[]> {
    const dates = this.#hasTop === false ? [] : await this.#read(messages);
    return messages.map((message, index) => ({ ...message, dated: dates[index] ?? null }));
  }

  /**
   * RFC 1939 does not say in which order messages are numbered. Every server begins with the oldest; Exchange can be set to begin
   * with the newest. Throws Failed where the ends of the maildrop look like that.
   */
  async expectOldestFirst(messages: readonly NumberedMessage[]): Promise<void> {
    const ends = [...messages.slice(0, endMessages), ...messages.slice(endMessages).slice(-endMessages)];
    const dates = (await this.of(ends)).map(({ dated }) => dated);
    if (!isNewestFirst(dates, Date.now())) return;
    throw new Failed({ kind: 'unsupported-by-server', feature: 'a maildrop that begins with its oldest message' });
  }

  async #read(messages: readonly NumberedMessage[]): Promise<readonly (Dated | null)[]> {
    const dates: (Dated | null)[] = [];
    for await (const reply of this.#session.headerReplies(messages)) {
      if (reply.refused === null) this.#hasTop = true;
      dates.push(await dateIn(reply));
    }
    this.#hasTop ??= hasCapability(this.#session.capabilities, 'TOP');
    if (!this.#hasTop && this.#areNeeded) throw new Failed({ kind: 'unsupported-by-server', feature: 'TOP' });
    return dates;
  }
}

/** Null for a message that is refused by itself; what is refused for now throws. */
async function dateIn(reply: Reply): Promise<Dated | null> {
  if (reply.refused === null) return datedBy(await collected(bodyOf(reply), limits.headerBytes, 'headerBytes'));
  const failure = commandRefused(reply.refused);
  if (failure.kind !== 'command-refused') throw new Failed(failure);
  return null;
}
