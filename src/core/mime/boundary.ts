/**
 * Where does one part end and the next begin? (RFC 2046 §5.1.1)
 *
 * Looks for the lines that delimit parts. Everything here works on bytes that are at hand; who holds back what the next
 * chunk may still change is `walk.ts`.
 */
import { octet } from './bytes.ts';

/** RFC 2046 ends a boundary at 70 characters. What comes is longer sometimes, and padded; not this long. */
export const delimiterBytes = 1024;

export type Delimiter =
  | { readonly kind: 'none' }
  /** The line is not all here yet. */
  | { readonly kind: 'undecided' }
  /** `level` is the boundary's place in the list that was asked for; `next` is where the following line begins. */
  | { readonly kind: 'delimiter'; readonly level: number; readonly isClose: boolean; readonly next: number };

const none: Delimiter = { kind: 'none' };
const undecided: Delimiter = { kind: 'undecided' };

/**
 * Reads the line that begins at `line` as a delimiter of one of the open multiparts. The innermost is asked first; an
 * outer one ends all inside it, closed or not. `isLast` says that nothing follows the data.
 */
export function delimiterAt(
  data: Uint8Array,
  line: number,
  boundaries: readonly Uint8Array[],
  isLast: boolean,
): Delimiter {
  const isHere = data[line] === octet.dash && (data[line + 1] === octet.dash || line + 1 === data.length);
  if (!isHere) return none;
  const lf = data.indexOf(octet.lf, line);
  if (lf < 0 && !isLast && data.length - line <= delimiterBytes) return undecided;
  const lineEnd = lf < 0 ? data.length : lf;
  if (lineEnd - line > delimiterBytes) return none;
  const end = paddingStart(data, line, lineEnd);
  for (let level = boundaries.length - 1; level >= 0; level--) {
    const boundary = boundaries[level];
    if (boundary === undefined || !matches(data, line + 2, boundary)) continue;
    const rest = line + 2 + boundary.length;
    const isClose = end === rest + 2 && data[rest] === octet.dash && data[rest + 1] === octet.dash;
    if (isClose || end === rest) return { kind: 'delimiter', level, isClose, next: lf < 0 ? lineEnd : lf + 1 };
  }
  return none;
}

/** Where the transport padding of a line begins. */
function paddingStart(data: Uint8Array, line: number, lineEnd: number): number {
  let end = lineEnd;
  while (end > line) {
    const byte = data[end - 1];
    if (byte !== octet.space && byte !== octet.tab && byte !== octet.cr) break;
    end--;
  }
  return end;
}

function matches(data: Uint8Array, at: number, boundary: Uint8Array): boolean {
  for (let index = 0; index < boundary.length; index++) {
    if (data[at + index] !== boundary[index]) return false;
  }
  return true;
}

/**
 * The next line after `from` that begins with a dash, or -1.
 *
 * Jumps from dash to dash, and from a dash inside a line to the end of that line: base64 has no dash at all, and a line
 * full of dashes costs one step.
 */
export function nextDashLine(data: Uint8Array, from: number): number {
  let dash = data.indexOf(octet.dash, from);
  while (dash >= 0) {
    if (dash > 0 && data[dash - 1] === octet.lf) return dash;
    const lf = data.indexOf(octet.lf, dash);
    if (lf < 0) return -1;
    dash = data.indexOf(octet.dash, lf + 1);
  }
  return -1;
}

/** Where the content before the line at `line` ends: the line end before a delimiter belongs to the delimiter. */
export function contentEnd(data: Uint8Array, from: number, line: number): number {
  let end = line;
  if (end > from && data[end - 1] === octet.lf) {
    end--;
    if (end > from && data[end - 1] === octet.cr) end--;
  }
  return end;
}
