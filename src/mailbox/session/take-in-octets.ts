/**
 * The octets of a parcel: are they what its head says, and can IMAP carry them?
 *
 * Looked through as they come, and the last do not leave before all of them are known to be right. Small messages are held, so that
 * what is wrong with one is known before the mail server is asked for anything, and so that it can be sent once more.
 */
import { createHash } from 'node:crypto';
import { within } from '../../core/deadline.ts';
import { Failed, type MailFailure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { nextFrame } from '../../core/message-frames.ts';
import type { Parcel, Parcels } from '../../core/parcel.ts';
import type { Octets } from './literal.ts';
import { faultIn } from './upload.ts';

export class ParcelSource {
  readonly #frames: Parcels;
  readonly #parcel: Parcel;
  readonly #packets: AsyncGenerator<Uint8Array, void, undefined>;
  #held: readonly Uint8Array[] | null = null;
  #isBegun = false;
  #isSent = false;
  #isEnded = false;
  #isCut = false;
  #fault: MailFailure | null = null;

  constructor(frames: Parcels, parcel: Parcel) {
    this.#frames = frames;
    this.#parcel = parcel;
    this.#packets = this.#checked();
  }

  /** What is wrong with it, or why its sender could not send it; null as far as is known. */
  get fault(): MailFailure | null {
    return this.#fault;
  }

  /** True when the fault is that nothing more comes. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** True when all of it was handed out, so that the server may have it. */
  get isSent(): boolean {
    return this.#isSent;
  }

  /** True when some of it was handed out, and it cannot be had again. */
  get isSpent(): boolean {
    return this.#isBegun && !this.#isSent && this.#held === null;
  }

  /** Holds it, if it is small. */
  async hold(): Promise<void> {
    if (this.#parcel.octets > limits.takeInHeldBytes) return;
    const held: Uint8Array[] = [];
    try {
      for await (const packet of this.#packets) held.push(packet);
    } catch (error) {
      // It is `fault` now.
      if (!(error instanceof Failed)) throw error;
    }
    this.#held = held;
  }

  /** All of it; null when it cannot be had again. `beforeLast` is awaited before the last octets are handed out. */
  octets(beforeLast: () => Promise<void>): Octets | null {
    if (this.#held === null && this.#isBegun) return null;
    this.#isBegun = true;
    const lengthBytes = this.#parcel.octets;
    const packets = this.#held === null ? this.#packets : this.#held[Symbol.iterator]();
    let received = 0;
    const next = async (): Promise<Uint8Array | null> => {
      const { done, value } = await packets.next();
      if (done === true) return null;
      received += value.length;
      if (received === lengthBytes) {
        await beforeLast();
        this.#isSent = true;
      }
      return value;
    };
    return { lengthBytes, next };
  }

  /** Passes over what is left of it. */
  async drain(): Promise<void> {
    while (!this.#isEnded) await this.#next();
  }

  /** Exactly as many octets as announced, with that digest; the last are not yielded before that is known. */
  async *#checked(): AsyncGenerator<Uint8Array, void, undefined> {
    const { octets, sha256 } = this.#parcel;
    if (octets === 0) throw this.#unfit('It is empty.');
    const hash = createHash('sha256');
    let received = 0;
    let lastOctet = 0;
    let held: Uint8Array | null = null;
    for (let packet = await this.#next(); packet !== null; packet = await this.#next()) {
      if (packet.length === 0) continue;
      const fault = faultIn(packet, lastOctet);
      if (fault !== null) throw this.#unfit(`${fault.what} at octet ${received + fault.at + 1}.`);
      hash.update(packet);
      received += packet.length;
      lastOctet = packet.at(-1) ?? lastOctet;
      if (received > octets) throw this.#failed(misannounced);
      if (held !== null) yield held;
      held = packet;
    }
    if (this.#fault !== null) throw new Failed(this.#fault);
    if (lastOctet === cr) throw this.#unfit(`A CR without LF at octet ${received}.`);
    if (received !== octets || hash.digest('base64url') !== sha256) throw this.#failed(misannounced);
    if (held !== null) yield held;
  }

  /** The next octets; null after the last, or when no more can be had. */
  async #next(): Promise<Uint8Array | null> {
    if (this.#isEnded) return null;
    const frame = await this.#nextFrame();
    if (frame.kind === 'bytes') return frame.bytes;
    this.#isEnded = true;
    if (frame.kind === 'end') return null;
    const failure = frame.kind === 'failure' ? frame.failure : misannounced;
    this.#isCut = frame.kind !== 'failure' || frame.of === null;
    this.#fault = failure;
    return null;
  }

  async #nextFrame() {
    try {
      return await within(limits.stalledSenderMs, 'read', nextFrame(this.#frames));
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      return { kind: 'failure', failure: error.failure, of: null } as const;
    }
  }

  /** The words are those for a message that a caller adds (`upload.ts`), but for the remedy: nobody here could mend it. */
  #unfit(what: string): Failed {
    const message = `${what} IMAP carries lines that end in CR LF, and no NUL. Nothing was added.`;
    return this.#failed({ kind: 'request-invalid', errors: [{ in: 'body', field: 'message', message }] });
  }

  #failed(fault: MailFailure): Failed {
    this.#fault ??= fault;
    return new Failed(fault);
  }
}

const cr = 13;

/** Who sends it has measured it: that is a bug. */
const misannounced: MailFailure = { kind: 'internal' };
