/**
 * How does a message that the server was asked for become frames?
 */
import { Failed, type MailFailure } from '../../core/failure.ts';
import { encodeFrame } from '../../core/message-frames.ts';
import type { Reply } from './pipeline.ts';
import { commandRefused } from './refusals.ts';

export type Frames = AsyncGenerator<Uint8Array, void, undefined>;

/** `head`: what is told of it before its octets. What the server refuses fails alone; throws Failed for whatever else goes wrong. */
export async function* messageFrames(head: object, { value: reply }: IteratorResult<Reply, void>): Frames {
  if (reply === undefined) throw new Failed({ kind: 'connection-lost' });
  if (reply.refused !== null) {
    yield failureFrame(commandRefused(reply.refused), head);
    return;
  }
  yield encodeFrame({ kind: 'message', message: head });
  for await (const bytes of reply.body ?? []) yield encodeFrame({ kind: 'bytes', bytes });
  yield encodeFrame({ kind: 'end' });
}

export const failureFrame = (failure: MailFailure, of: object | null): Uint8Array =>
  encodeFrame({ kind: 'failure', failure, of });
