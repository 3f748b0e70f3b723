/**
 * What can go wrong with bytes on their way, or in a server that makes them?
 *
 * Mutations of a reply: seeded, so that a case can be played again by its number.
 */
import { Buffer } from 'node:buffer';
import type { Random } from './random.ts';

type Mutation = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const nasty = [
  '\0',
  '\r',
  '\n',
  '\r\n',
  '\r\n.\r\n',
  '(',
  ')',
  '"',
  '{',
  '}',
  '<',
  '>',
  '*',
  '+',
  '.',
  ' ',
  '\\',
  '\xff',
];

const splice = (bytes: Buffer, at: number, remove: number, insert: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Changes one of the places that `pattern` finds; the bytes as they are when there is none. */
function atMatch(bytes: Buffer, random: Random, pattern: RegExp, changed: (found: string) => string): Buffer {
  const text = bytes.toString('latin1');
  const matches = [...text.matchAll(pattern)];
  const match = matches[random.below(matches.length)];
  if (match === undefined) return bytes;
  return latin1(text.slice(0, match.index) + changed(match[0]) + text.slice(match.index + match[0].length));
}

const numbers = [
  '0',
  '-1',
  '1',
  '2',
  '3',
  '4',
  '5',
  '6',
  '99',
  '4294967295',
  '4294967296',
  '9223372036854775808',
  'NaN',
  '',
  '00',
  '1e3',
  '0x1',
] as const;

const mutations: readonly [string, Mutation][] = [
  [
    'bit',
    (bytes, random) => {
      const at = random.below(bytes.length);
      return splice(bytes, at, 1, Buffer.of((bytes[at] ?? 0) ^ (1 << random.below(8))));
    },
  ],
  [
    'delete',
    (bytes, random) =>
      splice(bytes, random.below(bytes.length), 1 + random.below(random.chance(0.5) ? 3 : 60), Buffer.alloc(0)),
  ],
  [
    'insert',
    (bytes, random) =>
      splice(
        bytes,
        random.below(bytes.length + 1),
        0,
        random.chance(0.5) ? latin1(nasty[random.below(nasty.length)] ?? '') : random.bytes(1 + random.below(20)),
      ),
  ],
  [
    'repeat',
    (bytes, random) => {
      const from = random.below(bytes.length);
      const piece = bytes.subarray(from, from + 1 + random.below(random.chance(0.5) ? 8 : 400));
      return splice(bytes, from, 0, piece);
    },
  ],
  [
    'splice',
    (bytes, random, others) => {
      const other = others[random.below(others.length)] ?? bytes;
      const from = random.below(other.length);
      return splice(
        bytes,
        random.below(bytes.length + 1),
        random.below(30),
        other.subarray(from, from + 1 + random.below(200)),
      );
    },
  ],
  ['truncate', (bytes, random) => bytes.subarray(0, random.below(bytes.length))],
  ['number', (bytes, random) => atMatch(bytes, random, /\d+/g, () => numbers[random.below(numbers.length)] ?? '')],
  [
    'near number',
    (bytes, random) => atMatch(bytes, random, /\d+/g, (found) => String(Number(found) + (random.chance(0.5) ? 1 : -1))),
  ],
  [
    'literal',
    (bytes, random) =>
      atMatch(
        bytes,
        random,
        /\{\d+\}/g,
        (found) => `{${Math.max(0, Number(found.slice(1, -1)) + random.below(21) - 10)}}`,
      ),
  ],
  [
    'line end',
    (bytes, random) =>
      atMatch(bytes, random, /\r\n/g, () => random.pick(['\n', '\r', '', '\r\r\n', '\n\r', '\r\n\r\n'])),
  ],
  ['line twice', (bytes, random) => atMatch(bytes, random, /[^\n]*\n/g, (found) => found + found)],
  ['line gone', (bytes, random) => atMatch(bytes, random, /[^\n]*\n/g, () => '')],
  [
    'lines swapped',
    (bytes, random) =>
      atMatch(bytes, random, /[^\n]*\n[^\n]*\n/g, (found) =>
        found
          .split(/(?<=\n)/)
          .reverse()
          .join(''),
      ),
  ],
  ['another reply', (bytes, random, others) => others[random.below(others.length)] ?? bytes],
  ['reply twice', (bytes) => Buffer.concat([bytes, bytes])],
  ['reply before', (bytes, random, others) => Buffer.concat([others[random.below(others.length)] ?? bytes, bytes])],
  [
    'status',
    (bytes, random) =>
      atMatch(bytes, random, /\b(OK|NO|BAD|BYE)\b|[+-](OK|ERR)/g, () =>
        random.pick(['OK', 'NO', 'BAD', 'BYE', '+OK', '-ERR', 'PREAUTH', '+']),
      ),
  ],
];

export interface Mutated {
  readonly bytes: Buffer;
  readonly how: string;
}

/** One to three mutations after each other. `others` are further replies of the same session. */
export function mutated(bytes: Buffer, random: Random, others: readonly Buffer[]): Mutated {
  const names: string[] = [];
  let result = bytes;
  const count = random.chance(0.7) ? 1 : 2 + random.below(2);
  for (let done = 0; done < count && result.length > 0; done++) {
    const [name, mutate] = mutations[random.below(mutations.length)] ?? ['none', (same: Buffer) => same];
    names.push(name);
    result = mutate(result, random, others);
  }
  return { bytes: result, how: names.join(', ') };
}
