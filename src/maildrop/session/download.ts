/**
 * How are many messages sent in one stream?
 *
 * One after the other, in frames, as fast as the reader reads. A message that the server refuses fails alone; a
 * connection that ends fails the rest. The stream always ends with `done`, so that a cut can be told from an end.
 */
import { Failed, type MailFailure } from '../../core/failure.ts';
import { encodeFrame } from '../../core/message-frames.ts';
import type { Planned } from './download-plan.ts';
import type { NumberedMessage } from './listing.ts';
import { type Frames, failureFrame, messageFrames } from './message-frames.ts';
import type { MaildropSession } from './session.ts';

/** `onFailure` is told why it ended before its end. */
export async function* downloadFrames(
  session: MaildropSession,
  plan: readonly Planned<NumberedMessage>[],
  onFailure: (failure: MailFailure) => void,
): Frames {
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
      if (!(error instanceof Failed)) throw error;
      onFailure(error.failure);
      yield failureFrame(error.failure, { ...spooled, ...progress });
      break;
    }
  }
  yield encodeFrame({ kind: 'done' });
}
