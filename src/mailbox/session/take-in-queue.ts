/**
 * Which messages have come that are to be taken in?
 *
 * Small ones are read ahead, a few at a time, so that the mailbox can be asked for all of them at once; a large one only when it is
 * its turn. Nobody waits for more of them than there are.
 */
import { within } from '../../core/deadline.ts';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { type MessageFrame, nextFrame } from '../../core/message-frames.ts';
import type { Parcel, Parcels } from '../../core/parcel.ts';
import { ParcelSource } from './take-in-octets.ts';

export interface ArrivedParcel {
  readonly kind: 'parcel';
  readonly parcel: Parcel;
  readonly source: ParcelSource;
  /** Lets the next one come, if this one is not held. */
  readonly finished: () => void;
}

type Arrived = ArrivedParcel | Exclude<MessageFrame<Parcel, number>, { readonly kind: 'message' }>;

export class ParcelQueue {
  readonly #frames: Parcels;
  readonly #arrived: Arrived[] = [];
  #change = Promise.withResolvers<void>();
  #fault: { readonly error: unknown } | null = null;

  constructor(frames: Parcels) {
    this.#frames = frames;
    this.#read().catch((error: unknown) => {
      this.#fault = { error };
      this.#changed();
    });
  }

  /** In the order in which they were sent. */
  async next(): Promise<Arrived> {
    for (;;) {
      const next = this.#arrived.shift();
      if (next !== undefined) {
        this.#changed();
        return next;
      }
      if (this.#fault !== null) throw this.#fault.error;
      await this.#change.promise;
    }
  }

  /** Those that will come next, as far as they are there. */
  get ahead(): readonly Parcel[] {
    return this.#arrived.flatMap((arrived) => (arrived.kind === 'parcel' ? [arrived.parcel] : []));
  }

  async #read(): Promise<void> {
    for (;;) {
      while (this.#isFull) await this.#change.promise;
      const frame = await this.#nextFrame();
      if (frame.kind !== 'message') {
        this.#add(frame);
        if (frame.kind === 'done' || (frame.kind === 'failure' && frame.of === null)) return;
        continue;
      }
      const source = new ParcelSource(this.#frames, frame.message);
      await source.hold();
      // What is wrong with one shall not stand in the way of the next.
      if (source.isHeld) await source.drain();
      const turn = Promise.withResolvers<void>();
      this.#add({ kind: 'parcel', parcel: frame.message, source, finished: turn.resolve });
      if (!source.isHeld) await turn.promise;
      if (source.isCut) return;
    }
  }

  get #isFull(): boolean {
    const bytes = this.ahead.reduce((sum, { octets }) => sum + octets, 0);
    return bytes >= limits.takeInAheadBytes || this.#arrived.length >= limits.takeInAheadMessages;
  }

  /** The sender has deadlines of its own for what it waits for; this one is for a sender that is no more. */
  async #nextFrame(): Promise<MessageFrame<Parcel, number>> {
    try {
      return await within(limits.nextParcelMs, 'read', nextFrame(this.#frames));
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      return { kind: 'failure', failure: error.failure, of: null };
    }
  }

  #add(arrived: Arrived): void {
    this.#arrived.push(arrived);
    this.#changed();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
