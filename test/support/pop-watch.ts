/**
 * How far has a POP3 session come? Read from what passes on its way, for people to be told.
 */
import type { Buffer } from 'node:buffer';
import type { Direction } from './kill-link.ts';

const multiLine = /^(?:CAPA|UIDL|LIST|RETR \d+|TOP \d+ \d+)$/;

export class PopWatch {
  #asked: string[] = [];
  #isInBody = false;
  #lines: Record<Direction, string> = { up: '', down: '' };
  #sent = new Map<string, number>();
  #answered = new Map<string, number>();

  begin(): void {
    this.#asked = ['GREETING'];
    this.#isInBody = false;
    this.#lines = { up: '', down: '' };
    this.#sent = new Map();
    this.#answered = new Map();
  }

  see(direction: Direction, bytes: Buffer): void {
    const lines = (this.#lines[direction] + bytes.toString('latin1')).split('\r\n');
    this.#lines[direction] = lines.pop() ?? '';
    for (const line of lines) {
      if (direction === 'up') this.#command(line);
      else this.#reply(line);
    }
  }

  #command(line: string): void {
    this.#asked.push(line);
    count(this.#sent, verbOf(line));
  }

  #reply(line: string): void {
    if (this.#isInBody) {
      if (line === '.') this.#answeredNext();
      return;
    }
    const [command = ''] = this.#asked;
    if (line.startsWith('+OK') && multiLine.test(command)) this.#isInBody = true;
    else this.#answeredNext();
  }

  #answeredNext(): void {
    this.#isInBody = false;
    count(this.#answered, verbOf(this.#asked.shift() ?? ''));
  }

  /** Of `messages` that are to come or to go. */
  where(messages: number): string {
    const answered = (verb: string): number => this.#answered.get(verb) ?? 0;
    const sent = (verb: string): number => this.#sent.get(verb) ?? 0;
    if (answered('GREETING') === 0) return 'before the greeting';
    if (answered('QUIT') > 0) return 'QUIT answered';
    if (sent('QUIT') > 0) return 'QUIT sent';
    if (answered('DELE') > 0) return `behind DELE ${tens(answered('DELE') - 1, messages)}`;
    if (sent('DELE') > 0) return 'DELE sent';
    if (answered('RETR') > 0 || sent('RETR') > 0) {
      return answered('RETR') >= messages
        ? 'behind the last message'
        : `in message ${tens(answered('RETR'), messages)}`;
    }
    return answered('LIST') > 0 ? 'listed' : sent('LIST') > 0 ? 'listing' : 'logging in';
  }
}

const verbOf = (line: string): string => /^[A-Z]+/.exec(line)?.[0] ?? '';

const count = (counts: Map<string, number>, verb: string): void => {
  counts.set(verb, (counts.get(verb) ?? 0) + 1);
};

/** `11-20` for the place of the 12th, counted from 0. */
const tens = (index: number, messages: number): string => {
  const from = index - (index % 10);
  return `${from + 1}-${Math.min(from + 10, messages)}`;
};
