/**
 * What is in a message, when all there is of it is a stream of bytes?
 *
 * Finds the header, the tree of parts and each part's bytes in one pass and in bounded memory: what is held is one
 * header block and at most one line. POP3 has nothing else; over IMAP the server tells the same as BODYSTRUCTURE.
 *
 * No mail makes it fail. What goes beyond a limit is left out or taken as one opaque part, and `isPartial` says so.
 */
import { limits } from '../limits.ts';
import type { Place } from './bodies.ts';
import { contentEnd, delimiterAt, delimiterBytes, nextDashLine } from './boundary.ts';
import { CappedBytes, concat, noBytes, octet } from './bytes.ts';
import { type PartHeader, partHeaderOf } from './header.ts';
import type { MimePart, PartHead } from './part.ts';
import { counterFor, type DecodedCounter } from './transfer.ts';

export interface WalkLimits {
  /** Octets of one header block; the rest of it is not read. */
  readonly headerBytes: number;
  /** Parts of a message, multiparts among them; at the next one the walk ends. */
  readonly parts: number;
  /** Multiparts inside each other; one deeper is an opaque leaf of type `application/octet-stream`. */
  readonly depth: number;
}

export const walkLimits: WalkLimits = {
  headerBytes: limits.partHeaderBytes,
  parts: limits.parts,
  depth: limits.partDepth,
};

/** Takes the transfer-encoded bytes of one leaf. A chunk may be kept, but is a view of a larger one. */
export interface LeafSink {
  push(bytes: Uint8Array): void;
  end(): void;
}

/** Called when the header of a leaf is read; null when its bytes are not wanted. */
export type OnLeaf = (leaf: PartHead, place: Place) => LeafSink | null;

export interface Walked {
  readonly root: MimePart;
  /** The header block of the message, with the empty line that ends it left away. */
  readonly header: Uint8Array;
  /** Octets of the whole message. */
  readonly size: number;
  /** True when a limit was met, so that the tree is not all of the message. */
  readonly isPartial: boolean;
}

interface Node extends PartHead {
  encodedSize: number;
  decodedSize?: number;
  readonly children: Node[];
}

interface OpenLeaf {
  readonly node: Node;
  readonly counter: DecodedCounter;
  readonly sink: LeafSink | null;
}

export class MessageWalker {
  private readonly onLeaf: OnLeaf;
  private readonly limits: WalkLimits;

  /** `between` is before the first and after the last part of a multipart; `over` is after everything that counts. */
  private state: 'header' | 'leaf' | 'between' | 'over' = 'header';
  private atLineStart = true;
  /** What the next chunk may still change: a line end, and the beginning of what may be a delimiter. */
  private carry: Uint8Array = noBytes;
  private header: CappedBytes;
  private leaf: OpenLeaf | null = null;
  /** The multiparts that are open, outermost first, and their boundaries. */
  private readonly open: Node[] = [];
  private readonly boundaries: Uint8Array[] = [];

  private root: Node | null = null;
  private rootHeader: Uint8Array = noBytes;
  private partCount = 0;
  private size = 0;
  private isPartial = false;

  constructor(onLeaf: OnLeaf = () => null, limits: WalkLimits = walkLimits) {
    this.onLeaf = onLeaf;
    this.limits = limits;
    this.header = new CappedBytes(limits.headerBytes);
  }

  push(chunk: Uint8Array): void {
    this.size += chunk.length;
    let rest = chunk;
    while (rest.length > 0 && this.state !== 'over') {
      const taken = this.carry.length === 0 ? rest.length : decidingLength(rest);
      const data = concat([this.carry, rest.subarray(0, taken)].filter((bytes) => bytes.length > 0));
      rest = rest.subarray(taken);
      this.carry = noBytes;
      this.scan(data, false);
    }
  }

  end(): Walked {
    const rest = this.carry;
    this.carry = noBytes;
    this.scan(rest, true);
    if (this.state === 'header') this.endHeader();
    this.endLeaf();
    this.state = 'over';
    const root = this.root ?? this.endHeader();
    return { root, header: this.rootHeader, size: this.size, isPartial: this.isPartial };
  }

  private scan(data: Uint8Array, isLast: boolean): void {
    let at = 0;
    while (at < data.length && this.state !== 'over') {
      at = this.state === 'header' ? this.scanHeaderLine(data, at, isLast) : this.scanBody(data, at, isLast);
    }
  }

  private hold(data: Uint8Array, from: number): number {
    this.carry = data.subarray(from);
    return data.length;
  }

  private scanHeaderLine(data: Uint8Array, at: number, isLast: boolean): number {
    if (this.atLineStart) {
      // A part may end inside its header, without the empty line.
      const delimiter = this.boundaries.length === 0 ? null : delimiterAt(data, at, this.boundaries, isLast);
      if (delimiter?.kind === 'undecided') return this.hold(data, at);
      if (delimiter?.kind === 'delimiter') {
        this.endHeader();
        return this.cross(delimiter.level, delimiter.isClose, delimiter.next);
      }
      const eol = data[at] === octet.cr ? at + 1 : at;
      if (eol === data.length && !isLast) return this.hold(data, at);
      if (data[eol] === octet.lf) {
        this.endHeader();
        return eol + 1;
      }
    }
    const lf = data.indexOf(octet.lf, at);
    const next = lf < 0 ? data.length : lf + 1;
    this.header.push(data.subarray(at, next));
    this.atLineStart = lf >= 0;
    return next;
  }

