/**
 * Somebody who listens to a mailbox: reads server-sent events as a browser does, and goes away when told to.
 */
import { expect } from 'vitest';
import type { z } from 'zod';
import { ProblemSchema } from '../../src/http/problems.ts';
import { ChangesSchema } from '../../src/mailbox/schema/changes.ts';
import { canariesIn } from './canary.ts';
import type { Caller, Postern } from './postern.ts';

export type Changes = z.output<typeof ChangesSchema>;
type Problem = z.output<typeof ProblemSchema>;

export type MailboxEvent =
  | { readonly kind: 'changes'; readonly changes: Changes }
  | { readonly kind: 'problem'; readonly problem: Problem };

export interface EventReader {
  /** Null when the stream has ended, however it did. */
  next(): Promise<MailboxEvent | null>;
  /** The next event, which has to be changes. */
  changes(): Promise<Changes>;
  /** The problem that ends the stream, whatever changes come before. */
  problem(): Promise<Problem>;
  /** Resolves when one more line has come that keeps the connection open. */
  comment(): Promise<void>;
  /** How the answer ended. */
  readonly ended: Promise<'whole' | 'broken'>;
  leave(): void;
}

/** The answer was a problem instead of a stream. */
export class StreamRefused extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(`${status} ${text}`);
    this.status = status;
  }
}

interface Options {
  readonly lastEventId?: string;
  readonly query?: string;
  readonly mailbox?: string;
}

export async function listen(postern: Postern, caller: Caller, options: Options = {}): Promise<EventReader> {
  const { lastEventId, query = '', mailbox = 'inbox' } = options;
  const leaving = new AbortController();
  const response = await postern.call(caller, `/v1/imap/mailboxes/${mailbox}/events${query}`, {
    headers: lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId },
    signal: leaving.signal,
  });
  if (response.status !== 200) throw new StreamRefused(response.status, await response.text());
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toContain('no-store');
  return new Reader(response, leaving);
}

class Reader implements EventReader {
  readonly ended: Promise<'whole' | 'broken'>;
  readonly #leaving: AbortController;
  readonly #unread: MailboxEvent[] = [];
  #comments = 0;
  #isOver = false;
  #news = Promise.withResolvers<void>();

  constructor(response: Response, leaving: AbortController) {
    this.#leaving = leaving;
    this.ended = this.#readAll(response).finally(() => {
      this.#isOver = true;
      this.#ring();
    });
  }

  leave(): void {
    this.#leaving.abort();
  }

  async next(): Promise<MailboxEvent | null> {
    while (this.#unread.length === 0 && !this.#isOver) await this.#news.promise;
    return this.#unread.shift() ?? null;
  }

  async changes(): Promise<Changes> {
    const event = await this.next();
    if (event?.kind === 'changes') return event.changes;
    return expect.fail(`instead of changes: ${event?.problem.type ?? 'the end'}`);
  }

  async problem(): Promise<Problem> {
    for (;;) {
      const event = await this.next();
      if (event === null) return expect.fail('the events ended without a problem');
      if (event.kind === 'problem') return event.problem;
    }
  }

  async comment(): Promise<void> {
    const before = this.#comments;
    while (this.#comments === before && !this.#isOver) await this.#news.promise;
    expect(this.#comments).toBeGreaterThan(before);
  }

  async #readAll(response: Response): Promise<'whole' | 'broken'> {
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const bytes of response.body ?? []) {
        text += decoder.decode(bytes, { stream: true });
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          this.#take(text.slice(0, end));
          text = text.slice(end + 2);
        }
      }
      return 'whole';
    } catch {
      return 'broken';
    }
  }

  /** What is between two empty lines (WHATWG HTML §9.2.6). */
  #take(block: string): void {
    expect(canariesIn(block), 'canaries in an event').toEqual([]);
    const fields = new Map(block.split('\n').map((line) => [line.split(':')[0] ?? '', line.replace(/^\w*: ?/, '')]));
    const data = fields.get('data');
    if (data !== undefined) this.#unread.push(eventOf(fields.get('event'), fields.get('id'), JSON.parse(data)));
    else if (fields.has('')) this.#comments += 1;
    this.#ring();
  }

  #ring(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

function eventOf(name: string | undefined, id: string | undefined, data: unknown): MailboxEvent {
  if (name === 'problem') return { kind: 'problem', problem: ProblemSchema.loose().parse(data) };
  expect(name).toBe('changes');
  const changes = ChangesSchema.parse(data);
  expect(id).toBe(changes.newState);
  return { kind: 'changes', changes };
}
