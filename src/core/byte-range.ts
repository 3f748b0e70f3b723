/**
 * Which octets does a range mean? (RFC 9110 §14.1.2)
 *
 * Arithmetic on one range and one length. Pure.
 */

/** As it was asked for: from an octet to another, both included, or to the end; or the last so many. */
export type ByteRange = { readonly first: number; readonly last: number | null } | { readonly suffix: number };

/** Octets that are there, both included. */
export interface Extent {
  readonly first: number;
  readonly last: number;
}

/** Null when there is no octet in it. */
export function extentOf(range: ByteRange, length: number): Extent | null {
  const first = 'suffix' in range ? Math.max(0, length - range.suffix) : range.first;
  const last = 'suffix' in range ? length - 1 : Math.min(range.last ?? length - 1, length - 1);
  return first > last ? null : { first, last };
}

export const lengthOf = ({ first, last }: Extent): number => last - first + 1;
