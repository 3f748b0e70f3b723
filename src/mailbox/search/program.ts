/**
 * How is a condition asked of an IMAP server? (SEARCH, RFC 9051 §6.4.4)
 *
 * IMAP knows days, in a zone of the server's choosing, where a condition names a moment, and nothing of attachments. So there are
 * two programs: `widest` finds every message that fits and maybe some more, `narrowest` finds none but those that fit. Between the
 * two each message is looked at (`fits.ts`). For most conditions they are the same.
 *
 * NOT is used where there is no other way, since servers get it wrong: flags, sizes and dates have an opposite.
 */
import { flagOf } from '../rules.ts';
import { type Condition, join, type Leaf, type TextField } from './condition.ts';

/** An atom, a string, or more of them in parentheses, as RFC 9051 writes a search key. */
export type SearchToken = string | { readonly text: string } | readonly SearchToken[];

/** Keys that have to hold together; `all` for no condition, `none` for what no message fits. */
export type Program = readonly (readonly SearchToken[])[] | 'all' | 'none';

export interface Dialect {
  /** Gmail, which has a search language of its own and knows attachments (X-GM-EXT-1). */
  readonly isGmail: boolean;
}

type Bound = 'widest' | 'narrowest';

export function programOf(condition: Condition, bound: Bound, dialect: Dialect): Program {
  return new Compiler(bound, dialect).program(condition, true);
}

/** Whether IMAP can answer it: then both programs are one. */
export const isExact = (condition: Condition, dialect: Dialect): boolean =>
  textOf(programOf(condition, 'widest', dialect)) === textOf(programOf(condition, 'narrowest', dialect));

/** What is left to be looked at in a message that the widest program has found. */
export function remainderOf(condition: Condition, dialect: Dialect): Condition {
  if (isExact(condition, dialect)) return { kind: 'all' };
  if (condition.kind !== 'and') return condition;
  return join(
    'and',
    condition.conditions.filter((one) => !isExact(one, dialect)).map((one) => remainderOf(one, dialect)),
  );
}

/** The program, or these UIDs: `4,17`. */
export const orUids = (program: Program, uids: readonly number[]): Program =>
  anyOf([program, [['UID', uids.join(',')]]]);

class Compiler {
  readonly #bound: Bound;
  readonly #dialect: Dialect;

  constructor(bound: Bound, dialect: Dialect) {
    this.#bound = bound;
    this.#dialect = dialect;
  }

  /** What is negated, with `holds` false, is pushed down to what has an opposite. */
  program(condition: Condition, holds: boolean): Program {
    switch (condition.kind) {
      case 'all':
        return holds ? 'all' : 'none';
      case 'not':
        return this.program(condition.condition, !holds);
      case 'and':
      case 'or': {
        const programs = condition.conditions.map((one) => this.program(one, holds));
        return (condition.kind === 'and') === holds ? allOf(programs) : anyOf(programs);
      }
      case 'before':
      case 'since':
        return [this.#day((condition.kind === 'before') === holds, condition.atMs)];
      case 'larger':
      case 'smaller':
        return this.#size((condition.kind === 'larger') === holds, condition.bytes, holds);
      case 'attachment':
        if (!this.#dialect.isGmail) return this.#bound === 'widest' ? 'all' : 'none';
        return [[...(holds ? [] : ['NOT']), 'X-GM-RAW', { text: 'has:attachment' }]];
      case 'keyword':
        return [keywordKey(condition.keyword, holds)];
      default:
        return [[...(holds ? [] : ['NOT']), ...textKey(condition)]];
    }
  }

  /**
   * A server takes the day of INTERNALDATE in whatever zone, from 12 hours behind UTC to 14 before it. BEFORE is the days before
   * the one that is named, SINCE that day and those after.
   */
  #day(isBefore: boolean, atMs: number): SearchToken[] {
    const isLater = (this.#bound === 'widest') === isBefore;
    const day = isLater ? dayAfter(atMs + 14 * hourMs) : atMs - 12 * hourMs;
    return [isBefore ? 'BEFORE' : 'SINCE', imapDate(day)];
  }

  /** LARGER is more than, and SMALLER less: the opposite of one is the other, by one octet off. */
  #size(isLarger: boolean, bytes: number, holds: boolean): Program {
    const than = holds ? bytes : bytes + (isLarger ? -1 : 1);
    if (than < 0) return 'all';
    return [[isLarger ? 'LARGER' : 'SMALLER', String(than)]];
  }
}

const hourMs = 60 * 60_000;
const dayAfter = (atMs: number): number => atMs + 24 * hourMs;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `16-Nov-2026`, RFC 9051 §9 `date-text`. */
function imapDate(atMs: number): string {
  const date = new Date(atMs);
  return `${date.getUTCDate()}-${months[date.getUTCMonth()]}-${String(date.getUTCFullYear()).padStart(4, '0')}`;
}

function allOf(programs: readonly Program[]): Program {
  if (programs.includes('none')) return 'none';
  const keys = programs.flatMap((program) => (typeof program === 'string' ? [] : program));
  return keys.length === 0 ? 'all' : keys;
}

function anyOf(programs: readonly Program[]): Program {
  if (programs.includes('all')) return 'all';
  const operands = programs.flatMap((program) => (typeof program === 'string' ? [] : [program]));
  const [only] = operands;
  if (only === undefined) return 'none';
  // A list that began with a list would be sent without the space between the two.
  if (operands.length === 1) return only;
  // OR takes two, and stands before them: `OR a OR b c`.
  return [operands.flatMap((operand, index) => [...(index < operands.length - 1 ? ['OR'] : []), ...asOne(operand)])];
}

const asOne = (keys: readonly (readonly SearchToken[])[]): readonly SearchToken[] =>
  keys.length === 1 ? (keys[0] ?? []) : [keys.flat()];

const systemKeys = ['SEEN', 'FLAGGED', 'ANSWERED', 'DRAFT', 'DELETED'];

function keywordKey(keyword: string, holds: boolean): SearchToken[] {
  const flag = flagOf(keyword);
  const known = systemKeys.find((key) => `\\${key}` === flag.toUpperCase());
  const opposite = holds ? '' : 'UN';
  return known === undefined ? [`${opposite}KEYWORD`, flag] : [opposite + known];
}

const keyOfField = (field: TextField): string => field.toUpperCase();

function textKey(leaf: Extract<Leaf, { kind: TextField | 'header' | 'raw' }>): SearchToken[] {
  if (leaf.kind === 'raw') return ['X-GM-RAW', { text: leaf.query }];
  if (leaf.kind === 'header') return ['HEADER', { text: leaf.name }, { text: leaf.value }];
  return [keyOfField(leaf.kind), { text: leaf.value }];
}

/** The program as text, as it is sent, but that all strings stand in quotes. */
export function textOf(program: Program): string {
  if (program === 'all') return 'ALL';
  // What is never sent: nothing can fit.
  if (program === 'none') return 'NOT ALL';
  return program.flat().map(tokenText).join(' ');
}

function tokenText(token: SearchToken): string {
  if (typeof token === 'string') return token;
  if ('text' in token) return `"${token.text.replace(/["\\]/g, '\\$&')}"`;
  return `(${token.map(tokenText).join(' ')})`;
}

/** Whether a string in it is not ASCII, so that the server has to be told the charset. */
export const isAscii = (program: Program): boolean => !/\P{ASCII}/u.test(textOf(program));
