/**
 * What does the stream of an export hold, message by message?
 *
 * Each message gives its octets as they come, and then whether those were all: whoever writes it down has begun by then.
 */
import type { MailFailure } from '../../core/failure.ts';
import type { Uid } from '../answers.ts';
import { decodeFrames, type ExportedMessage, type ExportFrame } from './frames.ts';

export type ExportEvent =
  | { readonly kind: 'message'; readonly message: ExportedMessage; readonly octets: MessageOctets }
  /** A message that did not come. */
  | { readonly kind: 'missing'; readonly uid: Uid; readonly failure: MailFailure }
  /** Nothing follows: what was to come is not there. */
  | { readonly kind: 'broken'; readonly failure: MailFailure }
  | { readonly kind: 'done' };

/** To be read to their end. What they return is why they are not all; null when they are. */
export type MessageOctets = AsyncGenerator<Uint8Array, MailFailure | null, undefined>;

type Frames = AsyncGenerator<ExportFrame, void, undefined>;

export async function* exportEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<ExportEvent, void, undefined> {
  const frames = decodeFrames(stream);
  const broken: { by: MailFailure | null } = { by: null };
  try {
    for (;;) {
      const frame = await nextFrame(frames);
      if (frame.kind === 'message') {
        yield { kind: 'message', message: frame.message, octets: octetsOf(frames, broken) };
      } else if (frame.kind === 'failure' && frame.uid !== null) {
        yield { kind: 'missing', uid: frame.uid, failure: frame.failure };
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

async function* octetsOf(frames: Frames, broken: { by: MailFailure | null }): MessageOctets {
  for (;;) {
    const frame = await nextFrame(frames);
    if (frame.kind === 'bytes') yield frame.bytes;
    if (frame.kind === 'end') return null;
    if (frame.kind !== 'failure') continue;
    if (frame.uid === null) broken.by = frame.failure;
    return frame.failure;
  }
}

/** The next frame; a stream that ends before its `done` was cut, by the proxy's death for example. */
async function nextFrame(frames: Frames): Promise<ExportFrame> {
  const cut: ExportFrame = { kind: 'failure', failure: { kind: 'connection-lost' }, uid: null };
  try {
    const { done, value } = await frames.next();
    return done === true ? cut : value;
  } catch {
    // What broke is on the other side of RPC, where it was logged; here it is only known that it did.
    return cut;
  }
}
