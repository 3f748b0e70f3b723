/**
 * Who ends a mail session whose bytes are being streamed?
 *
 * The stream does: it holds the lease until its last byte, and gives the session back then. A reader that leaves, that stops
 * reading for too long or that takes too long in sum costs the session: what would still arrive on it belongs to nobody. So does one that
 * never begins, which is noticed soon: a caller who was told in the meantime that its request took too long.
 */
import { Failed, type MailFailure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Lease } from './pool.ts';

/**
 * `chunks` as a byte stream that can cross RPC, read only as fast as its reader reads. Each chunk must own its buffer,
 * which the stream takes. A failure errors the stream with Failed, after `onFailure` was told. `unclaimedMs`: how long it may take until
 * the first of it is read.
 */
export function leasedStream(
  lease: Lease<unknown>,
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
  onFailure: (failure: MailFailure) => void,
  unclaimedMs: number = limits.unclaimedStreamMs,
): ReadableStream<Uint8Array> {
  let stalled: ReturnType<typeof setTimeout> | undefined;
  const fail = (controller: ReadableByteStreamController, failure: MailFailure): void => {
    lease.discard();
    onFailure(failure);
    controller.error(new Failed(failure));
  };
  const endsAt = Date.now() + limits.streamMs;
  const awaitReader = (controller: ReadableByteStreamController, patienceMs: number): void => {
    const leftMs = endsAt - Date.now();
    const isLast = leftMs < patienceMs;
    const limitMs = isLast ? limits.streamMs : patienceMs;
    stalled = setTimeout(
      () => fail(controller, { kind: 'deadline-exceeded', phase: 'read', limitMs }),
      isLast ? leftMs : limitMs,
    );
  };
  return new ReadableStream(
    {
      type: 'bytes',
      // Nobody tells of a caller who has left before there was a stream to cancel.
      start: (controller) => awaitReader(controller, unclaimedMs),
      async pull(controller) {
        clearTimeout(stalled);
        try {
          const { done, value } = await chunks.next();
          if (done === true) {
            lease.release();
            controller.close();
            // A reader that brought its own buffer waits for it still (WHATWG Streams, `close` of a byte stream).
            controller.byobRequest?.respond(0);
            return;
          }
          controller.enqueue(value);
          awaitReader(controller, limits.stalledReaderMs);
        } catch (error) {
          fail(controller, error instanceof Failed ? error.failure : { kind: 'internal' });
        }
      },
      cancel() {
        clearTimeout(stalled);
        lease.discard();
      },
    },
    { highWaterMark: 0 },
  );
}
