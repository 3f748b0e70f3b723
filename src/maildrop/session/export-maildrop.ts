/**
 * All messages of a maildrop, oldest first, as one stream of frames, and nothing marked.
 */
import { Failed, type MailFailure } from '../../core/failure.ts';
import { encodeFrame } from '../../core/message-frames.ts';
import type { ExportedMessage, ExportNumbers, ExportRequest } from '../export/frames.ts';
import { startBehind } from './find-message.ts';
import type { NumberedMessage } from './listing.ts';
import { type Frames, failureFrame, messageFrames } from './message-frames.ts';
import type { MaildropSession } from './session.ts';

export interface Exportable extends NumberedMessage {
  readonly place: number;
}

export interface ChosenMessages extends ExportNumbers {
  readonly chosen: readonly Exportable[];
}

/** Throws Failed with `state-gone` when `after` has left the maildrop. */
export async function chosenForExport(
  session: MaildropSession,
  { after, limit }: ExportRequest,
): Promise<ChosenMessages> {
  const messages = await session.messages();
  const start = startBehind(messages, after);
  const end = Math.min(messages.length, start + (limit ?? messages.length));
  const chosen = messages.slice(start, end).map((message, index) => ({ ...message, place: start + index + 1 }));
  const last = chosen.at(-1);
  return {
    chosen,
    total: messages.length,
    count: chosen.length,
    nextAfter: end < messages.length && last !== undefined ? { uidl: last.uidl, occurrence: last.occurrence } : null,
  };
}

/** A message that the server refuses fails alone; whatever else goes wrong ends the export, which says so. */
export async function* exportFrames(
  session: MaildropSession,
  chosen: readonly Exportable[],
  onFailure: (failure: MailFailure) => void,
): Frames {
  const replies = session.peekAll(chosen);
  try {
    for (const message of chosen) yield* messageFrames(headOf(message), await replies.next());
  } catch (error) {
    session.close();
    if (!(error instanceof Failed)) throw error;
    onFailure(error.failure);
    // What came before it is the caller's to keep.
    yield failureFrame(error.failure, null);
    return;
  }
  yield encodeFrame({ kind: 'done' });
}

/** What may cross: a number means nothing outside of the session. */
const headOf = ({ uidl, occurrence, size, place }: Exportable): ExportedMessage => ({ uidl, occurrence, size, place });
