/**
 * Where does the next page of a search in several mailboxes begin?
 *
 * In each of them below one UID. The cursor holds them all, since nothing is stored; it belongs to one search.
 */
import { base64url } from 'jose';
import { z } from 'zod';
import { limits } from '../../core/limits.ts';
import type { Position } from '../answers.ts';

const number = z
  .int()
  .min(0)
  .max(2 ** 32);

const Positions = z
  .array(z.tuple([z.string().regex(/^[^\r\n\0]+$/), number, number]))
  .min(1)
  .max(limits.searchMailboxes);

export function cursorOfPositions(positions: readonly Position[], digest: string): string {
  const list = positions.map(({ path, uidValidity, below }) => [path, uidValidity, below]);
  return `${base64url.encode(new TextEncoder().encode(JSON.stringify(list)))}.${digest}`;
}

/** Null when it is no cursor, or that of another search. */
export function positionsOf(cursor: string, digest: string): Position[] | null {
  const [, encoded = '', told] = /^([\w-]+)\.([\w-]{12})$/.exec(cursor) ?? [];
  if (told !== digest) return null;
  try {
    const list = Positions.parse(
      JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(base64url.decode(encoded))),
    );
    return list.map(([path, uidValidity, below]) => ({ path, uidValidity, below }));
  } catch {
    // Whatever it is, it is not what was given out.
    return null;
  }
}
