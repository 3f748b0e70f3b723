/**
 * What a program does that empties a maildrop through Postern: download, keep, acknowledge.
 */
import { expect } from 'vitest';
import type { z } from 'zod';
import { ProblemSchema } from '../../src/http/problems.ts';
import {
  AcknowledgedSchema,
  DownloadLineSchema,
  type DownloadRequestSchema,
} from '../../src/maildrop/schema/download.ts';
import { sha256Of } from './maildir.ts';
import { type Caller, linesOf, type Postern } from './postern.ts';

type Line = z.output<typeof DownloadLineSchema>;
export type MessageLine = Extract<Line, { type: 'message' }>;
export type ErrorLine = Extract<Line, { type: 'error' }>;
export type ReceiptLine = Extract<Line, { type: 'receipt' }>;

export interface Download {
  readonly messages: readonly MessageLine[];
  readonly errors: readonly ErrorLine[];
  /** Missing when the stream was cut before it. */
  readonly receipt: ReceiptLine | undefined;
}

/** A download that is answered; every line has the shape that the contract says. */
export async function downloaded(
  postern: Postern,
  caller: Caller,
  body: z.input<typeof DownloadRequestSchema> = {},
): Promise<Download> {
  const response = await postern.call(caller, '/v1/pop/downloads', { body });
  expect(response.status, response.ok ? '' : await response.text()).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  const lines = (await linesOf(response)).map((line) => DownloadLineSchema.parse(line));
  return sorted(lines);
}

function sorted(lines: readonly Line[]): Download {
  return {
    messages: lines.filter((line) => line.type === 'message'),
    errors: lines.filter((line) => line.type === 'error'),
    receipt: lines.filter((line) => line.type === 'receipt').at(-1),
  };
}

/** A program that empties a maildrop again and again, and survives whatever happens to it on the way. */
export class Collector {
  /** What it keeps, by digest: a message that comes a second time is known to it. */
  readonly kept = new Map<string, Buffer>();
  /** The digests of messages for which an acknowledgement was sent. */
  readonly acknowledged = new Set<string>();
  readonly #postern: Postern;
  readonly #caller: Caller;

  constructor(postern: Postern, caller: Caller) {
    this.#postern = postern;
    this.#caller = caller;
  }

  /** Downloads, keeps, acknowledges. Answers what went wrong: kinds of problems, or `cut` for an answer that broke off. */
  async round(): Promise<string[]> {
    const { lines, troubles } = await this.#download();
    const whole = lines.filter((line) => line.type === 'message');
    for (const { raw = '', sha256 = '' } of whole) {
      const bytes = Buffer.from(raw, 'base64');
      expect(sha256Of(bytes)).toBe(sha256);
      this.kept.set(sha256, bytes);
    }
    troubles.push(...lines.flatMap((line) => (line.type === 'error' ? [kindOf(line.problem)] : [])));
    const receipt = lines.find((line) => line.type === 'receipt');
    if (receipt === undefined) return troubles;
    expect(receipt.count, 'messages that the receipt covers').toBe(whole.length);
    for (const { sha256 = '' } of whole) this.acknowledged.add(sha256);
    return [...troubles, ...(await this.#acknowledge(receipt.receipt))];
  }

  async #download(): Promise<{ readonly lines: readonly Line[]; readonly troubles: string[] }> {
    let text = '';
    try {
      const response = await this.#postern.call(this.#caller, '/v1/pop/downloads', { body: { format: 'raw' } });
      if (!response.ok) return { lines: [], troubles: [kindOf(await response.json())] };
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
    } catch (error) {
      if (!isCut(error)) throw error;
      return { lines: linesIn(text), troubles: ['cut'] };
    }
    return { lines: linesIn(text), troubles: [] };
  }

  async #acknowledge(receipt: string): Promise<string[]> {
    try {
      const response = await this.#postern.call(this.#caller, '/v1/pop/downloads/ack', { body: { receipt } });
      if (!response.ok) return [kindOf(await response.json())];
      const { notDeleted } = AcknowledgedSchema.parse(await response.json());
      return [...new Set(notDeleted.map(({ problem }) => kindOf(problem)))];
    } catch (error) {
      if (!isCut(error)) throw error;
      return ['cut'];
    }
  }
}

/** The lines that came whole. */
const linesIn = (text: string): Line[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => DownloadLineSchema.parse(JSON.parse(line)));

const kindOf = (problem: unknown): string => ProblemSchema.parse(problem).type.replace('/problems/', '');

/** What `fetch` throws when the connection to Postern breaks. */
const isCut = (error: unknown): boolean => error instanceof TypeError;
