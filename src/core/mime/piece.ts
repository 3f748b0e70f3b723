/**
 * How does a range come out of the encoded octets around it?
 */
import { type Decoder, decoderFor } from './transfer.ts';

/** Decodes, leaves out the first `skip` octets, and gives at most `count` more; null for all of them. Reads its source to the end. */
export function pieceDecoder(
  encoding: string,
  skip: number,
  count: number | null,
): TransformStream<Uint8Array, Uint8Array> {
  const decoder: Decoder = decoderFor(encoding);
  let toSkip = skip;
  let left = count ?? Number.POSITIVE_INFINITY;
  const send = (controller: TransformStreamDefaultController<Uint8Array>, bytes: Uint8Array): void => {
    const wanted = bytes.subarray(toSkip, toSkip + Math.min(left, bytes.length));
    toSkip = Math.max(0, toSkip - bytes.length);
    left -= wanted.length;
    if (wanted.length > 0) controller.enqueue(wanted);
  };
  return new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => send(controller, decoder.push(chunk)),
    flush: (controller) => send(controller, decoder.flush()),
  });
}
