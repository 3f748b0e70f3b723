/**
 * A stream of octets as it comes from another Worker, so that its reader may bring memory of its own.
 */
export function octetStreamOf(chunks: AsyncGenerator<Uint8Array, void, undefined>): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      type: 'bytes',
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (done !== true) return controller.enqueue(value.slice());
          controller.close();
          controller.byobRequest?.respond(0);
        } catch (error) {
          controller.error(error);
        }
      },
      async cancel() {
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
}
