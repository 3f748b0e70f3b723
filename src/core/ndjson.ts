/**
 * How do messages and failures look as lines of JSON?
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { MailFailure } from './failure.ts';
import type { FailureFrame } from './message-frames.ts';
import { concat, noBytes } from './mime/bytes.ts';
import { problemOf } from './problem.ts';

export const lineOf = (members: object): string => `${JSON.stringify(members)}\n`;

/** `members` say which message it is about, if it is about one. */
export const errorLine = (failure: MailFailure, members: object): string =>
  lineOf({ type: 'error', ...members, problem: problemOf(failure) });

/**
 * A message byte for byte, in base64, never in memory as a whole. The `type` comes last: only at the end it is known whether the line
 * is a message or, when its rest could not be had, an error with what had come. Returns the SHA-256 of the message, in hexadecimal;
 * null for an error.
 */
export async function* rawLine(
  members: object,
  octets: AsyncGenerator<Uint8Array, FailureFrame<unknown> | null, undefined>,
): AsyncGenerator<string, string | null, undefined> {
  const hash = createHash('sha256');
  let odd: Uint8Array = noBytes;
  yield `${JSON.stringify(members).slice(0, -1)},"raw":"`;
  for (;;) {
    const { done, value } = await octets.next();
    if (done !== true) {
      hash.update(value);
      const bytes = odd.length === 0 ? value : concat([odd, value]);
      const whole = bytes.length - (bytes.length % 3);
      odd = bytes.slice(whole);
      yield base64Of(bytes.subarray(0, whole));
    } else if (value === null) {
      const sha256 = hash.digest('hex');
      yield `${base64Of(odd)}","sha256":"${sha256}","type":"message"}\n`;
      return sha256;
    } else {
      yield `","problem":${JSON.stringify(problemOf(value.failure))},"type":"error"}\n`;
      return null;
    }
  }
}

const base64Of = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
