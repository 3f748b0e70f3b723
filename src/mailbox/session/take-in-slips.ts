/**
 * How do slips leave, and what becomes of the parcels when nobody takes slips any more?
 *
 * As a byte stream that is read as fast as its reader reads. A reader that leaves, stops reading for too long or takes too long in
 * sum ends the parcels: the message that is on its way is brought to its end if it is here as a whole, and is cut off otherwise.
 */
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { lineOf } from '../../core/ndjson.ts';
import type { Slip } from '../../core/parcel.ts';

/** `cut` ends the parcels, so that whoever waits for one goes on. A failure ends the stream, after `onFailure` was told. */
export function slipStream(
  slips: AsyncGenerator<Slip, void, undefined>,
  cut: () => void,
  onFailure: (failure: MailFailure) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const endsAtMs = Date.now() + limits.streamMs;
  let stalled: ReturnType<typeof setTimeout> | undefined;
  let hasLeft = false;
  const leave = (): void => {
    hasLeft = true;
    clearTimeout(stalled);
    cut();
    // At once, or when the message that is on its way has come to its end. What fails then has nobody to be told.
    slips.return().catch(() => undefined);
  };
  const awaitReader = (controller: ReadableByteStreamController): void => {
    const limitMs = limits.stalledReaderMs;
    stalled = setTimeout(() => {
      leave();
      fail(controller, { kind: 'deadline-exceeded', phase: 'read', limitMs });
    }, limitMs);
  };
  const fail = (controller: ReadableByteStreamController, failure: MailFailure): void => {
    onFailure(failure);
    controller.error(new Failed(failure));
  };
  return new ReadableStream(
    {
      type: 'bytes',
      start: awaitReader,
      async pull(controller) {
        clearTimeout(stalled);
        try {
          const { done, value } = await slips.next();
          if (hasLeft) return;
          if (done === true) {
            cut();
            controller.close();
            // A reader that brought its own buffer waits for it still (WHATWG Streams, `close` of a byte stream).
            controller.byobRequest?.respond(0);
            return;
          }
          if (value.outcome === 'failed') onFailure(value.failure);
          controller.enqueue(encoder.encode(lineOf(value)));
          awaitReader(controller);
          if (Date.now() > endsAtMs) cut();
        } catch {
          // Only what is a bug, which was logged.
          if (!hasLeft) fail(controller, { kind: 'internal' });
        }
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  );
}

/** The same stream, which can be ended by somebody who is not its reader. */
export function cuttable(stream: ReadableStream<Uint8Array>): {
  readonly stream: ReadableStream<Uint8Array>;
  readonly cut: () => void;
} {
  const reader = stream.getReader();
  // Whoever sends has gone, and is nobody to tell.
  const cut = (): void => void reader.cancel().catch(() => undefined);
  const passed = new ReadableStream(
    {
      type: 'bytes',
      async pull(controller) {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
        // A reader that brought its own buffer waits for it still (WHATWG Streams, `close` of a byte stream).
        controller.byobRequest?.respond(0);
      },
      cancel: cut,
    },
    { highWaterMark: 0 },
  );
  return { stream: passed, cut };
}
