/**
 * Which lines were one paragraph before they were sent? (format=flowed, RFC 3676)
 *
 * Takes text with line ends as `\n`. Quotations keep one `>` for each level. One pass.
 */
interface Line {
  readonly depth: number;
  readonly text: string;
  readonly isFlowed: boolean;
}

/** `delSp`: the blank that marks a flowed line is not part of the text (RFC 3676 §4.5). */
export function unflowed(text: string, delSp: boolean): string {
  // What follows the last line end is no line.
  const end = text.endsWith('\n') ? '\n' : '';
  const paragraphs: string[] = [];
  /** The lines of the paragraph that is under way. */
  let open: Line[] = [];
  const close = (): void => {
    const [first] = open;
    if (first !== undefined) paragraphs.push(quoted(first.depth, joined(open, delSp)));
    open = [];
  };
  for (const line of text
    .slice(0, text.length - end.length)
    .split('\n')
    .map(lineOf)) {
    // RFC 3676 §4.5: a flowed line that is followed by one of another depth, or by a signature, is a fixed one.
    if (open[0] !== undefined && (open[0].depth !== line.depth || isSignature(line))) close();
    open.push(line);
    if (!line.isFlowed) close();
  }
  close();
  return paragraphs.join('\n') + end;
}

/** RFC 3676 §4.3: that line is never flowed, though it ends in a blank. */
const isSignature = ({ text }: Pick<Line, 'text'>): boolean => text === '-- ';

function lineOf(line: string): Line {
  let depth = 0;
  while (line[depth] === '>') depth++;
  // RFC 3676 §4.4: one blank in front is stuffing.
  const text = line.slice(line[depth] === ' ' ? depth + 1 : depth);
  return { depth, text, isFlowed: text.endsWith(' ') && !isSignature({ text }) };
}

/** The last one is fixed, or was followed by something else. */
const joined = (lines: readonly Line[], delSp: boolean): string =>
  lines.map(({ text }, index) => (delSp && index < lines.length - 1 ? text.slice(0, -1) : text)).join('');

const quoted = (depth: number, text: string): string =>
  depth === 0 ? text : `${'>'.repeat(depth)}${text === '' ? '' : ` ${text}`}`;
