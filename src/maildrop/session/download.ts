/**
 * How are many messages sent in one stream?
 *
 * One after the other, in frames, as fast as the reader reads. A message that the server refuses fails alone; a
 * connection that ends fails the rest. The stream always ends with `done`, so that a cut can be told from an end.
 */
import { Failed, type MailFailure } from '../../core/failure.ts';
import type { SpooledMessage } from '../answers.ts';
import { encodeFrame } from '../frames.ts';
import type { MaildropSession, NumberedMessage } from './session.ts';

export async function* downloadFrames(
  session: MaildropSession,
  chosen: readonly NumberedMessage[],
  ambiguous: ReadonlySet<string>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const bytesTotal = chosen.reduce((sum, { size }) => sum + size, 0);
  for (const [index, message] of chosen.entries()) {
    const { uidl, occurrence, size } = message;
    const spooled: SpooledMessage = { uidl, occurrence, size };
    if (ambiguous.has(uidl)) {
      yield encodeFrame({ kind: 'failure', failure: { kind: 'uidl-not-unique' }, message: spooled });
      continue;
    }
    try {
      const body = await session.retrieve(message);
      yield encodeFrame({ kind: 'message', message: { ...spooled, index, count: chosen.length, bytesTotal } });
      for await (const bytes of body) yield encodeFrame({ kind: 'bytes', bytes });
      yield encodeFrame({ kind: 'end' });
    } catch (error) {
      const failure: MailFailure = error instanceof Failed ? error.failure : { kind: 'internal' };
      yield encodeFrame({ kind: 'failure', failure, message: spooled });
      if (!session.isOpen) break;
    }
  }
  yield encodeFrame({ kind: 'done' });
}

/** The oldest messages, at most `limit`, and at most `maxBytes` of them, but always one. */
export function chosenFor<T extends SpooledMessage>(
  messages: readonly T[],
  { limit, maxBytes }: { readonly limit: number; readonly maxBytes: number | null },
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
