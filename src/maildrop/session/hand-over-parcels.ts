/**
 * How does a message of the maildrop become a parcel?
 *
 * By RETR, octet for octet as the server gives it. Its length and its digest go ahead of it, so it is held in memory, or, where it is
 * too large for that, retrieved twice: measured, then sent. What comes otherwise the second time is not sent to its end.
 */
import { createHash } from 'node:crypto';
import type { AccountMessage } from '../../core/account.ts';
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { encodeFrame, type MessageFrame } from '../../core/message-frames.ts';
import { CappedBytes } from '../../core/mime/bytes.ts';
import type { Parcel } from '../../core/parcel.ts';
import { Identity } from './hand-over-identity.ts';
import { labelOf } from './hand-over-label.ts';
import { bodyOf, type NumberedMessage } from './listing.ts';
import type { Reply } from './pipeline.ts';
import { commandRefused } from './refusals.ts';
import type { MaildropSession } from './session.ts';
import type { Body } from './wire.ts';

/** How far it has come. */
export interface Reading {
  /** Indexes of the messages that the server has sent, in whole or in part. */
  readonly retrieved: Set<number>;
  /** Nothing is on its way any more, and the session is as good as before. */
  isThrough: boolean;
  broken: MailFailure | null;
}

type Measured = Omit<Parcel, 'source'>;
type Frame = MessageFrame<Measured, number>;
type Next = () => Promise<Reply>;

/** The frames of a stream of parcels, as octets. */
export async function* parcelFrames(
  session: MaildropSession,
  { server, user }: Pick<AccountMessage, 'server' | 'user'>,
  messages: readonly NumberedMessage[],
  reading: Reading,
): AsyncGenerator<Uint8Array, void, undefined> {
  const replies = session.retrieve(messages.flatMap((message) => (isHeld(message) ? [message] : [message, message])));
  for (const [index, message] of messages.entries()) {
    const next = async (): Promise<Reply> => {
      const { value } = await replies.next();
      if (value === undefined) throw new Failed({ kind: 'connection-lost' });
      if (value.refused === null) reading.retrieved.add(index);
      return value;
    };
    const source = sha256Of(JSON.stringify([server.host, server.port, user, message.uidl]));
    try {
      for await (const frame of isHeld(message) ? heldParcel(index, message, next) : resentParcel(index, next)) {
        yield encodeFrame(frame.kind === 'message' ? { ...frame, message: { ...frame.message, source } } : frame);
      }
    } catch (error) {
      // A refusal is a reply. After anything else nobody knows what would arrive next.
      session.close();
      const failure: MailFailure = error instanceof Failed ? error.failure : { kind: 'internal' };
      reading.broken = failure;
      yield encodeFrame({ kind: 'failure', failure, of: index });
      yield encodeFrame({ kind: 'failure', failure, of: null });
      break;
    }
  }
  reading.isThrough = reading.broken === null;
  yield encodeFrame({ kind: 'done' });
}

const isHeld = ({ size }: NumberedMessage): boolean => size <= limits.heldMessageBytes;

async function* heldParcel(
  index: number,
  { size }: NumberedMessage,
  next: Next,
): AsyncGenerator<Frame, void, undefined> {
  const reply = await next();
  if (reply.refused !== null) return yield failing(index, commandRefused(reply.refused));
  // The session lets no message be longer than that.
  const held = new CappedBytes(2 * size + limits.messageExcessBytes);
  const parcel = await measured(index, tapped(bodyOf(reply), held));
  if (held.isCut) throw new Failed({ kind: 'limit-exceeded', limit: 'heldMessageBytes' });
  yield { kind: 'message', message: parcel };
  const octets = held.view();
  for (let at = 0; at < octets.length; at += limits.streamPieceBytes) {
    yield { kind: 'bytes', bytes: octets.subarray(at, at + limits.streamPieceBytes) };
  }
  yield { kind: 'end' };
}

async function* resentParcel(index: number, next: Next): AsyncGenerator<Frame, void, undefined> {
  const first = await next();
  const parcel = first.refused === null ? await measured(index, bodyOf(first)) : null;
  const second = await next();
  const refused = first.refused ?? second.refused;
  if (parcel === null || refused !== null) {
    // What was asked for has to be read, wanted or not.
    if (second.refused === null) await measured(index, bodyOf(second));
    return yield failing(index, refused === null ? { kind: 'internal' } : commandRefused(refused));
  }
  yield { kind: 'message', message: parcel };
  const isSame = yield* sentAgain(bodyOf(second), parcel);
  yield isSame ? { kind: 'end' } : failing(index, { kind: 'protocol-violated', detail: changed });
}

const changed = 'A message had other octets when it was asked for once more.';

/** All of it if it is what was measured. If it is not, its last octets are kept back, so that nobody takes it for whole. */
async function* sentAgain(
  body: Body,
  { octets, sha256 }: Measured,
): AsyncGenerator<Frame & { readonly kind: 'bytes' }, boolean, undefined> {
  const digest = createHash('sha256');
  let seen = 0;
  let last: Uint8Array | null = null;
  for await (const bytes of body) {
    digest.update(bytes);
    seen += bytes.length;
    if (seen > octets) continue;
    if (last !== null) yield { kind: 'bytes', bytes: last };
    last = bytes;
  }
  if (seen !== octets || digest.digest('base64url') !== sha256) return false;
  if (last !== null) yield { kind: 'bytes', bytes: last };
  return true;
}

async function* tapped(body: Body, held: CappedBytes): Body {
  for await (const bytes of body) {
    held.push(bytes);
    yield bytes;
  }
}

/** Reads it to its end. */
async function measured(index: number, body: Body): Promise<Measured> {
  const digest = createHash('sha256');
  const identity = new Identity();
  let octets = 0;
  for await (const bytes of body) {
    digest.update(bytes);
    identity.push(bytes);
    octets += bytes.length;
  }
  const sha256 = digest.digest('base64url');
  return { index, octets, sha256, identity: identity.digest() ?? sha256, ...labelOf(identity.head) };
}

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('base64url');

const failing = (index: number, failure: MailFailure): Frame => ({ kind: 'failure', failure, of: index });
