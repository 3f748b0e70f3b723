/**
 * What is a call that is fuzzed, and with what are its answers looked at?
 */
import { Buffer } from 'node:buffer';
import type { z } from 'zod';
import { marksIn, rowsOf } from './fuzz-claims.ts';
import type { Taught } from './fuzz-recorder.ts';
import type { FuzzCase } from './fuzz-server.ts';
import type { Call, Caller } from './postern.ts';
import type { Protocol } from './transcript-upstream.ts';

/** A message of the account that was recorded. */
export interface Target {
  readonly id: string;
  /** UID or UIDL. */
  readonly name: string;
  /** The same of another one. */
  readonly other: Omit<Target, 'other'>;
}

export interface Request extends Call {
  readonly path: string;
}

export interface Operation {
  readonly name: string;
  readonly protocol: Protocol;
  request(target: Target, caller: Caller): Request | Promise<Request>;
  /** What has to be done before it is recorded. */
  prepare?(target: Target): Request;
  /** What is to be asked next, if anything: an acknowledgement. */
  followUp?(body: Uint8Array): Request | null;
  /** What the server is taken to know. */
  readonly taught?: Taught;
  /** The commands of IMAP that may change something; for all others nothing is changed. */
  readonly changes?: RegExp;
  /** What an answer of success has to be. */
  readonly schema?: z.ZodType;
  /** What is wrong with an answer of success. */
  complaints(fuzzCase: FuzzCase, target: Target, body: Uint8Array, status: number): string[];
}

export type Untitled = Omit<Operation, 'protocol'>;

export const inbox = '/v1/imap/mailboxes/inbox/messages';

export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const json = (body: Uint8Array): unknown => JSON.parse(Buffer.from(body).toString());
export const text = (value: unknown): string => JSON.stringify(value) ?? '';

export const linesOf = (body: Uint8Array): unknown[] =>
  Buffer.from(body)
    .toString()
    .split('\n')
    .filter((line: string) => line !== '')
    .map((line: string): unknown => JSON.parse(line));

/** Marks of other messages in what was handed out as this one's, that the server has not put there itself. */
export function strangers(handedOut: string, claims: readonly string[], what: string): string[] {
  return marksIn(handedOut)
    .filter((mark) => !claims.some((claim) => claim.includes(mark)))
    .map((mark) => `${what} holds ${mark}`);
}

export const uidOf = (id: unknown): number => Number(String(id).split('.')[1]);

/** What stands twice among these. */
export const repeated = (ids: readonly unknown[]): string[] =>
  new Set(ids).size === ids.length ? [] : [`one id twice: ${ids.join(', ')}`];

export function imapPage({ connections }: FuzzCase, body: Uint8Array, isFirstPage: boolean): string[] {
  const page = json(body);
  const messages = list(member(page, 'messages'));
  const ids = messages.map((message) => String(member(message, 'id')));
  const complaints = messages.flatMap((message, index) => {
    const rows = rowsOf(connections, uidOf(ids[index]));
    return rows.length === 0 ? [`${ids[index]} was never sent`] : strangers(text(message), rows, `${ids[index]}`);
  });
  complaints.push(...repeated(ids));
  // More is the server's doing: it said how many there are before it sent them.
  const isAll = isFirstPage && member(page, 'nextCursor') === null;
  if (isAll && messages.length < Number(member(page, 'total'))) complaints.push(`only ${ids.join(', ')} of more`);
  return complaints;
}

/** Success has to be the server's word, tagged. */
export const confirmed =
  (commands: RegExp) =>
  ({ connections }: FuzzCase): string[] => {
    const isConfirmed = connections
      .flat()
      .some(({ key, tag, bytes }) => commands.test(key) && bytes.toString('latin1').includes(`${tag} OK`));
    return isConfirmed ? [] : ['told as done, and the server never said so'];
  };
