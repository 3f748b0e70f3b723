/**
 * What does `q` ask for?
 *
 *     query = group *( group )              all of them
 *     group = term *( "OR" term )           one of them; it binds closer than what stands side by side
 *     term  = [ "-" ] ( "(" query ")" / operator ":" value / value )
 *     value = word / quoted                 \" and \\ inside double quotes
 *
 * Nothing is guessed: what is not understood is named, with its place, and refused.
 */
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type Condition, isSearchable, join } from './condition.ts';
import { operators } from './operators.ts';

export function conditionOf(query: string): Result<Condition> {
  try {
    return ok(new Reader(query).whole());
  } catch (error) {
    if (error instanceof Failed) return err(error.failure);
    throw error;
  }
}

class Reader {
  readonly #query: string;
  #at = 0;
  #depth = 0;
  #conditions = 0;

  constructor(query: string) {
    this.#query = query;
  }

  whole(): Condition {
    if (this.#query.length > limits.searchChars) throw refusal(`Give at most ${limits.searchChars} characters.`);
    const condition = this.#all();
    if (this.#at < this.#query.length) throw this.#refusal('this ) closes nothing. Leave it out, or quote it.');
    return condition;
  }

  /** Until the end, or a parenthesis that closes. */
  #all(): Condition {
    const found: Condition[] = [];
    while (!this.#isAtEnd()) found.push(this.#group());
    if (found.length === 0) throw this.#refusal('something to search for is missing here.');
    return join('and', found);
  }

  #group(): Condition {
    const found = [this.#term()];
    while (this.#takeWord('OR')) found.push(this.#term());
    return join('or', found);
  }

  #term(): Condition {
    if (this.#isAtEnd()) throw this.#refusal('something to search for is missing here.');
    for (const word of ['OR', 'AND', 'NOT']) {
      if (this.#isWord(word)) throw this.#refusal(`${word} has no meaning here. ${wordRemedies[word]}`);
    }
    const character = this.#query[this.#at];
    if (character !== '-' && character !== '(') return this.#leaf();
    return this.#nested(character === '-' ? () => this.#negated() : () => this.#parenthesized());
  }

  #nested(read: () => Condition): Condition {
    this.#depth += 1;
    if (this.#depth > limits.searchDepth) {
      throw this.#refusal(`there are more than ${limits.searchDepth} conditions inside each other.`);
    }
    this.#at += 1;
    const condition = read();
    this.#depth -= 1;
    return condition;
  }

  #negated(): Condition {
    if (/^(\s|$)/.test(this.#query.slice(this.#at, this.#at + 1))) {
      throw this.#refusal('a - negates what stands directly behind it. Quote it to search for it.');
    }
    return { kind: 'not', condition: this.#term() };
  }

  #parenthesized(): Condition {
    const opened = this.#at - 1;
    const condition = this.#all();
    if (this.#query[this.#at] !== ')') throw refusalAt(opened, 'this ( is not closed.');
    this.#at += 1;
    return condition;
  }

  #leaf(): Condition {
    this.#conditions += 1;
    if (this.#conditions > limits.searchConditions) {
      throw this.#refusal(`there are more than ${limits.searchConditions} conditions.`);
    }
    const begin = this.#at;
    const [, name] = /^([a-z][a-z-]*):/i.exec(this.#query.slice(begin, begin + longestName)) ?? [];
    if (name === undefined) return this.#words();
    const operator = operators.get(name.toLowerCase());
    if (operator === undefined) {
      throw this.#refusal(`there is no operator ${name}:. Use one of ${known}; or quote it to search for it.`);
    }
    this.#at += name.length + 1;
    const condition = operator.read(this.#operand(name));
    if (condition === null) throw refusalAt(begin, `${name}: does not take this value. ${operator.remedy}`);
    return condition;
  }

  #words(): Condition {
    const begin = this.#at;
    const text = this.#value();
    if (!isSearchable(text)) throw refusalAt(begin, 'give at least one character, none of which ends a line.');
    return { kind: 'text', value: text };
  }

  /** Of `header:` the name comes first, and what is behind it can be quoted alone. */
  #operand(operator: string): string {
    const [name = ''] =
      operator.toLowerCase() === 'header' ? (/^[^\s"():]+:(?=")/.exec(this.#query.slice(this.#at)) ?? []) : [];
    this.#at += name.length;
    return name + this.#value();
  }

  #value(): string {
    if (this.#query[this.#at] === '"') return this.#quoted();
    const [text = ''] = /^[^\s()"]*/.exec(this.#query.slice(this.#at)) ?? [];
    this.#at += text.length;
    if (this.#query[this.#at] === '"') throw this.#refusal('quotes go around all of a value: subject:"two words".');
    return text;
  }

  #quoted(): string {
    const begin = this.#at;
    const [whole] = /^"(?:[^"\\]|\\["\\])*"/.exec(this.#query.slice(begin)) ?? [];
    if (whole === undefined)
      throw refusalAt(begin, 'these quotes are not closed, or hold a \\ that is not \\" or \\\\.');
    this.#at += whole.length;
    if (/[^\s()]/.test(this.#query[this.#at] ?? ' ')) throw this.#refusal('a space is missing behind the quotes.');
    return whole.slice(1, -1).replace(/\\(.)/g, '$1');
  }

  /** Skips spaces. */
  #isAtEnd(): boolean {
    while (/\s/.test(this.#query[this.#at] ?? '')) this.#at += 1;
    return this.#at >= this.#query.length || this.#query[this.#at] === ')';
  }

  #isWord(word: string): boolean {
    const end = this.#at + word.length;
    return this.#query.startsWith(word, this.#at) && /[\s()]/.test(this.#query[end] ?? ' ');
  }

  #takeWord(word: string): boolean {
    if (this.#isAtEnd() || !this.#isWord(word)) return false;
    this.#at += word.length;
    return true;
  }

  #refusal(message: string): Failed {
    return refusalAt(this.#at, message);
  }
}

/** No operator has a longer name; whoever writes more before a colon is told of no operator at all. */
const longestName = 40;
const known = [...operators.keys()].map((name) => `${name}:`).join(' ');
const wordRemedies: Readonly<Record<string, string>> = {
  OR: 'It joins two conditions; quote it to search for it.',
  AND: 'All conditions have to hold anyhow; quote it to search for it.',
  NOT: 'A - negates; quote it to search for it.',
};

const refusalAt = (at: number, message: string): Failed => refusal(`Character ${at + 1}: ${message}`);

const refusal = (message: string): Failed =>
  new Failed({ kind: 'request-invalid', errors: [{ in: 'query', field: 'q', message }] });
