/**
 * What is the Message-ID of a message? (RFC 5322 §3.6.4)
 */
import { Buffer } from 'node:buffer';
import { bytesOf } from './fetched-email.ts';
import type { FetchMessageObject } from './imapflow.ts';
import { atom, peek } from './tokens.ts';

export const messageIdItem = peek([atom('HEADER.FIELDS'), [atom('MESSAGE-ID')]], 0, 1024);

/** Null for what can be searched for by nobody. */
export function messageIdIn({ headers }: FetchMessageObject): string | null {
  const text = Buffer.from(bytesOf(headers)).toString('latin1');
  return /^message-id:\s*(<[^<>\s"\\]+>)\s*$/im.exec(text)?.[1] ?? null;
}
