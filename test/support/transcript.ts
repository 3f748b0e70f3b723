/**
 * How is a mail server's misbehaviour written down?
 *
 * As text that reads like a log. `==` begins a transcript and names its promise; then come `call:` (what is asked of Postern),
 * `answer:` (what it has to answer, alternatives between `|`), and what the server does otherwise than usual:
 *
 *     S: * OK ready           said with a CRLF; before the first C: it is the greeting
 *     S| half a li            the same without one
 *     C: UID FETCH *          from here on: in answer to each command that fits (IMAP's without their tags)
 *     C1: UID FETCH *         the same, the first time only
 *     C: octets               to the message that a command ends in
 *     !usual                  what the server would have said
 *     !quietly                it does what it is told, and says nothing of its own
 *     !packets 1              what follows leaves in packets of so many bytes
 *     !next                   the rest waits for the client's next command
 *     !endless text           that, until the client hangs up
 *     !fin  !reset            the connection ends
 *
 * A line that ends the block without a status leaves the client waiting. In what is said, `$` at a line's start is the tag of
 * the command, `\r \n \0 \xHH \\` are bytes, and `<1000*(>` is 1,000 parentheses. Pure.
 */
import { Buffer } from 'node:buffer';

export type Step =
  | { readonly do: 'say'; readonly bytes: Buffer }
  | { readonly do: 'endless'; readonly bytes: Buffer }
  | { readonly do: 'packets'; readonly bytes: number }
  | { readonly do: 'usual' }
  | { readonly do: 'quietly' | 'next' | 'fin' | 'reset' };

export interface Exchange {
  /** Null: the greeting. */
  readonly command: RegExp | null;
  readonly once: boolean;
  readonly steps: readonly Step[];
}

export interface Transcript {
  readonly name: string;
  /** `call:`, `answer:` and whatever else stands before what the server does. */
  readonly heads: ReadonlyMap<string, string>;
  readonly exchanges: readonly Exchange[];
}

export function transcriptsIn(text: string): Transcript[] {
  const [, ...blocks] = text.split(/^== /m);
  return blocks.map((block) => {
    const [name = '', ...lines] = block.split('\n');
    return transcriptOf(name.trim(), lines);
  });
}

function transcriptOf(name: string, lines: readonly string[]): Transcript {
  const heads = new Map<string, string>();
  const exchanges: { command: RegExp | null; once: boolean; steps: Step[] }[] = [];
  for (const line of lines) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, head, value = ''] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    const [, once, pattern] = /^C(1?): (.*)$/.exec(line) ?? [];
    if (head !== undefined) heads.set(head, value.trim());
    else if (pattern !== undefined) exchanges.push({ command: globbed(pattern), once: once === '1', steps: [] });
    else {
      if (exchanges.length === 0) exchanges.push({ command: null, once: false, steps: [] });
      exchanges.at(-1)?.steps.push(stepOf(line, name));
    }
  }
  return { name, heads, exchanges };
}

function stepOf(line: string, name: string): Step {
  const [, how, said = ''] = /^S([:|]) ?(.*)$/.exec(line) ?? [];
  if (how !== undefined) return { do: 'say', bytes: bytesOf(how === ':' ? `${said}\\r\\n` : said) };
  const [, word, rest = ''] = /^!(\w+) ?(.*)$/.exec(line) ?? [];
  switch (word) {
    case 'usual':
    case 'quietly':
    case 'next':
    case 'fin':
    case 'reset':
      return { do: word };
    case 'endless':
      return { do: 'endless', bytes: bytesOf(rest) };
    case 'packets':
      return { do: 'packets', bytes: Number(rest) };
    default:
      throw new Error(`The transcript '${name}' has a line that means nothing: ${line}`);
  }
}

function bytesOf(text: string): Buffer {
  const long = text.replace(/<(\d+)\*([^>]+)>/g, (_, count: string, what: string) => what.repeat(Number(count)));
  const unescaped = long.replace(/\\(?:x([0-9a-fA-F]{2})|([rn0\\]))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (escapes[letter] ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(unescaped, 'latin1');
}

const escapes: Readonly<Record<string, string>> = { r: '\r', n: '\n', '0': '\0', '\\': '\\' };

/** `*` stands for anything. */
function globbed(pattern: string): RegExp {
  const literal = pattern.split('*').map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`, 'is');
}
