/**
 * A client that keeps a mailbox by `GET …/changes` alone: it lists once, and applies from then on what it is told.
 */
import type { z } from 'zod';
import { ChangesSchema } from '../../src/mailbox/schema/changes.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { messagesPath } from './imap-stage.ts';
import type { Caller, Postern } from './postern.ts';

export type Changes = z.output<typeof ChangesSchema>;

export const changesPath = (mailbox: string): string => `/v1/imap/mailboxes/${mailbox}/changes`;

export function changesOf(
  postern: Postern,
  caller: Caller,
  mailbox = 'inbox',
  since: string | null = null,
  maxChanges = 500,
): Promise<Changes> {
  const query = new URLSearchParams({ maxChanges: String(maxChanges), ...(since === null ? {} : { since }) });
  return postern.json(ChangesSchema, caller, `${changesPath(mailbox)}?${query}`);
}

export class SyncClient {
  /** The keywords of each message, sorted. */
  readonly messages = new Map<string, string>();
  state = '';
  /** The most characters that a state has had. */
  longestState = 0;
  readonly #postern: Postern;
  readonly #caller: Caller;
  readonly #mailbox: string;

  private constructor(postern: Postern, caller: Caller, mailbox: string) {
    this.#postern = postern;
    this.#caller = caller;
    this.#mailbox = mailbox;
  }

  static async begin(postern: Postern, caller: Caller, mailbox: string): Promise<SyncClient> {
    const client = new SyncClient(postern, caller, mailbox);
    client.#take((await changesOf(postern, caller, mailbox)).newState);
    let cursor: string | null = '';
    while (cursor !== null) {
      const query = `?limit=500&fields=keywords${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const page: z.output<typeof EmailPageSchema> = await postern.json(
        EmailPageSchema,
        caller,
        messagesPath(mailbox) + query,
      );
      for (const { id, keywords } of page.messages) client.#put(id, keywords);
      cursor = page.nextCursor;
    }
    return client;
  }

  /** Applies one answer, and tells whether there is more. */
  async apply(maxChanges: number): Promise<boolean> {
    const told = await changesOf(this.#postern, this.#caller, this.#mailbox, this.state, maxChanges);
    const { created, updated, destroyed } = told;
    if (created.length + updated.length + destroyed.length > maxChanges) throw new Error('More than was asked for');
    const unknown = updated.filter((id) => !this.messages.has(id));
    if (unknown.length > 0) throw new Error(`New, and told as updated: ${unknown}`);
    for (const id of destroyed) this.messages.delete(id);
    for (const id of [...created, ...updated]) await this.#read(id);
    this.#take(told.newState);
    return told.hasMoreChanges;
  }

  async #read(id: string): Promise<void> {
    const path = `${messagesPath(this.#mailbox)}/${id}?fields=keywords`;
    const response = await this.#postern.call(this.#caller, path);
    const email: unknown = await response.json();
    if (response.status === 404) this.messages.delete(id);
    else if (response.ok && typeof email === 'object' && email !== null) this.#put(id, Reflect.get(email, 'keywords'));
    else throw new Error(`${response.status} for ${id}`);
  }

  #put(id: string, keywords: Readonly<Record<string, true>> | undefined): void {
    this.messages.set(
      id,
      Object.keys(keywords ?? {})
        .sort()
        .join(' '),
    );
  }

  #take(state: string): void {
    this.state = state;
    this.longestState = Math.max(this.longestState, state.length);
  }
}
