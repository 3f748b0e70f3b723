/**
 * How are many messages sent in one stream?
 *
 * One after the other, in frames, as fast as the reader reads. A message that the server refuses fails alone; a
 * connection that ends fails the rest. The stream always ends with `done`, so that a cut can be told from an end.
 */
import { Failed, type MailFailure } from '../../core/failure.ts';
import { encodeFrame } from '../../core/message-frames.ts';
import type { SpooledMessage } from '../answers.ts';
import type { DownloadedMessage } from '../frames.ts';
import type { NumberedMessage } from './listing.ts';
import type { Reply } from './pipeline.ts';
import { commandRefused } from './refusals.ts';
import type { MaildropSession } from './session.ts';

export interface DownloadRequest {
  readonly limit: number;
  readonly maxBytes: number | null;
}

type Frames = AsyncGenerator<Uint8Array, void, undefined>;

export async function* downloadFrames(
  session: MaildropSession,
  chosen: readonly NumberedMessage[],
  ambiguous: ReadonlySet<string>,
): Frames {
  const bytesTotal = chosen.reduce((sum, { size }) => sum + size, 0);
  const replies = session.retrieve(chosen.filter(({ uidl }) => !ambiguous.has(uidl)));
  for (const [index, { uidl, occurrence, size }] of chosen.entries()) {
    const message = { uidl, occurrence, size };
    if (ambiguous.has(uidl)) {
      yield failureFrame({ kind: 'uidl-not-unique' }, message);
      continue;
    }
    try {
      yield* messageFrames({ ...message, index, count: chosen.length, bytesTotal }, await replies.next());
    } catch (error) {
      // A refusal is a reply. After anything else nobody knows what would arrive next.
      session.close();
      yield failureFrame(error instanceof Failed ? error.failure : { kind: 'internal' }, message);
      break;
    }
  }
  yield encodeFrame({ kind: 'done' });
}

async function* messageFrames(message: DownloadedMessage, { value: reply }: IteratorResult<Reply, void>): Frames {
  const { uidl, occurrence, size } = message;
  if (reply === undefined) throw new Failed({ kind: 'connection-lost' });
  if (reply.refused !== null) {
    yield failureFrame(commandRefused(reply.refused), { uidl, occurrence, size });
    return;
  }
  yield encodeFrame({ kind: 'message', message });
  for await (const bytes of reply.body ?? []) yield encodeFrame({ kind: 'bytes', bytes });
  yield encodeFrame({ kind: 'end' });
}

const failureFrame = (failure: MailFailure, message: SpooledMessage): Uint8Array =>
  encodeFrame({ kind: 'failure', failure, of: message });

/** The oldest messages, at most `limit`, and at most `maxBytes` of them, but always one. */
export function chosenFor<T extends SpooledMessage>(
  messages: readonly T[],
  { limit, maxBytes }: DownloadRequest,
): readonly T[] {
  const oldest = messages.slice(0, limit);
  if (maxBytes === null) return oldest;
  let sum = 0;
  const firstBeyond = oldest.findIndex(({ size }) => {
    sum += size;
    return sum > maxBytes;
  });
  return firstBeyond < 0 ? oldest : oldest.slice(0, Math.max(1, firstBeyond));
}
