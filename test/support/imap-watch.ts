/**
 * How far has an IMAP session come? Read from what passes on its way, for people to be told.
 */
import type { Buffer } from 'node:buffer';
import type { Direction } from './kill-link.ts';

/** Tag, command and, for APPEND, the length of what it adds. */
const command = /^([A-Z0-9]+) (?:UID )?([A-Z]+)(?:.*\{(\d+)\+?\})?/;

export class ImapWatch {
  #last = { tag: '', verb: '', isAnswered: true };
  #literalLeft = 0;
  #appended = 0;
  #lines: Record<Direction, string> = { up: '', down: '' };

  begin(): void {
    this.#last = { tag: '', verb: '', isAnswered: true };
    this.#literalLeft = 0;
    this.#appended = 0;
    this.#lines = { up: '', down: '' };
  }

  see(direction: Direction, bytes: Buffer): void {
    let text = this.#lines[direction] + bytes.toString('latin1');
    if (direction === 'up') text = this.#withoutLiteral(text);
    for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      if (direction === 'down') this.#answer(line);
      else {
        this.#command(line);
        text = this.#withoutLiteral(text);
      }
    }
    this.#lines[direction] = text;
  }

  #withoutLiteral(text: string): string {
    const taken = Math.min(this.#literalLeft, text.length);
    this.#literalLeft -= taken;
    return text.slice(taken);
  }

  #command(line: string): void {
    const [, tag = '', verb = '', literal = '0'] = command.exec(line) ?? [];
    if (tag === '') return;
    this.#last = { tag, verb, isAnswered: false };
    this.#literalLeft = verb === 'APPEND' ? Number(literal) : 0;
  }

  #answer(line: string): void {
    if (!line.startsWith(`${this.#last.tag} `)) return;
    this.#last.isAnswered = true;
    if (this.#last.verb === 'APPEND') this.#appended += 1;
  }

  /** In a few words. */
  where(): string {
    const { verb, isAnswered } = this.#last;
    if (verb === '') return 'before its first command';
    if (verb !== 'APPEND')
      return `${verb}${isAnswered ? ' answered' : ''}${this.#appended > 0 ? ' between APPENDs' : ''}`;
    if (isAnswered) return 'APPEND answered';
    return this.#literalLeft > 0 ? 'in the literal of APPEND' : 'APPEND sent';
  }
}
