/**
 * How is a whole message read from a stream without keeping it? (POP3: RETR is all there is)
 *
 * Two questions, each answered in one pass: what does it say, and what is in one of its parts. Memory is bounded by what
 * the caller asked for and not by the message.
 */
import type { EmailBodies, EmailHeaders } from '../email.ts';
import { limits } from '../limits.ts';
import { hasAttachmentOf, htmlBytesForText, isEmbeddedMessage, isInlinePart, type Place } from './bodies.ts';
import { bodyOf, type PartBytes } from './body.ts';
import { CappedBytes } from './bytes.ts';
import { headersOf } from './header.ts';
import type { PartHead } from './part.ts';
import { decoderFor } from './transfer.ts';
import { type LeafSink, MessageWalker } from './walk.ts';

export interface ReadEmail {
  readonly headers: EmailHeaders;
  /** The header block, for what is asked for beyond `headers`. */
  readonly header: Uint8Array;
  readonly bodies: EmailBodies;
  readonly hasAttachment: boolean;
  /** Octets of the message. */
  readonly size: number;
  /** True when the message has more parts, deeper ones or a longer header than are read. */
  readonly isPartial: boolean;
}

/** Reads to the end; keeps only the text and HTML that are shown. Rejects only when the stream does. */
export async function readEmail(
  stream: ReadableStream<Uint8Array>,
  { maxBodyBytes }: { maxBodyBytes: number },
): Promise<ReadEmail> {
  const texts = new TextKeeper(maxBodyBytes);
  const embedded = new HeaderKeeper();
  const walker = new MessageWalker((leaf, place) => embedded.sinkFor(leaf) ?? texts.sinkFor(leaf, place));
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) walker.push(next.value);
  const { root, header, size, isPartial } = walker.end();
  const bodies = bodyOf(root, texts.bodies(), maxBodyBytes, { embedded: embedded.blocks() });
  return {
    headers: headersOf(header),
    header,
    bodies: { ...bodies, isTruncated: bodies.isTruncated || isPartial },
    hasAttachment: hasAttachmentOf(root),
    size,
    isPartial,
  };
}

/** Keeps the decoded bytes of text parts, within one budget for all the plain text and one for all the HTML. */
class TextKeeper {
  private readonly kept = new Map<string, CappedBytes>();
  private readonly budgets: Map<string, number>;

  constructor(maxBodyBytes: number) {
    // UTF-16 takes two octets where UTF-8 takes one; no charset of mail takes more. A little above it, so that what is
    // cut here is always more than what `bodyOf` cuts.
    const budgetFor = (shownBytes: number) => 2 * shownBytes + 16;
    this.budgets = new Map([
      ['text/plain', budgetFor(maxBodyBytes)],
      // Whether a text is to be made from it is not known before the end.
      ['text/html', budgetFor(htmlBytesForText(maxBodyBytes))],
    ]);
  }

  sinkFor(leaf: PartHead, place: Place): LeafSink | null {
    const budget = this.budgets.get(leaf.type);
    if (budget === undefined || !isInlinePart(leaf, place)) return null;
    const decoder = decoderFor(leaf.encoding);
    const bytes = new CappedBytes(budget);
    this.kept.set(leaf.partId, bytes);
    return {
      push: (chunk) => {
        if (!bytes.isCut) bytes.push(decoder.push(chunk));
      },
      end: () => {
        if (!bytes.isCut) bytes.push(decoder.flush());
        this.budgets.set(leaf.type, budget - bytes.view().length);
      },
    };
  }

  bodies(): Map<string, PartBytes> {
    return new Map([...this.kept].map(([partId, kept]) => [partId, { bytes: kept.view(), isTruncated: kept.isCut }]));
  }
}

/** Keeps the beginning of attached messages, in which their headers are. */
class HeaderKeeper {
  private readonly kept = new Map<string, CappedBytes>();

  sinkFor(leaf: PartHead): LeafSink | null {
    if (!isEmbeddedMessage(leaf) || this.kept.size >= limits.embeddedMessages) return null;
    const bytes = new CappedBytes(limits.embeddedHeaderBytes);
    this.kept.set(leaf.partId, bytes);
    return {
      push: (chunk) => {
        if (!bytes.isCut) bytes.push(chunk);
      },
      end: () => undefined,
    };
  }

  blocks(): Map<string, Uint8Array> {
    return new Map([...this.kept].map(([partId, kept]) => [partId, kept.view()]));
  }
}

export interface OpenPart {
  readonly part: PartHead;
  /** The part's bytes, transfer-decoded, no faster than they are read. */
  readonly body: ReadableStream<Uint8Array>;
}

/**
 * The bytes of one leaf. Null when the message has no such part; the stream is then read to its end. As soon as the part
 * is over the rest of the message is cancelled: the session below may want to break off.
 */
export async function openPart(stream: ReadableStream<Uint8Array>, partId: string): Promise<OpenPart | null> {
  const reader = stream.getReader();
  const tap = new PartTap(partId);
  const walker = new MessageWalker((leaf) => tap.sinkFor(leaf));

  /** False when the message is over. */
  const advance = async () => {
    const next = await reader.read();
    if (next.done) walker.end();
    else walker.push(next.value);
    // The part is complete, so whatever becomes of the rest of the message is nobody's failure.
    if (tap.isOver && !next.done) reader.cancel().catch(() => undefined);
    return !next.done;
  };

  while (tap.part === null && (await advance()));
  if (tap.part === null) return null;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        while (tap.ready.length === 0 && !tap.isOver) await advance();
        const bytes = tap.ready.shift();
        if (bytes === undefined) controller.close();
        else controller.enqueue(bytes);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read ahead: the message waits on the server until somebody reads.
    { highWaterMark: 0 },
  );
  return { part: tap.part, body };
}

/** Catches one part on the way and decodes it. */
class PartTap {
  part: PartHead | null = null;
  isOver = false;
  readonly ready: Uint8Array[] = [];
  private readonly partId: string;

  constructor(partId: string) {
    this.partId = partId;
  }

  sinkFor(leaf: PartHead): LeafSink | null {
    if (leaf.partId !== this.partId) return null;
    this.part = leaf;
    const decoder = decoderFor(leaf.encoding);
    return {
      push: (chunk) => this.keep(decoder.push(chunk)),
      end: () => {
        this.keep(decoder.flush());
        this.isOver = true;
      },
    };
  }

  private keep(bytes: Uint8Array): void {
    if (bytes.length > 0) this.ready.push(bytes);
  }
}
