/**
 * Under which conditions does a request want the octets of a message, and which of them? (RFC 9110 §13, §14)
 *
 * Octets never change under their id, so their ETag is known before anybody is asked; whether they are still there is not.
 */
import type { Context } from 'hono';
import type { ByteRange } from '../core/byte-range.ts';
import { Failed } from '../core/failure.ts';

export type Asked =
  /** `If-Match` names another state, or `If-None-Match` this one. */
  | { readonly kind: 'precondition-failed' | 'not-modified' }
  | { readonly kind: 'head' | 'whole' }
  | { readonly kind: 'range'; readonly range: ByteRange };

/** `etag` of what would be answered; null for what nobody may keep, which then matches no tag. */
export function askedOf(c: Context, etag: string | null, offersRanges: boolean): Asked {
  const ifMatch = c.req.header('If-Match');
  if (ifMatch !== undefined && !matches(ifMatch, etag, 'If-Match')) return { kind: 'precondition-failed' };
  const ifNoneMatch = c.req.header('If-None-Match');
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, etag, 'If-None-Match')) return { kind: 'not-modified' };
  // A range is defined for GET alone (RFC 9110 §14.2).
  if (c.req.method === 'HEAD') return { kind: 'head' };
  const ifRange = c.req.header('If-Range');
  const isSame = ifRange === undefined || (etag !== null && ifRange.trim() === etag);
  const range = offersRanges && isSame ? rangeOf(c.req.header('Range') ?? '') : null;
  return range === null ? { kind: 'whole' } : { kind: 'range', range };
}

/** RFC 9110 §8.8.3, `entity-tag` */
const tag = /(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;

/** `If-Match` compares strongly and `If-None-Match` weakly (RFC 9110 §13.1). */
function matches(header: string, etag: string | null, field: 'If-Match' | 'If-None-Match'): boolean {
  if (header.trim() === '*') return true;
  const tags = [...header.matchAll(tag)];
  if (tags.length === 0 || !/^[\s,]*$/.test(header.replace(tag, ''))) {
    const message = 'Give an ETag as it came, with its quotes, or several of them with commas in between, or *.';
    throw new Failed({ kind: 'request-invalid', errors: [{ in: 'header', field, message }] });
  }
  return tags.some(([, weak, value]) => value === etag && (field === 'If-None-Match' || weak === undefined));
}

/**
 * One range of octets. Null for no range, for several and for what is none: a server may ignore them (RFC 9110 §14.2), and all of
 * the octets are what such a caller can do most with.
 */
export function rangeOf(header: string): ByteRange | null {
  const [, first = '', last = ''] = /^bytes\s*=\s*(?:,\s*)*(\d*)-(\d*)\s*(?:,\s*)*$/i.exec(header.trim()) ?? [];
  if (first === '') return last === '' ? null : { suffix: Number(last) };
  if (last === '') return { first: Number(first), last: null };
  return Number(first) > Number(last) ? null : { first: Number(first), last: Number(last) };
}
