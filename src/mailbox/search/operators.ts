/**
 * What can stand before a colon in `q`, and what behind it?
 */
import { isKeyword } from '../rules.ts';
import { type Condition, isFieldName, isSearchable } from './condition.ts';
import { momentOf, momentRemedy } from './moment.ts';

interface Operator {
  /** Null when it does not take this value. */
  read(value: string): Condition | null;
  /** What it takes. */
  readonly remedy: string;
}

const unless = (condition: Condition): Condition => ({ kind: 'not', condition });
const keyword = (name: string): Condition => ({ kind: 'keyword', keyword: name });

const states: ReadonlyMap<string, Condition> = new Map([
  ['unread', unless(keyword('$seen'))],
  ['read', keyword('$seen')],
  ['flagged', keyword('$flagged')],
  ['unflagged', unless(keyword('$flagged'))],
  ['answered', keyword('$answered')],
  ['unanswered', unless(keyword('$answered'))],
  ['draft', keyword('$draft')],
]);

const textRemedy = 'Give a word, or words in double quotes.';

const texts = (kind: 'from' | 'to' | 'cc' | 'bcc' | 'subject' | 'body'): Operator => ({
  read: (value) => (isSearchable(value) ? { kind, value } : null),
  remedy: textRemedy,
});

const sizes = (kind: 'larger' | 'smaller'): Operator => ({
  read(value) {
    const bytes = bytesOf(value);
    return bytes === null ? null : { kind, bytes };
  },
  remedy: 'Give a size in octets, or with k, M or G behind it: 500, 10k, 5M.',
});

const moments = (kind: 'before' | 'since'): Operator => ({
  read(value) {
    const atMs = momentOf(value);
    return atMs === null ? null : { kind, atMs };
  },
  remedy: momentRemedy,
});

export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['from', texts('from')],
  ['to', texts('to')],
  ['cc', texts('cc')],
  ['bcc', texts('bcc')],
  ['subject', texts('subject')],
  ['body', texts('body')],
  [
    'has',
    { read: (value) => (value === 'attachment' ? { kind: 'attachment' } : null), remedy: 'It takes attachment alone.' },
  ],
  ['is', { read: (value) => states.get(value) ?? null, remedy: `It takes ${[...states.keys()].join(', ')}.` }],
  ['before', moments('before')],
  ['after', moments('since')],
  ['larger', sizes('larger')],
  ['smaller', sizes('smaller')],
  [
    'keyword',
    {
      read: (value) => (isKeyword(value) ? keyword(value) : null),
      remedy: 'Give a keyword, 1 to 255 characters of ASCII without spaces and without ( ) { } [ ] % * " \\.',
    },
  ],
  ['header', { read: headerIn, remedy: 'Give header:Name, or header:Name:value.' }],
  [
    'raw',
    {
      read: (value) => (isSearchable(value) ? { kind: 'raw', query: value } : null),
      remedy: 'Give a search of Gmail.',
    },
  ],
]);

function headerIn(value: string): Condition | null {
  const [, name = '', wanted] = /^([^:]*)(?::(.*))?$/s.exec(value) ?? [];
  const isValid = isFieldName(name) && (wanted === undefined || isSearchable(wanted));
  return isValid ? { kind: 'header', name, value: wanted ?? '' } : null;
}

/** RFC 9051 §9, `number`: 32 bits are what every server takes. */
export const mostBytes = 0xffffffff;

function bytesOf(text: string): number | null {
  const [, digits, unit = ''] = /^(\d{1,10})([kmg]?)$/i.exec(text) ?? [];
  if (digits === undefined) return null;
  const bytes = Number(digits) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase());
  return bytes <= mostBytes ? bytes : null;
}
