/**
 * Does a message fit a condition, as far as can be seen from what is told of it?
 *
 * Flags, size and date are told of every message that is shown, so an answer that contradicts them is noticed, whatever the server
 * makes of LARGER or NOT. What can be seen in the text alone is the server's to say. Kleene's logic: null is 'nobody knows here'.
 */
import { keywordsOf } from '../rules.ts';
import type { Condition, Leaf } from './condition.ts';

/** What is known of a message. */
export interface Facts {
  /** Null when they shall not count, since they change. */
  readonly flags: readonly string[] | null;
  readonly size: number;
  readonly receivedAt: Date;
  /** Null when it is not known. */
  readonly hasAttachment: boolean | null;
}

export type Answer = boolean | null;

/** `otherwise` says of a leaf that cannot be seen here whether the message fits it. */
export function fits(condition: Condition, facts: Facts, otherwise: (leaf: Leaf) => Answer = () => null): Answer {
  switch (condition.kind) {
    case 'all':
      return true;
    case 'and':
      return every(condition.conditions.map((one) => fits(one, facts, otherwise)));
    case 'or':
      return opposite(every(condition.conditions.map((one) => opposite(fits(one, facts, otherwise)))));
    case 'not':
      return opposite(fits(condition.condition, facts, otherwise));
    default:
      return fitsLeaf(condition, facts) ?? otherwise(condition);
  }
}

function fitsLeaf(leaf: Leaf, { flags, size, receivedAt, hasAttachment }: Facts): Answer {
  switch (leaf.kind) {
    case 'keyword':
      return flags === null ? null : leaf.keyword.toLowerCase() in keywordsOf(flags);
    case 'larger':
      return size > leaf.bytes;
    case 'smaller':
      return size < leaf.bytes;
    case 'before':
      return receivedAt.getTime() < leaf.atMs;
    case 'since':
      return receivedAt.getTime() >= leaf.atMs;
    case 'attachment':
      return hasAttachment;
    default:
      return null;
  }
}

/** Whether flags, size, date and structure tell all about it. */
export const isVisible = ({ kind }: Leaf): boolean =>
  ['keyword', 'larger', 'smaller', 'before', 'since', 'attachment'].includes(kind);

const opposite = (answer: Answer): Answer => (answer === null ? null : !answer);

function every(answers: readonly Answer[]): Answer {
  if (answers.includes(false)) return false;
  return answers.includes(null) ? null : true;
}