  private scanBody(data: Uint8Array, at: number, isLast: boolean): number {
    if (this.boundaries.length === 0) {
      this.take(data, at, data.length);
      return data.length;
    }
    const isLineStart = this.atLineStart;
    let line = isLineStart && data[at] === octet.dash ? at : nextDashLine(data, at + 1);
    while (line >= 0) {
      const delimiter = delimiterAt(data, line, this.boundaries, isLast);
      if (delimiter.kind === 'delimiter') {
        this.take(data, at, contentEnd(data, at, line));
        return this.cross(delimiter.level, delimiter.isClose, delimiter.next);
      }
      if (delimiter.kind === 'undecided') break;
      line = nextDashLine(data, line + 1);
    }
    const end = isLast ? data.length : heldFrom(data, at, line);
    this.take(data, at, end);
    this.atLineStart = isLineStart && end === at && data[at] === octet.dash;
    return this.hold(data, end);
  }

  private take(data: Uint8Array, from: number, to: number): void {
    if (this.leaf === null || from >= to) return;
    const bytes = data.subarray(from, to);
    this.leaf.node.encodedSize += bytes.length;
    this.leaf.counter.push(bytes);
    this.leaf.sink?.push(bytes);
  }

  /** Goes on after a delimiter of the multipart at `level`. */
  private cross(level: number, isClose: boolean, next: number): number {
    this.endLeaf();
    const depth = isClose ? level : level + 1;
    this.open.length = depth;
    this.boundaries.length = depth;
    this.atLineStart = true;
    if (!isClose && this.partCount >= this.limits.parts) {
      this.isPartial = true;
      this.state = 'over';
    } else if (isClose) {
      this.state = depth === 0 ? 'over' : 'between';
    } else {
      this.header = new CappedBytes(this.limits.headerBytes);
      this.state = 'header';
    }
    return next;
  }

  /** The header block of a part is complete: makes its node, and opens it. */
  private endHeader(): Node {
    const block = this.header.view();
    if (this.header.isCut) this.isPartial = true;
    const parent = this.open.at(-1);
    const place = {
      index: parent?.children.length ?? 0,
      multipartType: parent?.type.slice('multipart/'.length) ?? 'mixed',
    };
    // RFC 2046 §5.1.5: the parts of a digest are messages unless they say otherwise.
    const header = partHeaderOf(block, place.multipartType === 'digest' ? 'message/rfc822' : 'text/plain');
    const boundary = this.boundaryOf(header);
    const node = nodeOf(header, parent, place.index, boundary !== null);
    parent?.children.push(node);
    this.partCount++;
    if (this.root === null) {
      this.root = node;
      this.rootHeader = block;
    }
    if (boundary === null) {
      this.leaf = { node, counter: counterFor(node.encoding), sink: this.onLeaf(node, place) };
      this.state = 'leaf';
    } else {
      this.open.push(node);
      this.boundaries.push(boundary);
      this.state = 'between';
    }
    return node;
  }

  /** Null for what is no multipart, or can't be opened as one. */
  private boundaryOf(header: PartHeader): Uint8Array | null {
    const boundary = new TextEncoder().encode(header.boundary ?? '');
    if (boundary.length === 0 || boundary.length > delimiterBytes - 4) return null;
    if (this.open.length < this.limits.depth) return boundary;
    this.isPartial = true;
    return null;
  }

  private endLeaf(): void {
    if (this.leaf === null) return;
    const { node, counter, sink } = this.leaf;
    this.leaf = null;
    node.decodedSize = counter.total();
    sink?.end();
  }
}

/**
 * How much of a chunk to join with what is carried: enough to decide it, and not a whole megabyte. Not up to a line end
 * either, which would be carried again, and again, in a text whose lines all have the right length for that.
 */
function decidingLength(chunk: Uint8Array): number {
  let length = Math.min(chunk.length, delimiterBytes);
  while (length < chunk.length && (chunk[length - 1] === octet.lf || chunk[length - 1] === octet.cr)) length++;
  return length;
}

/** From where the data must wait for more: the line end before `line`, which is undecided, or the last line end. */
function heldFrom(data: Uint8Array, from: number, line: number): number {
  if (line >= 0) return contentEnd(data, from, line);
  const last = data.length - 1;
  return last >= from && data[last] === octet.cr ? last : contentEnd(data, from, data.length);
}

function nodeOf(header: PartHeader, parent: Node | undefined, index: number, isMultipart: boolean): Node {
  const { boundary, ...head } = header;
  const number = `${index + 1}`;
  const partId =
    parent === undefined ? (isMultipart ? '' : '1') : parent.partId === '' ? number : `${parent.partId}.${number}`;
  if (isMultipart) return { ...head, partId, encodedSize: 0, children: [] };
  // A multipart that names no boundary is text to whoever reads it; one too deep is for whoever wants to look inside.
  const leafType = boundary ? 'application/octet-stream' : 'text/plain';
  return {
    ...head,
    partId,
    type: head.type.startsWith('multipart/') ? leafType : head.type,
    encodedSize: 0,
    children: [],
  };
}
