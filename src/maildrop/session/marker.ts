/**
 * How is it known that a reply ended where its server says it ends?
 *
 * A multi-line reply ends at a dot on a line of its own, and nothing else tells: a server that leaves the dot out, or does
 * not stuff those of the message, shifts every reply behind it, and one message would pass for another and be deleted for
 * it. So a question whose answer is known follows, a marker: `UIDL n` is answered by the unique-id that the listing gave (RFC
 * 1939 §7), or, where there are none, `LIST n` by the size. A message is complete when its marker came back right.
 *
 * What this does not prove: that the server tells the truth. And a sender who knows the number and the unique-id that a
 * message will have, on a server that does not stuff dots, could write the marker into the message. Few can know them, as
 * the server makes them up at or after delivery; a size is easier to guess than a unique-id.
 */
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { Refused } from './status-line.ts';
import type { Body, PopWire } from './wire.ts';

export interface Marker {
  readonly verb: 'UIDL' | 'LIST';
  readonly line: string;
  /** What has to follow +OK. */
  readonly reply: string;
  /** Octets that the message before it has, as LIST says; null when that reply is no whole message. */
  readonly messageBytes: number | null;
}

/** What is asked, and answered, about this message; `messageBytes` as in Marker. */
export const markerOf = (
  verb: Marker['verb'],
  { number, uidl, size }: { readonly number: number; readonly uidl: string; readonly size: number },
  messageBytes: number | null,
): Marker => ({
  verb,
  line: `${verb} ${number}`,
  reply: `${number} ${verb === 'UIDL' ? uidl : size}`,
  messageBytes,
});

type Wire = Pick<PopWire, 'within' | 'write' | 'status' | 'hasUnread'>;

/** Reads the answer to a marker that was sent. Throws Failed, whatever else it is than the right one. */
export function proven(wire: Wire, marker: Marker): Promise<void> {
  return wire.within(limits.commandMs, 'read', () => answered(wire, marker));
}

/** The same behind a refusal, where the marker may be refused as well: then there is no such message any more. */
export function provenOrRefused(wire: Wire, marker: Marker): Promise<void> {
  return wire.within(limits.commandMs, 'read', async () => {
    try {
      await right(wire, marker);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  });
}

async function answered(wire: Wire, marker: Marker): Promise<void> {
  try {
    await right(wire, marker);
  } catch (error) {
    throw error instanceof Refused ? shifted() : error;
  }
}

async function right(wire: Wire, marker: Marker): Promise<void> {
  if (!isReplyTo(marker, await wire.status(marker.verb))) throw shifted();
}

/** Whether `status`, what follows +OK, answers the marker. */
export const isReplyTo = ({ reply }: Marker, status: string): boolean => status.trim() === reply;

export const shifted = (): Failed =>
  new Failed({ kind: 'protocol-violated', detail: 'A reply did not end where it should have ended.' });

/** The same bytes, as long as they are no more than a message of the size that was told can have. */
export async function* boundedBody(wire: Wire, body: Body, { messageBytes }: Marker): Body {
  let left = messageBytes === null ? Number.POSITIVE_INFINITY : 2 * messageBytes + limits.messageExcessBytes;
  for await (const chunk of body) {
    left -= chunk.length;
    if (left < 0) await wire.within(limits.commandMs, 'read', () => Promise.reject(tooLong()));
    yield chunk;
  }
}

const tooLong = (): Failed => new Failed({ kind: 'limit-exceeded', limit: 'messageExcessBytes' });

/** The same bytes, and their end only when the marker, which was sent ahead, has come back right. */
export async function* markedBody(wire: Wire, body: Body, marker: Marker): Body {
  yield* body;
  await proven(wire, marker);
}

/**
 * The same bytes of a reply that nothing was sent behind. Then a server that leaves the end out is waited for in vain, and one
 * that ends too early has sent more than was asked for, or fewer octets than it told of: only then is it worth a round trip to
 * ask for the marker.
 */
export async function* plausibleBody(wire: Wire, body: Body, marker: Marker): Body {
  let bytes = 0;
  let lines = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    lines += linesIn(chunk);
    yield chunk;
  }
  if (wire.hasUnread) await wire.within(limits.commandMs, 'read', () => Promise.reject(shifted()));
  if (marker.messageBytes === null || isPlausible(marker.messageBytes, bytes, lines)) return;
  await wire.within(limits.commandMs, 'read', async () => {
    await wire.write(marker.line);
    await answered(wire, marker);
  });
}

/** Servers count an end of line as CRLF or as the LF of their file, and the end that they add to the last line or not. */
const isPlausible = (told: number, bytes: number, lines: number): boolean =>
  [0, 2].includes(bytes - told) || [0, 1].includes(bytes - lines - told);

const LF = 0x0a;

function linesIn(chunk: Uint8Array): number {
  let lines = 0;
  for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) lines += 1;
  return lines;
}
