/**
 * What is in a token that a server sent?
 *
 * imapflow hands out atoms and strings as text, literals as bytes, lists as arrays and NIL as null, and a hostile server sends
 * any of them anywhere. Pure; whatever does not fit is empty.
 */
import { Buffer } from 'node:buffer';

export const valueIn = (token: unknown): unknown =>
  typeof token === 'object' && token !== null ? Reflect.get(token, 'value') : undefined;

export const listIn = (token: unknown): readonly unknown[] => (Array.isArray(token) ? token : []);

export function textIn(token: unknown): string | null {
  const value = valueIn(token);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return typeof value === 'string' ? value : null;
}

/** The texts of a list, without what is none. */
export const textsIn = (list: unknown): string[] => listIn(list).flatMap((token) => textIn(token) ?? []);
