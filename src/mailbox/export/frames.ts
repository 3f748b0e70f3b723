/**
 * How do the messages of an export cross from the proxy to the gateway?
 *
 * In one stream of frames, where a failure in the middle is a value, with all that came before it intact.
 */
import type { MailFailure } from '../../core/failure.ts';
import { decodeRawFrames, encodeRawFrame } from '../../core/frames.ts';
import type { FetchedEmail, Uid } from '../answers.ts';

/** What an export tells about a message before its octets. */
export interface ExportedMessage extends Pick<FetchedEmail, 'uid' | 'flags' | 'size'> {
  /** INTERNALDATE, as ISO 8601 in UTC. */
  readonly receivedAt: string;
}

export type ExportFrame =
  | { readonly kind: 'message'; readonly message: ExportedMessage }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** The message is complete. */
  | { readonly kind: 'end' }
  /** Of this message, which may have begun; or of the whole export, and then nothing follows. */
  | { readonly kind: 'failure'; readonly failure: MailFailure; readonly uid: Uid | null }
  /** Everything was sent. A stream that ends without it was cut. */
  | { readonly kind: 'done' };

const codes = { message: 1, bytes: 2, end: 3, failure: 4, done: 5 } as const;

export const encodeFrame = (frame: ExportFrame): Uint8Array<ArrayBuffer> =>
  encodeRawFrame(codes[frame.kind], payloadOf(frame));

function payloadOf(frame: ExportFrame): Uint8Array {
  switch (frame.kind) {
    case 'bytes':
      return frame.bytes;
    case 'message':
      return new TextEncoder().encode(JSON.stringify(frame.message));
    case 'failure':
      return new TextEncoder().encode(JSON.stringify({ failure: frame.failure, uid: frame.uid }));
    case 'end':
    case 'done':
      return new Uint8Array(0);
  }
}

/** The frames of a stream, as they arrive. Throws when the stream ends inside one. */
export async function* decodeFrames(stream: ReadableStream<Uint8Array>): AsyncGenerator<ExportFrame, void, undefined> {
  for await (const { code, payload } of decodeRawFrames(stream)) yield frameOf(code, payload);
}

function frameOf(code: number, payload: Uint8Array): ExportFrame {
  switch (code) {
    case codes.message:
      return { kind: 'message', message: JSON.parse(new TextDecoder().decode(payload)) };
    case codes.bytes:
      return { kind: 'bytes', bytes: payload };
    case codes.end:
      return { kind: 'end' };
    case codes.failure:
      return { kind: 'failure', ...JSON.parse(new TextDecoder().decode(payload)) };
    case codes.done:
      return { kind: 'done' };
    default:
      throw new Error(`An export holds a frame of unknown kind ${code}`);
  }
}
