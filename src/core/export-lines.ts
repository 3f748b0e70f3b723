/**
 * How does an export look as lines of JSON?
 *
 * How many messages there are comes first, then a line for each, and last a line that says that it was all: a stream without that
 * was cut. A message is never in memory as a whole.
 */
import { createHash } from 'node:crypto';
import { begun } from './message-beginning.ts';
import { type MessageOctets, messageEvents } from './message-events.ts';
import { errorLine, lineOf, rawLine } from './ndjson.ts';

/** The line of a message, whose digest it returns; null when the message is not whole, which the line says. */
export type MessageLine = (members: object, octets: MessageOctets) => AsyncGenerator<string, string | null, undefined>;

/** What the lines say beside the messages. */
export interface Telling<Head, Name> {
  readonly first: object;
  /** How many messages were to come. */
  readonly count: number;
  /** `beginning` is what the message begins with, its header at least. */
  message(head: Head, beginning: Uint8Array): object;
  missing(name: Name): object;
  last(written: Written): object;
}

export interface Written {
  /** How many messages came whole. */
  readonly count: number;
  /** SHA-256 of their digests, each in hexadecimal and with LF behind it. */
  readonly sha256: string;
}

export async function* exportLines<Head, Name>(
  stream: ReadableStream<Uint8Array>,
  telling: Telling<Head, Name>,
  messageLine: MessageLine = rawLine,
): AsyncGenerator<string, void, undefined> {
  const { count } = telling;
  const digest = createHash('sha256');
  let index = 0;
  let whole = 0;
  yield lineOf({ type: 'export', ...telling.first, count });
  for await (const event of messageEvents<Head, Name>(stream)) {
    if (event.kind === 'message') {
      const { beginning, octets } = await begun(event.octets);
      const sha256 = yield* messageLine({ ...telling.message(event.message, beginning), index, count }, octets);
      if (sha256 !== null) {
        digest.update(`${sha256}\n`);
        whole += 1;
      }
      index += 1;
    }
    if (event.kind === 'missing') {
      yield errorLine(event.failure, telling.missing(event.of));
      index += 1;
    }
    if (event.kind === 'broken') yield errorLine(event.failure, {});
    if (event.kind === 'done') {
      yield lineOf({ type: 'end', ...telling.last({ count: whole, sha256: digest.digest('hex') }) });
    }
  }
}
