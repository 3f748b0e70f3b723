/**
 * What a program does that gathers maildrops in a mailbox through Postern, and what is in them then.
 */
import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import type { z } from 'zod';
import type { Dovecot } from '../../scripts/mail-server/dovecot.ts';
import { ConsolidationLineSchema } from '../../src/consolidation/schema.ts';
import { canariesIn } from './canary.ts';
import { messagesIn, sha256Of } from './maildir.ts';
import type { Caller, Postern } from './postern.ts';

export type Line = z.output<typeof ConsolidationLineSchema>;
type LineOf<Type extends Line['type']> = Extract<Line, { type: Type }>;

export const consolidations = '/v1/consolidations';

interface Options {
  readonly keep?: boolean;
  readonly alreadyThere?: 'keep' | 'delete';
  readonly limit?: number;
  readonly mailboxId?: string;
  /** A state for each maildrop that has one. */
  readonly since?: readonly (string | undefined)[];
}

export const accountOf = ({ user, password, mailServer }: Caller) => ({ server: mailServer, user, password });

/** The body of the request. */
export const gathering = (from: readonly Caller[], into: Caller, options: Options = {}) => {
  const { mailboxId = 'inbox', since = [], ...rest } = options;
  const maildrops = from.map((caller, index) => ({
    ...accountOf(caller),
    ...(since[index] === undefined ? {} : { since: since[index] }),
  }));
  return { from: maildrops, into: { ...accountOf(into), mailboxId }, ...rest };
};

export interface Gathered {
  readonly lines: readonly Line[];
  of<Type extends Line['type']>(type: Type): readonly LineOf<Type>[];
  /** Undefined when the stream was cut. */
  readonly end: LineOf<'end'> | undefined;
  /** `from` and kind of each error. */
  readonly troubles: readonly string[];
}

/** A consolidation that is answered; every line has the shape that the contract says. */
export async function gathered(
  postern: Postern,
  from: readonly Caller[],
  into: Caller,
  options: Options = {},
): Promise<Gathered> {
  const response = await postern.call(null, consolidations, { body: gathering(from, into, options) });
  expect(response.status, response.ok ? '' : await response.text()).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  return linesIn(await textOf(response));
}

/** As much as comes. */
export async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of response.body ?? []) pieces.push(piece);
  } catch (error) {
    // What `fetch` throws when the connection to Postern breaks.
    if (!(error instanceof TypeError)) throw error;
  }
  return Buffer.concat(pieces).toString();
}

export function linesIn(text: string): Gathered {
  expect(canariesIn(text), 'canaries in lines').toEqual([]);
  const whole = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
  const lines = whole.map((line) => ConsolidationLineSchema.parse(JSON.parse(line)));
  const of = <Type extends Line['type']>(type: Type): LineOf<Type>[] =>
    lines.filter((line): line is LineOf<Type> => line.type === type);
  const kindOf = (type: string): string => type.replace('/problems/', '');
  return {
    lines,
    of,
    end: of('end').at(-1),
    troubles: of('error').map(({ from = 'into', problem }) => `${from}: ${kindOf(problem.type)}`),
  };
}

/** What is in an INBOX on the server's disk, in the order of its arrival. Dovecot writes what is appended with LF alone. */
export const servedBy = async (dovecot: Dovecot, { user }: Caller): Promise<Buffer[]> =>
  (await messagesIn(dovecot.maildir(user))).map((bytes) =>
    Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1'),
  );

/** The digests of what is in the INBOX of each, sorted. */
export const heldBy = (dovecot: Dovecot, ...callers: readonly Caller[]): Promise<string[][]> =>
  Promise.all(callers.map(async (caller) => (await servedBy(dovecot, caller)).map(sha256Of).sort()));
