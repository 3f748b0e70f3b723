/**
 * How is a UIDL taken apart into what all UIDLs of a server have in common, and numbers?
 *
 * Servers count: Dovecot's `0000A1F3655A3F11` is a UID and a UIDVALIDITY in hexadecimal, Cyrus' `1655.12` the same in decimal. Which
 * characters are digits is for the caller to try; any text can be taken apart, and put together again, by any of them. Pure.
 */
export interface Digits {
  readonly digits: string;
  /** What a number is made of. */
  readonly runs: RegExp;
  /** So many of them are one number at most: a safe integer, and the fields that servers have. */
  readonly width: number;
  /** Whether a number may be spelt without leading zeros, so that it has no width. */
  readonly isPlain: boolean;
}

const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_';

/** What servers count with. A state knows them by their place in this list. */
export const kindsOfDigits: readonly Digits[] = [
  { digits: '0123456789', runs: /[0-9]+/g, width: 15, isPlain: true },
  { digits: '0123456789ABCDEF', runs: /[0-9A-F]+/g, width: 8, isPlain: false },
  { digits: '0123456789abcdef', runs: /[0-9a-f]+/g, width: 8, isPlain: false },
  { digits: base64, runs: /[A-Za-z0-9+/_-]+/g, width: 8, isPlain: false },
];

export interface Apart {
  /** The text with one character in the place of each number: 0x80 and the number's width, 0 for what has none. */
  readonly shape: string;
  readonly numbers: readonly number[];
}

const firstMark = 0x80;

export function takenApart(text: string, kind: Digits): Apart {
  const numbers: number[] = [];
  const shape = text.replace(kind.runs, (run) => {
    const isPlain = kind.isPlain && run.length <= kind.width && (run === '0' || !run.startsWith('0'));
    if (isPlain) {
      numbers.push(Number(run));
      return String.fromCharCode(firstMark);
    }
    let marks = '';
    // From the right, where what counts up stands.
    for (let end = run.length % kind.width || kind.width; end <= run.length; end += kind.width) {
      const part = run.slice(Math.max(0, end - kind.width), end);
      numbers.push(numberOf(part, kind.digits));
      marks += String.fromCharCode(firstMark + part.length);
    }
    return marks;
  });
  return { shape, numbers };
}

/** How many numbers belong to a shape. */
export const countIn = (shape: string): number => [...shape].filter((character) => character >= '\x80').length;

export function putTogether({ shape, numbers }: Apart, { digits }: Digits): string {
  let at = 0;
  let text = '';
  for (const character of shape) {
    const width = character.charCodeAt(0) - firstMark;
    text += width < 0 ? character : textOf(numbers[at++] ?? 0, digits).padStart(width, digits.charAt(0));
  }
  return text;
}

function numberOf(text: string, digits: string): number {
  let value = 0;
  for (const character of text) value = value * digits.length + digits.indexOf(character);
  return value;
}

function textOf(value: number, digits: string): string {
  let text = '';
  for (let rest = value; rest > 0; rest = Math.floor(rest / digits.length)) {
    text = digits.charAt(rest % digits.length) + text;
  }
  return text === '' ? digits.charAt(0) : text;
}
