/**
 * What are commands made of?
 *
 * The tokens of RFC 9051 §4 in the form that imapflow compiles. Quoting is its work; it refuses CR, LF and NUL.
 */
import { Buffer } from 'node:buffer';
import { limits } from '../../core/limits.ts';
import type { Uid } from '../answers.ts';
import type { NameEncoding } from './mailbox-name.ts';

export type CompilableToken = Token | Literal | string | null | readonly CompilableToken[];

interface Token {
  readonly type: 'ATOM' | 'STRING' | 'SEQUENCE' | 'TEXT';
  readonly value: string;
  readonly section?: readonly CompilableToken[];
  readonly partial?: readonly number[];
}

interface Literal {
  readonly type: 'LITERAL';
  readonly value: Buffer;
}

declare const sequenceBrand: unique symbol;
/** A message's position in its mailbox, from 1; it shifts whenever a message before it is removed. */
export type SequenceNumber = number & { readonly [sequenceBrand]: 'SequenceNumber' };

export const sequenceNumber = (position: number): SequenceNumber => position as SequenceNumber;

export const atom = (value: string): Token => ({ type: 'ATOM', value });

export const quoted = (value: string): Token => ({ type: 'STRING', value });

/**
 * A mailbox by its name on the wire, in octets. Quoted strings have 7 bits, but for UTF-8 where it is on (RFC 6855 §3). One that
 * ends like the head of a literal would be taken for that by mailutils, quotes or not (ran).
 */
export function mailboxToken(name: string, encoding: NameEncoding): CompilableToken {
  if (/^[\x20-\x7e]*$/.test(name) && !/\{\d+\+?\}$/.test(name)) return quoted(name);
  const bytes = Buffer.from(name, 'latin1');
  const text = bytes.toString('utf8');
  const isText = encoding === 'utf-8' && Buffer.from(text, 'utf8').equals(bytes);
  return isText ? quoted(text) : { type: 'LITERAL', value: bytes };
}

/**
 * The head of a literal whose octets are sent later, at the end of a command. Synchronizing: they are sent when the server asks
 * for them (RFC 9051 §4.3).
 */
export const literalHead = (lengthBytes: number): Token => ({ type: 'TEXT', value: `{${lengthBytes}}` });

/** Which messages a command is for, and how they are named. */
export interface MessageSet {
  readonly by: 'uid' | 'sequence';
  readonly set: string;
}

export const oneUid = (uid: Uid): MessageSet => ({ by: 'uid', set: String(uid) });

/**
 * These UIDs, as short as they can be said (`1:3,7`), in as many sets as it takes to keep to the length of a command line.
 */
export function uidSets(uids: readonly Uid[]): MessageSet[] {
  const sets: string[][] = [[]];
  let length = 0;
  for (const [first, last] of runsOf([...new Set(uids)].sort((one, other) => one - other))) {
    const range = first === last ? String(first) : `${first}:${last}`;
    length += range.length + 1;
    if (length > mostSetBytes) {
      sets.push([]);
      length = range.length + 1;
    }
    sets.at(-1)?.push(range);
  }
  return sets.filter((set) => set.length > 0).map((set) => ({ by: 'uid', set: set.join(',') }));
}

/** What is left of a command line for a set of messages. */
const mostSetBytes = limits.imapCommandLineBytes - 1_000;

function runsOf(ascending: readonly number[]): [first: number, last: number][] {
  const runs: [number, number][] = [];
  for (const number of ascending) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === number - 1) run[1] = number;
    else runs.push([number, number]);
  }
  return runs;
}

/** The UIDs below `uid`, as a search key takes them. */
export const uidsBelow = (uid: Uid): Token => ({ type: 'SEQUENCE', value: `1:${uid - 1}` });

/** All messages from `uid` on, and the last one in any case. */
export const uidsFrom = (uid: number): MessageSet => ({ by: 'uid', set: `${uid}:*` });

export const sequences = (first: SequenceNumber, last: SequenceNumber | '*'): MessageSet => ({
  by: 'sequence',
  set: `${first}:${last}`,
});

export const setToken = ({ set }: MessageSet): Token => ({ type: 'SEQUENCE', value: set });

/** `BODY.PEEK[section]<start.length>`: never BODY, which would set `\Seen` (RFC 9051 §6.4.5). */
export const peek = (section: readonly CompilableToken[], start: number, length: number): Token => ({
  ...atom('BODY.PEEK'),
  section,
  partial: [start, length],
});
