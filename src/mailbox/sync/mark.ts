/**
 * What stands for the flags of a message in a state?
 *
 * A mark: a number from 1 to 2^32 - 6. Two sets of system flags never have the same one; two sets with keywords of one's own have
 * by one chance in four billions, and then a change from the one to the other is not seen. Only states of servers without CONDSTORE
 * hold marks of flags. Pure.
 */
import { createHash } from 'node:crypto';

/** The largest prime of 32 bits: marks are numbers of this field (`sketch.ts`). */
export const fieldSize = 4_294_967_291;

/** Of a message whose flags do not matter. */
export const present = 1;

/** Of no message. */
export const absent = 0;

const systemFlags = ['\\seen', '\\answered', '\\flagged', '\\deleted', '\\draft'];

/** Marks below this are those of system flags. */
const firstOfKeywords = 64;

/** `\Recent` says something about a session, and not about the message (RFC 3501 §2.3.2). */
export function markOf(flags: Iterable<string>): number {
  const kept = new Set([...flags].map((flag) => flag.toLowerCase()));
  kept.delete('\\recent');
  const bits = systemFlags.reduce((sum, flag, index) => sum + (kept.has(flag) ? 2 ** index : 0), 0);
  const keywords = [...kept].filter((flag) => !systemFlags.includes(flag)).sort();
  if (keywords.length === 0) return present + bits;
  const digest = createHash('sha256')
    .update(`${bits} ${keywords.join(' ')}`)
    .digest();
  return firstOfKeywords + (digest.readUInt32BE() % (fieldSize - firstOfKeywords));
}

/** The same for many messages, of which most are marked alike. */
export class Marks {
  readonly #known = new Map<string, number>();

  of(flags: readonly string[]): number {
    const text = flags.join(' ');
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const mark = markOf(flags);
    // A mailbox in which each message has keywords of its own shall not fill the memory.
    if (this.#known.size < 10_000) this.#known.set(text, mark);
    return mark;
  }
}
