/**
 * How does a message leave for the server without ever being in memory as a whole?
 *
 * As the octets of a literal (RFC 9051 §4.3), a packet at a time, as fast as the server takes them.
 */
import { within } from '../../core/deadline.ts';
import { limits } from '../../core/limits.ts';

/** A literal whose octets come as they are asked for. */
export interface Octets {
  readonly lengthBytes: number;
  /** The next ones, or null after the last. Throws Failed. */
  next(): Promise<Uint8Array | null>;
}

const endOfCommand = new Uint8Array([13, 10]);

/** `interrupted` rejects when the server completes the command: until it has all octets it may say nothing of the kind. */
export async function sendLiteral(
  octets: Octets,
  send: (bytes: Uint8Array) => Promise<void>,
  interrupted: Promise<never>,
): Promise<void> {
  let left = octets.lengthBytes;
  const orInterrupted = <T>(work: Promise<T>) => (left > 0 ? Promise.race([work, interrupted]) : work);
  for (;;) {
    const packet = await orInterrupted(octets.next());
    await orInterrupted(within(limits.commandMs, 'command', send(packet ?? endOfCommand)));
    if (packet === null) return;
    left -= packet.length;
  }
}
