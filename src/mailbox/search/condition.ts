/**
 * What is searched for?
 *
 * One form for the `q` of a query and for the JSON filter of RFC 8621 §4.4.1. Pure, and plain values, since it crosses from the
 * gateway to the proxy. Nothing in a text could end an IMAP command: what can is refused where a condition is read.
 */

/** Where a text is looked for, in the words of `q` and of RFC 8621. */
export const textFields = ['text', 'from', 'to', 'cc', 'bcc', 'subject', 'body'] as const;
export type TextField = (typeof textFields)[number];

export type Leaf =
  | { readonly kind: TextField; readonly value: string }
  /** `value` is empty when the field only has to be there. */
  | { readonly kind: 'header'; readonly name: string; readonly value: string }
  /** As RFC 8621 §4.1.1 writes it: `$seen`. */
  | { readonly kind: 'keyword'; readonly keyword: string }
  /** More than `bytes`, or fewer. */
  | { readonly kind: 'larger' | 'smaller'; readonly bytes: number }
  /** INTERNALDATE, in milliseconds since 1970: before that moment, or at it and later. */
  | { readonly kind: 'before' | 'since'; readonly atMs: number }
  | { readonly kind: 'attachment' }
  /** Gmail's own search language (X-GM-RAW). */
  | { readonly kind: 'raw'; readonly query: string };

export type Condition =
  | Leaf
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'not'; readonly condition: Condition };

/** The conditions of `joined` as one: a single one stands for itself. */
export function join(kind: 'and' | 'or', joined: readonly Condition[]): Condition {
  const [only] = joined;
  if (only === undefined) return kind === 'and' ? { kind: 'all' } : { kind: 'not', condition: { kind: 'all' } };
  return joined.length === 1 ? only : { kind, conditions: joined };
}

/** Every condition that is made of no others. */
export function leavesOf(condition: Condition): readonly Leaf[] {
  switch (condition.kind) {
    case 'all':
      return [];
    case 'and':
    case 'or':
      return condition.conditions.flatMap(leavesOf);
    case 'not':
      return leavesOf(condition.condition);
    default:
      return [condition];
  }
}

/** RFC 5322 §3.6.8, as far as a field can be asked for. */
export const isFieldName = (text: string): boolean => /^[!-9;-~]{1,76}$/.test(text);

/** CR, LF and NUL have no place in a command, and lone surrogates none in UTF-8. */
export const isSearchable = (text: string): boolean => text !== '' && !/[\r\n\0]/.test(text) && text.isWellFormed();
