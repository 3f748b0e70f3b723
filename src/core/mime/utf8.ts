/**
 * How does text in whatever charset become UTF-8, however large it is?
 *
 * Line ends stay. What does not belong to the charset becomes U+FFFD, as in the JSON of a message.
 */
import { isAscii } from './bytes.ts';
import { encodingNameOf } from './text.ts';

/** Null for a charset that is not known. */
export function utf8Converter(charset: string | null): TransformStream<Uint8Array, Uint8Array> | null {
  const name = charset === null ? 'us-ascii' : encodingNameOf(charset);
  // RFC 2045 §5.2: what declares nothing is US-ASCII, and most often UTF-8 when it is not.
  if (name === 'us-ascii' || name === 'ascii') return converter(guessedDecoder);
  const decoder = decoderOf(name);
  return decoder === null ? null : converter(() => decoder);
}

function decoderOf(name: string): TextDecoder | null {
  try {
    return new TextDecoder(name);
  } catch {
    return null;
  }
}

/** By the first octets that are no ASCII: nothing before them tells. */
function guessedDecoder(chunk: Uint8Array): TextDecoder | null {
  if (isAscii(chunk)) return null;
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(chunk, { stream: true });
    return new TextDecoder('utf-8');
  } catch {
    return new TextDecoder('windows-1252');
  }
}

/** `decoderFor` answers null as long as the octets are ASCII, which is UTF-8 already. */
function converter(decoderFor: (chunk: Uint8Array) => TextDecoder | null): TransformStream<Uint8Array, Uint8Array> {
  const encoder = new TextEncoder();
  let decoder: TextDecoder | null = null;
  const send = (controller: TransformStreamDefaultController<Uint8Array>, text: string): void => {
    if (text !== '') controller.enqueue(encoder.encode(text));
  };
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      decoder ??= decoderFor(chunk);
      if (decoder === null) controller.enqueue(chunk);
      else send(controller, decoder.decode(chunk, { stream: true }));
    },
    flush(controller) {
      if (decoder !== null) send(controller, decoder.decode());
    },
  });
}
