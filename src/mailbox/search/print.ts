/**
 * How is a condition written as `q`?
 */
import type { Condition } from './condition.ts';

/** Reading it again gives the same condition. Null for what `q` has no words for: all messages. */
export function queryOf(condition: Condition): string | null {
  switch (condition.kind) {
    case 'all':
      return null;
    case 'and':
      return joined(condition.conditions, ' ');
    case 'or':
      return joined(condition.conditions, ' OR ');
    case 'not': {
      const text = operandOf(condition.condition);
      return text === null ? null : `-${text}`;
    }
    case 'text':
      return quoted(condition.value);
    case 'header':
      return `header:${condition.name}${condition.value === '' ? '' : `:${quoted(condition.value)}`}`;
    case 'keyword':
      return `keyword:${condition.keyword}`;
    case 'larger':
    case 'smaller':
      return `${condition.kind}:${condition.bytes}`;
    case 'before':
    case 'since':
      return `${condition.kind === 'since' ? 'after' : 'before'}:${new Date(condition.atMs).toISOString()}`;
    case 'attachment':
      return 'has:attachment';
    case 'raw':
      return `raw:${quoted(condition.query)}`;
    default:
      return `${condition.kind}:${quoted(condition.value)}`;
  }
}

function joined(conditions: readonly Condition[], joint: string): string | null {
  const texts = conditions.map(operandOf);
  return texts.some((text) => text === null) ? null : texts.join(joint);
}

function operandOf(condition: Condition): string | null {
  const text = queryOf(condition);
  return condition.kind === 'and' || condition.kind === 'or' ? text && `(${text})` : text;
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
