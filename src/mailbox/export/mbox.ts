/**
 * How does an export look as an mbox file, in the variant mboxrd?
 *
 * Each message between a line `From sender date` and an empty line, those two with LF alone; its own octets as they are, CR LF
 * included, but for a `>` before each line that looks like `From ` with any number of `>` before it. Take one away from each and
 * the message is back, byte for byte; only whether its last line was ended is lost where it was not.
 */
import { Failed } from '../../core/failure.ts';
import { concat, noBytes, octet } from '../../core/mime/bytes.ts';
import { HeaderFields } from '../../core/mime/fields.ts';
import type { ExportedMessage } from './frames.ts';
import { exportEvents, type MessageOctets } from './messages.ts';

/** A message that is gone is left out; what breaks off is thrown, since half a message looks like a whole one here. */
export async function* mboxOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const event of exportEvents(stream)) {
    if (event.kind === 'message') yield* mboxMessage(event.message, event.octets);
    if (event.kind === 'broken') throw new Failed(event.failure);
    if (event.kind === 'missing' && event.failure.kind !== 'message-not-found') throw new Failed(event.failure);
  }
}

async function* mboxMessage(
  { receivedAt }: ExportedMessage,
  octets: MessageOctets,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  const quoter = new FromQuoter();
  let hasBegun = false;
  for (;;) {
    const { done, value } = await octets.next();
    if (done !== true) {
      if (!hasBegun) yield encoder.encode(fromLine(value, receivedAt));
      hasBegun = true;
      yield quoter.push(value);
      continue;
    }
    // Nothing of it was written yet: it is only not there.
    if (value?.failure.kind === 'message-not-found' && !hasBegun) return;
    if (value !== null) throw new Failed(value.failure);
    if (!hasBegun) yield encoder.encode(fromLine(noBytes, receivedAt));
    yield quoter.flush();
    yield encoder.encode(quoter.isAtLineStart ? '\n' : '\n\n');
    return;
  }
}

/** RFC 4155 Appendix A: the envelope sender, and when it came, in UTC and in the form of asctime. */
export function fromLine(head: Uint8Array, receivedAt: string): string {
  const [day = '', date = '', month = '', year = '', time = ''] = new Date(receivedAt).toUTCString().split(/,? /);
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
