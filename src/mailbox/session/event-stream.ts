/**
 * How do events leave for one listener?
 *
 * As a byte stream that is read as fast as its reader reads: only when it wants more, it is found out what more there is. A
 * reader that leaves, or stops reading for too long, listens no longer.
 */
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { FetchedChanges } from '../answers.ts';
import { type LiveEvent, lineOf } from '../live/lines.ts';
import type { Seat } from './listeners.ts';

/** `first` is told before anything is waited for. A failure ends the stream, after `onFailure` was told. */
export function eventStream(
  seat: Seat,
  first: FetchedChanges,
  onFailure: (failure: MailFailure) => void,
): ReadableStream<Uint8Array> {
  const endsAtMs = Date.now() + limits.eventsMs;
  let stalled: ReturnType<typeof setTimeout> | undefined;
  let isFirst = true;
  let hasLeft = false;
  const leave = (): void => {
    hasLeft = true;
    clearTimeout(stalled);
    seat.leave();
  };
  const awaitReader = (controller: ReadableByteStreamController): void => {
    const limitMs = limits.stalledReaderMs;
    stalled = setTimeout(() => {
      leave();
      const failure: MailFailure = { kind: 'deadline-exceeded', phase: 'read', limitMs };
      onFailure(failure);
      controller.error(new Failed(failure));
    }, limitMs);
  };
  const next = async (): Promise<LiveEvent> => {
    if (isFirst) {
      isFirst = false;
      return { kind: 'changes', changes: first };
    }
    const told = await seat.listener.next(limits.heartbeatMs);
    if (told === null) return { kind: 'alive' };
    return told.ok ? { kind: 'changes', changes: told.value } : { kind: 'failure', failure: told.failure };
  };
  const end = (controller: ReadableByteStreamController): void => {
    leave();
    controller.close();
    // A reader that brought its own buffer waits for it still (WHATWG Streams, `close` of a byte stream).
    controller.byobRequest?.respond(0);
  };
  return new ReadableStream(
    {
      type: 'bytes',
      start: awaitReader,
      async pull(controller) {
        clearTimeout(stalled);
        if (!isFirst && Date.now() >= endsAtMs) return end(controller);
        const event = await next();
        if (hasLeft) return;
        controller.enqueue(lineOf(event));
        if (event.kind !== 'failure') return awaitReader(controller);
        onFailure(event.failure);
        end(controller);
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  );
}
