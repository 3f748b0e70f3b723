/**
 * What are commands made of?
 *
 * The tokens of RFC 9051 §4 in the form that imapflow compiles. Quoting is its work; it refuses CR, LF and NUL.
 */
import { Buffer } from 'node:buffer';
import type { Uid } from '../answers.ts';
import type { NameEncoding } from './mailbox-name.ts';

export type CompilableToken = Token | Literal | string | null | readonly CompilableToken[];

interface Token {
  readonly type: 'ATOM' | 'STRING' | 'SEQUENCE';
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

/** A mailbox by its name on the wire, in octets. Quoted strings have 7 bits, but for UTF-8 where it is on (RFC 6855 §3). */
export function mailboxToken(name: string, encoding: NameEncoding): CompilableToken {
  if (/^[\x20-\x7e]*$/.test(name)) return quoted(name);
  const bytes = Buffer.from(name, 'latin1');
  const text = bytes.toString('utf8');
  const isText = encoding === 'utf-8' && Buffer.from(text, 'utf8').equals(bytes);
  return isText ? quoted(text) : { type: 'LITERAL', value: bytes };
}

/** Which messages a command is for, and how they are named. */
export interface MessageSet {
  readonly by: 'uid' | 'sequence';
  readonly set: string;
}

export const oneUid = (uid: Uid): MessageSet => ({ by: 'uid', set: String(uid) });

/** The UIDs below `uid`, as a search key takes them. */
export const uidsBelow = (uid: Uid): Token => ({ type: 'SEQUENCE', value: `1:${uid - 1}` });

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
