/**
 * What does a stream of messages hold, message by message?
 *
 * Each message gives its octets as they come, and then whether those were all: whoever writes it down has begun by then.
 */
import type { MailFailure } from './failure.ts';
import { decodeFrames, type FailureFrame, type MessageFrames, nextFrame, octetsOf } from './message-frames.ts';

export type MessageEvent<Head, Name> =
  | { readonly kind: 'message'; readonly message: Head; readonly octets: MessageOctets }
  /** A message that did not come. */
  | { readonly kind: 'missing'; readonly of: Name; readonly failure: MailFailure }
  /** Nothing follows: what was to come is not there. */
  | { readonly kind: 'broken'; readonly failure: MailFailure }
  | { readonly kind: 'done' };

/** To be read to their end. What they return is why they are not all; null when they are. */
export type MessageOctets = AsyncGenerator<Uint8Array, FailureFrame<unknown> | null, undefined>;

export async function* messageEvents<Head, Name>(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<MessageEvent<Head, Name>, void, undefined> {
  const frames: MessageFrames<Head, Name> = decodeFrames(stream);
  const broken: { by: MailFailure | null } = { by: null };
  try {
    for (;;) {
      const frame = await nextFrame(frames);
      if (frame.kind === 'message') {
        yield { kind: 'message', message: frame.message, octets: octetsIn(frames, broken) };
      } else if (frame.kind === 'failure' && frame.of !== null) {
        yield { kind: 'missing', of: frame.of, failure: frame.failure };
      } else if (frame.kind === 'failure') {
        broken.by = frame.failure;
      } else if (frame.kind === 'done') {
        return yield { kind: 'done' };
      }
      if (broken.by !== null) return yield { kind: 'broken', failure: broken.by };
    }
  } finally {
    await frames.return();
  }
}

async function* octetsIn(frames: MessageFrames<unknown, unknown>, broken: { by: MailFailure | null }): MessageOctets {
  const failing = yield* octetsOf(frames);
  if (failing !== null && failing.of === null) broken.by = failing.failure;
  return failing;
}
