/**
 * What did a mail server claim of which message?
 *
 * The judge of fuzzing: it looks at what was sent with other eyes than Postern, roughly and in the server's favour. What
 * Postern hands out of a message and cannot be found among these claims is wrong data.
 */
import type { Said } from './fuzz-server.ts';

/** A word for each message, in all its lines: no mutation makes one of another. */
export const marks = ['amber', 'birch', 'coral', 'daisy', 'ember'] as const;

/** The marks in `text`. */
export const marksIn = (text: string): string[] => marks.filter((mark) => text.includes(mark));

/** The rows of FETCH that belong to this UID: those that name it, and those without a UID under the same number. */
export function rowsOf(connections: readonly (readonly Said[])[], uid: number): string[] {
  return connections.flatMap((said) => {
    const rows = said
      .map(({ bytes }) => bytes.toString('latin1'))
      .join('')
      .split(/(?=\* *[0-9]+ *FETCH)/i);
    const isNamed = (row: string): boolean => new RegExp(`UID\\s+"?0*${uid}(?!\\d)`, 'i').test(row);
    const numbers = new Set(rows.filter(isNamed).map(numberOf));
    return rows.filter((row) => isNamed(row) || (!/UID\s+"?\d/i.test(row) && numbers.has(numberOf(row))));
  });
}

const numberOf = (row: string): string => /^\* *0*(\d+)/.exec(row)?.[1] ?? '';

/** The numbers of the messages that a listing (UIDL) of this session calls so. */
export function numbersOf(said: readonly Said[], uidl: string): string[] {
  const listings = said.filter(({ key }) => /^UIDL/i.test(key)).map(({ bytes }) => bytes.toString('latin1'));
  return listings.flatMap((listing) =>
    listing.split('\n').flatMap((line) => {
      const [number = '', name = ''] = line.replace(/^\+OK/, '').trim().split(/\s+/);
      return name === uidl ? [String(Number(number))] : [];
    }),
  );
}

export interface Claim {
  /** Dots unstuffed. */
  readonly text: string;
  readonly isWhole: boolean;
}

/**
 * The replies that carry message `number` of this session. Each also with its status line: where the line before it was
 * sent twice, nobody can tell the second of them from the status, nor the status from the message. That is the server's doing.
 */
export function bodiesOf(said: readonly Said[], number: string): Claim[] {
  return said
    .filter(({ key }) => /^(TOP|RETR) /i.test(key) && key.split(' ')[1] === number)
    .flatMap(({ bytes }) => {
      const reply = bytes.toString('latin1');
      return [reply.slice(reply.indexOf('\n') + 1), reply].map((body) => ({
        text: body.replace(/(^|\r\n)\.(?!\r\n)/g, '$1'),
        isWhole: /(^|\r\n)\.\r\n/.test(body),
      }));
    });
}

/** Whether `bytes` consist of a few pieces of these texts, each taken as it is. */
export function consistsOf(bytes: Uint8Array, texts: readonly string[]): boolean {
  let rest = Buffer.from(bytes).toString('latin1');
  for (let pieces = 0; pieces < 4 && rest !== ''; pieces++) {
    const length = Math.max(0, ...texts.map((text) => longestPrefix(rest, text)));
    rest = rest.slice(length);
  }
  return rest === '';
}

/** How much of the beginning of `wanted` is somewhere in `text`. */
function longestPrefix(wanted: string, text: string): number {
  let low = 0;
  let high = wanted.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (text.includes(wanted.slice(0, middle))) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** `2,5:7`, spelled out as far as a mailbox of these tests reaches. */
export function uidsIn(set: string): number[] {
  if (set === '') return [];
  return set.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split(':').map(Number);
    const [low, high] = [Math.min(first, last), Math.min(Math.max(first, last), 20)];
    return Array.from({ length: Math.max(0, high - low + 1) }, (_, index) => low + index);
  });
}

/** All that was said, in the order in which it was. */
export const allSaid = (connections: readonly (readonly Said[])[]): string =>
  connections
    .flat()
    .map(({ bytes }) => bytes.toString('latin1'))
    .join('');
