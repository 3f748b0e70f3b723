/**
 * How are many commands sent without waiting for each reply? (PIPELINING, RFC 2449 §6.6)
 *
 * A server that announces it is sent commands ahead of their replies, as long as the replies that are on their way stay
 * within a window of bytes; any other is sent one at a time. Either way replies are read in order, each to its end. That a
 * multi-line reply ended where it should have is for its marker to prove (`marker.ts`).
 */
import { limits } from '../../core/limits.ts';
import { boundedBody, isReplyTo, type Marker, markedBody, plausibleBody, provenOrRefused, shifted } from './marker.ts';
import { Refused } from './status-line.ts';
import type { Body, PopWire } from './wire.ts';

/** What is needed of the connection. */
export type Wire = Pick<PopWire, 'within' | 'write' | 'writeAhead' | 'status' | 'body' | 'hasUnread'>;

export interface Command {
  readonly verb: 'UIDL' | 'LIST' | 'TOP' | 'RETR' | 'DELE';
  readonly line: string;
  /** About how many bytes the reply will have. */
  readonly replyBytes: number;
  readonly isMultiLine: boolean;
  readonly marker?: Marker;
}

/** A refusal, or what follows +OK and the bytes of a multi-line reply; any other has none. */
export type Reply =
  | { readonly refused: Refused }
  | { readonly refused: null; readonly status: string; readonly body: Body | null };

interface Window {
  readonly isPipelined: boolean;
  /** How long the first reply may take to begin. */
  readonly firstReplyMs?: number;
}

/** A reply for each command, in order. Throws Failed. */
export async function* repliesTo(
  wire: Wire,
  commands: readonly Command[],
  { isPipelined, firstReplyMs = limits.commandMs }: Window,
): AsyncGenerator<Reply, void, undefined> {
  let sent = 0;
  let awaitedBytes = 0;
  for (const [index, command] of commands.entries()) {
    const isFirst = sent === index;
    // What is on its way is filled up by halves: that keeps the server busy, and costs few packets.
    const isHalfEmpty = awaitedBytes <= limits.pipelineBytes / 2 && sent - index <= limits.pipelineCommands / 2;
    const lines: string[] = [];
    for (let next = commands[sent]; next !== undefined; next = commands[sent]) {
      const isInWindow =
        awaitedBytes + next.replyBytes <= limits.pipelineBytes && sent - index < limits.pipelineCommands;
      if (sent > index && !(isPipelined && isHalfEmpty && isInWindow)) break;
      lines.push(next.line);
      if (isPipelined && next.marker !== undefined) lines.push(next.marker.line);
      awaitedBytes += next.replyBytes;
      sent += 1;
    }
    const ask = isFirst ? () => wire.write(...lines) : () => wire.writeAhead(...lines);
    yield await replyTo(wire, command, {
      ask: lines.length > 0 ? ask : null,
      before: isPipelined ? commands[index - 1]?.marker : undefined,
      isMarked: isPipelined,
      limitMs: index === 0 ? firstReplyMs : limits.commandMs,
    });
    awaitedBytes -= command.replyBytes;
  }
}

interface Asking {
  readonly ask: (() => Promise<void>) | null;
  /** The marker that was read just before. */
  readonly before: Marker | undefined;
  /** Whether its marker was sent behind it. */
  readonly isMarked: boolean;
  readonly limitMs: number;
}

async function replyTo(wire: Wire, command: Command, { ask, before, isMarked, limitMs }: Asking): Promise<Reply> {
  const { verb, isMultiLine, marker } = command;
  try {
    const status = await wire.within(limitMs, 'command', async () => {
      await ask?.();
      const status = await wire.status(verb);
      // A server that gave it twice is one reply behind from here on.
      if (before !== undefined && isReplyTo(before, status)) throw shifted();
      return status;
    });
    if (!isMultiLine || marker === undefined) return { refused: null, status, body: isMultiLine ? wire.body() : null };
    const body = (isMarked ? markedBody : plausibleBody)(wire, boundedBody(wire, wire.body(), marker), marker);
    return { refused: null, status, body };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (isMarked && marker !== undefined) await provenOrRefused(wire, marker);
    return { refused: error };
  }
}
