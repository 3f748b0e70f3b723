/**
 * How is a message added once, however often it is sent? (APPEND with an Idempotency-Key)
 *
 * No server has a message before its last octets have come. So only before those it is written down that it may be there, with
 * the digest that all octets have by then; whatever fails earlier has added nothing.
 */
import type { Hash } from 'node:crypto';
import type { Access } from '../../core/access.ts';
import { err, Failed, ok, type Result } from '../../core/failure.ts';
import type { Timings } from '../../core/reply.ts';
import type { Lease } from '../../wire/pool.ts';
import type { MailboxName, MovedMessage } from '../answers.ts';
import { appendMessage, type NewMessage, placeForNew } from './append-message.ts';
import type { Wanted } from './arrivals.ts';
import type { Octets } from './literal.ts';
import { doOnce, message as hashedMessage, type Once } from './once.ts';
import type { ImapSession } from './session.ts';

/** What is answered, and for which message. */
export interface AppendedOnce {
  readonly moved: MovedMessage;
  readonly digest: string;
}

export async function appendOnce(
  lease: Lease<ImapSession>,
  access: Access,
  mailbox: MailboxName,
  message: NewMessage,
  upload: Octets,
  once: Once<AppendedOnce>,
  begin: () => void,
  timings: Timings,
): Promise<Result<MovedMessage>> {
  const { session, isWarm } = lease;
  if (isWarm) await session.wakeUp();
  const place = await placeForNew(session, access, mailbox);
  if (!place.ok) return place;
  const { lengthBytes } = upload;
  const octets = new SealedOctets(upload, once.hash(hashedMessage));
  let earlier: Wanted | null = null;
  const kept = once.find();
  if (kept?.state.kind === 'doubt') earlier = kept.state.doubt.wanted?.[0] ?? null;
  const done = await doOnce(session, once, {
    asked: JSON.stringify(['append', message.flags, message.receivedAt?.getTime() ?? null, lengthBytes]),
    path: place.value,
    access,
    placesIn: ({ moved }) => [moved.mailboxPath],
    wanted: async () => null,
    answerOf: ([found = null], mailboxPath) => ({
      moved: { mailboxPath, message: found },
      digest: earlier?.digest ?? '',
    }),
    work: async (doubt) => {
      octets.beforeLast = async (digest) => {
        if (earlier !== null && earlier.digest !== digest) throw new Failed({ kind: 'idempotency-key-reused' });
        await doubt([{ size: lengthBytes, digest }]);
      };
      const moved = await appendMessage(lease, access, mailbox, message, octets, begin, timings);
      return moved.ok ? ok({ moved: moved.value, digest: octets.digest }) : moved;
    },
  });
  if (!done.ok) return done;
  // It was there already: the octets are to be those of then.
  if (!octets.isRead) await octets.readAll();
  return octets.digest === done.value.digest ? ok(done.value.moved) : err({ kind: 'idempotency-key-reused' });
}

/** Octets with their digest, of which the last do not leave before it is known that they are the last. */
class SealedOctets implements Octets {
  readonly lengthBytes: number;
  beforeLast: (digest: string) => Promise<void> = async () => undefined;
  digest = '';
  readonly #octets: Octets;
  readonly #hash: Hash;
  #received = 0;

  constructor(octets: Octets, hash: Hash) {
    this.#octets = octets;
    this.lengthBytes = octets.lengthBytes;
    this.#hash = hash;
  }

  get isRead(): boolean {
    return this.digest !== '';
  }

  async next(): Promise<Uint8Array | null> {
    if (this.isRead) return null;
    const packet = await this.#octets.next();
    if (packet === null) return null;
    this.#hash.update(packet);
    this.#received += packet.length;
    if (this.#received < this.lengthBytes) return packet;
    // What it was read into serves for the next.
    const last = packet.slice();
    if ((await this.#octets.next()) !== null) throw new Failed({ kind: 'internal' });
    this.digest = this.#hash.digest('base64url');
    await this.beforeLast(this.digest);
    return last;
  }

  /** To nobody. */
  async readAll(): Promise<void> {
    while ((await this.next()) !== null);
  }
}
