/**
 * How is text laid out without HTML: in lines, paragraphs and quotations?
 *
 * Gets words and breaks in the order in which they come, and writes a line only when something is to stand on it. Stops at a
 * number of characters: a quotation inside others costs some for every line of it.
 */

/** Nobody sees them: where a word may be broken, and what newsletters fill the line with that is shown before a mail is opened. */
const invisible = /[\u00ad\u200b\u2060\ufeff]|\u034f/g;

/** U+200C and U+200D join letters, in Persian or in an emoji; behind a blank they are filling. */
const blanks = /\s[\s\u200c\u200d]*/g;
const leadingBlanks = /^[\s\u200c\u200d]+/;

/** Deeper quotations and lists look like the deepest of these. */
const mostDepth = 10;

export class PlainText {
  /** `> ` for each quotation that is open. */
  quoteDepth = 0;
  /** How far a list is set in. */
  listDepth = 0;
  /** Whether blanks and line ends are to stay as they are. */
  isPreformatted = false;
  private readonly maxChars: number;
  private readonly pieces: string[] = [];
  private chars = 0;
  /** Line ends that come before the next word; not before the first. */
  private owedBreaks = 0;
  private isBlankOwed = false;
  /** Of the line before. */
  private lastDepth = 0;
  private isLineStart = true;

  constructor(maxChars: number) {
    this.maxChars = maxChars;
  }

  get isFull(): boolean {
    return this.chars > this.maxChars;
  }

  /** How much has been written, to ask for what came since. */
  get mark(): number {
    return this.pieces.length;
  }

  since(mark: number): string {
    return this.pieces.slice(mark).join('').trim();
  }

  /** Words and the blanks between them. */
  add(text: string): void {
    if (this.isFull) return;
    if (this.isPreformatted) this.addPreformatted(text);
    else this.addWords(text);
  }

  private addWords(text: string): void {
    const seen = text.replace(invisible, '').replace(blanks, ' ');
    if (seen.startsWith(' ')) this.addBlank();
    const words = this.isLineStart || this.isBlankOwed ? seen.replace(leadingBlanks, '') : seen;
    const trimmed = words.trim();
    if (trimmed === '') return;
    this.write(trimmed);
    this.isBlankOwed = words.endsWith(' ');
  }

  /** A blank, if it does not begin or end a line. */
  addBlank(): void {
    this.isBlankOwed = this.isBlankOwed || !this.isLineStart;
  }

  /** What comes next begins a line, with `emptyLines` before it. */
  breakLine(emptyLines: 0 | 1 = 0): void {
    this.isBlankOwed = false;
    if (!this.isLineStart || this.owedBreaks > 0) this.owedBreaks = Math.max(this.owedBreaks, 1 + emptyLines);
    this.isLineStart = true;
  }

  /** A line end that counts, however many there are (`<br>`). */
  addLineEnd(): void {
    this.isBlankOwed = false;
    this.owedBreaks += 1;
    this.isLineStart = true;
  }

  toString(): string {
    return this.pieces.join('');
  }

  private addPreformatted(text: string): void {
    for (const [index, line] of text.split(/\r?\n/).entries()) {
      if (index > 0) this.addLineEnd();
      if (line !== '') this.write(line);
      if (this.isFull) return;
    }
  }

  private write(text: string): void {
    const depth = Math.min(this.quoteDepth, mostDepth);
    if (this.owedBreaks > 0 && this.pieces.length > 0) {
      // An empty line between a quotation and something else is in none. Nobody leaves more than two empty on purpose.
      const empty = `\n${'> '.repeat(Math.min(depth, this.lastDepth)).trimEnd()}`;
      this.push(`${empty.repeat(Math.min(this.owedBreaks, 3) - 1)}\n`);
    }
    if (this.isLineStart) this.push('> '.repeat(depth) + '  '.repeat(Math.min(this.listDepth, mostDepth)));
    else if (this.isBlankOwed) this.push(' ');
    this.push(text);
    this.lastDepth = depth;
    this.owedBreaks = 0;
    this.isBlankOwed = false;
    this.isLineStart = false;
  }

  private push(piece: string): void {
    if (piece === '') return;
    this.pieces.push(piece);
    this.chars += piece.length;
  }
}
