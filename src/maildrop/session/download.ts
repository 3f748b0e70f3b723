/**
 * How are many messages sent in one stream?
 *
 * One after the other, in frames, as fast as the reader reads. A message that the server refuses fails alone; a
 * connection that ends fails the rest. The stream always ends with `done`, so that a cut can be told from an end.
 */
import { Failed, type MailFailure } from '../../core/failure.ts';
import { encodeFrame } from '../../core/message-frames.ts';
import type { DownloadedMessage, FailedMessage } from '../frames.ts';
import type { Planned } from './download-plan.ts';
import type { NumberedMessage } from './listing.ts';
import type { Reply } from './pipeline.ts';
import { commandRefused } from './refusals.ts';
import type { MaildropSession } from './session.ts';

type Frames = AsyncGenerator<Uint8Array, void, undefined>;

export async function* downloadFrames(session: MaildropSession, plan: readonly Planned<NumberedMessage>[]): Frames {
  const replies = session.retrieve(plan.filter(({ progress }) => progress !== null).map(({ message }) => message));
  for (const { message, progress } of plan) {
    const { uidl, occurrence, size } = message;
    const spooled = { uidl, occurrence, size };
    if (progress === null) {
      yield failureFrame({ kind: 'uidl-not-unique' }, spooled);
      continue;
    }
    try {
      yield* messageFrames({ ...spooled, ...progress }, await replies.next());
    } catch (error) {
      // A refusal is a reply. After anything else nobody knows what would arrive next.
      session.close();
      yield failureFrame(error instanceof Failed ? error.failure : { kind: 'internal' }, { ...spooled, ...progress });
      break;
    }
  }
  yield encodeFrame({ kind: 'done' });
}

async function* messageFrames(message: DownloadedMessage, { value: reply }: IteratorResult<Reply, void>): Frames {
  if (reply === undefined) throw new Failed({ kind: 'connection-lost' });
  if (reply.refused !== null) {
    yield failureFrame(commandRefused(reply.refused), message);
    return;
  }
  yield encodeFrame({ kind: 'message', message });
  for await (const bytes of reply.body ?? []) yield encodeFrame({ kind: 'bytes', bytes });
  yield encodeFrame({ kind: 'end' });
}

const failureFrame = (failure: MailFailure, message: FailedMessage): Uint8Array =>
  encodeFrame({ kind: 'failure', failure, of: message });
