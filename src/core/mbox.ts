/**
 * How do messages look as an mbox file, in the variant mboxrd?
 *
 * Each message between a line `From sender date` and an empty line, those two with LF alone; its own octets as they are, CR LF
 * included, but for a `>` before each line that looks like `From ` with any number of `>` before it. Take one away from each and
 * the message is back, byte for byte; only whether its last line was ended is lost where it was not.
 */
import { Failed } from './failure.ts';
import { begun } from './message-beginning.ts';
import { type MessageOctets, messageEvents } from './message-events.ts';
import { concat, noBytes, octet } from './mime/bytes.ts';
import { HeaderFields } from './mime/fields.ts';

/** When a message came, as ISO 8601, from what was told of it and from what it begins with; null when neither says. */
export type DateOf<Head> = (head: Head, beginning: Uint8Array) => string | null;

/** A message that is gone is left out; what breaks off is thrown, since half a message looks like a whole one here. */
export async function* mboxOf<Head>(
  stream: ReadableStream<Uint8Array>,
  dateOf: DateOf<Head>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const event of messageEvents<Head, unknown>(stream)) {
    if (event.kind === 'message') {
      yield* mboxMessage(event.octets, (beginning) => dateOf(event.message, beginning));
    }
    if (event.kind === 'broken') throw new Failed(event.failure);
    if (event.kind === 'missing' && event.failure.kind !== 'message-not-found') throw new Failed(event.failure);
  }
}

async function* mboxMessage(
  sent: MessageOctets,
  dateOf: (beginning: Uint8Array) => string | null,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  const quoter = new FromQuoter();
  const { beginning, octets } = await begun(sent);
  let hasBegun = false;
  const begin = (): Uint8Array => {
    hasBegun = true;
    return encoder.encode(fromLine(beginning, dateOf(beginning)));
  };
  for (;;) {
    const { done, value } = await octets.next();
    if (done !== true) {
      if (!hasBegun) yield begin();
      yield quoter.push(value);
      continue;
    }
    // Nothing of it was written yet: it is only not there.
    if (value?.failure.kind === 'message-not-found' && !hasBegun) return;
    if (value !== null) throw new Failed(value.failure);
    if (!hasBegun) yield begin();
    yield quoter.flush();
    yield encoder.encode(quoter.isAtLineStart ? '\n' : '\n\n');
    return;
  }
}

/** RFC 4155 Appendix A: the envelope sender, and when it came, in UTC and in the form of asctime; 1970 when nobody knows. */
export function fromLine(head: Uint8Array, receivedAt: string | null): string {
  const [day = '', date = '', month = '', year = '', time = ''] = new Date(receivedAt ?? 0).toUTCString().split(/,? /);
  return `From ${senderOf(head)} ${day} ${month} ${String(Number(date)).padStart(2)} ${time} ${year}\n`;
}

/** Return-Path is what the server that delivered it was told (RFC 5321 §4.4). A hostile one shall not end the line. */
function senderOf(head: Uint8Array): string {
  const fields = new HeaderFields(head);
  const path = /<([^<>]*)>/.exec(fields.first('return-path') ?? '')?.[1];
  const from = /<([^<>]*)>\s*$/.exec(fields.first('from') ?? '')?.[1] ?? fields.first('from');
  const [sender] = [path, from].filter((address) => address != null && /^[\x21-\x7e]{1,320}$/.test(address));
  return sender ?? 'MAILER-DAEMON';
}

const mark = Uint8Array.of(0x3e);
const from = new TextEncoder().encode('From ');

/** Puts a `>` before `From ` where that begins a line, after any number of `>`, however the message is cut into chunks. */
export class FromQuoter {
  /** Between the end of a line and the first octet that is no `>`. */
  #isBeforeText = true;
  /** How much of `From ` has come since then. */
  #matched = 0;
  #isAtLineStart = true;

  /** Whether the last octet ended a line, or there was none. */
  get isAtLineStart(): boolean {
    return this.#isAtLineStart;
  }

  push(bytes: Uint8Array): Uint8Array {
    const quoted: Uint8Array[] = [];
    // What the chunk before ended in is held back: it may be the beginning of `From `.
    let held = from.subarray(0, this.#matched);
    let start = 0;
    for (let at = 0; at < bytes.length; ) {
      if (!this.#isBeforeText) {
        const lineEnd = bytes.indexOf(octet.lf, at);
        at = lineEnd < 0 ? bytes.length : lineEnd + 1;
        this.#isBeforeText = lineEnd >= 0;
      } else if (bytes[at] === mark[0] && this.#matched === 0) {
        at += 1;
      } else {
        const isMatch = bytes[at] === from[this.#matched];
        if (isMatch) at += 1;
        this.#matched += isMatch ? 1 : 0;
        if (isMatch && this.#matched < from.length) continue;
        if (isMatch || held.length > 0) {
          const matchStart = Math.max(0, at - this.#matched);
          quoted.push(bytes.subarray(start, matchStart), isMatch ? mark : noBytes, held);
          start = matchStart;
          held = noBytes;
        }
        this.#matched = 0;
        this.#isBeforeText = false;
      }
    }
    const end = Math.max(start, bytes.length - this.#matched);
    if (bytes.length > 0) this.#isAtLineStart = bytes.at(-1) === octet.lf;
    quoted.push(bytes.subarray(start, end));
    return concat(quoted);
  }

  flush(): Uint8Array {
    const held = from.subarray(0, this.#matched);
    this.#matched = 0;
    return held;
  }
}
