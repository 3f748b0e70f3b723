/**
 * What does a JSON filter ask for? (FilterOperator and FilterCondition, RFC 8620 §5.5, RFC 8621 §4.4.1)
 *
 * The names and meanings are those of the RFCs. What has no meaning inside one mailbox, or cannot be found out there, is
 * refused by its name.
 */
import { err, Failed, type FieldError, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { isKeyword } from '../rules.ts';
import { type Condition, isFieldName, isSearchable, join, textFields } from './condition.ts';
import { momentOf } from './moment.ts';
import { mostBytes } from './operators.ts';

type Property = (value: unknown) => Condition | null;

export function conditionOfFilter(filter: unknown): Result<Condition> {
  try {
    return ok(new FilterReader().filter(filter, ['filter']));
  } catch (error) {
    if (error instanceof Failed) return err(error.failure);
    throw error;
  }
}

const not = (condition: Condition): Condition => ({ kind: 'not', condition });

const text =
  (kind: (typeof textFields)[number]): Property =>
  (value) =>
    typeof value === 'string' && isSearchable(value) ? { kind, value } : null;

const keyword: Property = (value) =>
  typeof value === 'string' && isKeyword(value) ? { kind: 'keyword', keyword: value } : null;

const moment =
  (kind: 'before' | 'since'): Property =>
  (value) => {
    const atMs = typeof value === 'string' ? momentOf(value) : null;
    return atMs === null ? null : { kind, atMs };
  };

const isSize = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostBytes;

const textRemedy = 'Give a text of at least one character, without an end of line.';
const keywordRemedy = 'Give a keyword: 1 to 255 characters of ASCII, without spaces and without ( ) { } [ ] % * " \\.';
const momentRemedy =
  'Give a moment as RFC 3339 writes it (2026-11-16T08:30:00Z), or a date, which begins at midnight UTC.';
const sizeRemedy = `Give a whole number from 0 to ${mostBytes}.`;

const properties: ReadonlyMap<string, { readonly read: Property; readonly remedy: string }> = new Map([
  ...textFields.map((field) => [field, { read: text(field), remedy: textRemedy }] as const),
  ['before', { read: moment('before'), remedy: momentRemedy }],
  ['after', { read: moment('since'), remedy: momentRemedy }],
  // At least so much, and less than so much.
  ['minSize', { read: (value) => (isSize(value) ? atLeast(value) : null), remedy: sizeRemedy }],
  ['maxSize', { read: (value) => (isSize(value) ? { kind: 'smaller', bytes: value } : null), remedy: sizeRemedy }],
  ['hasKeyword', { read: keyword, remedy: keywordRemedy }],
  ['notKeyword', { read: (value) => negated(keyword(value)), remedy: keywordRemedy }],
  ['hasAttachment', { read: attachment, remedy: 'Give true or false.' }],
  ['header', { read: header, remedy: 'Give an array: the name of a field, and, if wanted, a text in it.' }],
]);

const negated = (condition: Condition | null): Condition | null => (condition === null ? null : not(condition));

const atLeast = (bytes: number): Condition => (bytes === 0 ? { kind: 'all' } : { kind: 'larger', bytes: bytes - 1 });

function attachment(value: unknown): Condition | null {
  if (typeof value !== 'boolean') return null;
  return value ? { kind: 'attachment' } : not({ kind: 'attachment' });
}

function header(value: unknown): Condition | null {
  if (!Array.isArray(value) || value.length < 1 || value.length > 2) return null;
  const [name, wanted = '']: unknown[] = value;
  if (typeof name !== 'string' || !isFieldName(name) || typeof wanted !== 'string') return null;
  return wanted === '' || isSearchable(wanted) ? { kind: 'header', name, value: wanted } : null;
}

/** Properties of RFC 8621 that are refused, each with what to do instead. */
const refused: ReadonlyMap<string, string> = new Map([
  ['inMailbox', 'The path says which mailbox is searched.'],
  ['inMailboxOtherThan', 'The path says which mailbox is searched. GET /v1/imap/search searches in several.'],
  ...['allInThreadHaveKeyword', 'someInThreadHaveKeyword', 'noneInThreadHaveKeyword'].map(
    (name) => [name, 'IMAP cannot search by what the other messages of a thread are marked with.'] as const,
  ),
]);

/** As many as it takes to join all conditions, two at a time, with each of them negated. */
const mostFilters = 4 * limits.searchConditions;

class FilterReader {
  #filters = 0;
  #conditions = 0;
  #chars = 0;

  filter(filter: unknown, path: readonly string[]): Condition {
    if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) {
      throw refusal(path, 'Give an object: conditions, or an operator with its conditions.');
    }
    // One level of filters is a name and an index in the path.
    if ((path.length - 1) / 2 > limits.searchDepth) {
      throw refusal(path, `There are more than ${limits.searchDepth} filters inside each other.`);
    }
    // Those that hold no condition count too: each costs time with each message that is looked at.
    this.#filters += 1;
    if (this.#filters > mostFilters) throw refusal(path, `There are more than ${mostFilters} filters.`);
    return 'operator' in filter ? this.#operator(filter, path) : this.#all(filter, path);
  }

  #operator(filter: object, path: readonly string[]): Condition {
    for (const name of Object.keys(filter)) {
      if (name === 'operator' || name === 'conditions') continue;
      throw refusal([...path, name], 'Beside an operator there are its conditions alone; put this into one of them.');
    }
    const operator: unknown = Reflect.get(filter, 'operator');
    const conditions: unknown = Reflect.get(filter, 'conditions');
    if (!Array.isArray(conditions) || conditions.length === 0) {
      throw refusal([...path, 'conditions'], 'Give an array of at least one filter.');
    }
    const read = conditions.map((one, index) => this.filter(one, [...path, 'conditions', String(index)]));
    switch (operator) {
      case 'AND':
        return join('and', read);
      case 'OR':
        return join('or', read);
      case 'NOT':
        return not(join('or', read));
      default:
        throw refusal([...path, 'operator'], 'Give AND, OR or NOT.');
    }
  }

  #all(filter: object, path: readonly string[]): Condition {
    return join(
      'and',
      Object.entries(filter).map(([name, value]) => this.#property(name, value, [...path, name])),
    );
  }

  #property(name: string, value: unknown, path: readonly string[]): Condition {
    this.#count(value, path);
    const property = properties.get(name);
    if (property === undefined) {
      const known = `There is no such condition; use ${[...properties.keys()].join(', ')}.`;
      throw refusal(path, refused.get(name) ?? known);
    }
    const condition = property.read(value);
    if (condition === null) throw refusal(path, property.remedy);
    return condition;
  }

  #count(value: unknown, path: readonly string[]): void {
    this.#conditions += 1;
    this.#chars += (Array.isArray(value) ? value : [value]).reduce<number>(
      (sum, text) => sum + (typeof text === 'string' ? text.length : 0),
      0,
    );
    if (this.#conditions > limits.searchConditions) {
      throw refusal(path, `There are more than ${limits.searchConditions} conditions.`);
    }
    if (this.#chars > limits.searchChars) {
      throw refusal(path, `Search for at most ${limits.searchChars} characters in all.`);
    }
  }
}

function refusal(path: readonly string[], message: string): Failed {
  const errors: FieldError[] = [{ in: 'body', field: path.join('.'), message }];
  return new Failed({ kind: 'request-invalid', errors });
}
