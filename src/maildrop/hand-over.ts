/**
 * What crosses between the Workers when a maildrop is handed over to another account?
 *
 * The messages as parcels (`core/parcel.ts`), and then the word which of them are safe there: only those are deleted.
 */
import type { MailFailure } from '../core/failure.ts';
import type { SpooledMessage } from './answers.ts';

export interface HandOverRequest {
  /** Only what is not known to this state; null for everything. */
  readonly since: Uint8Array | null;
  /** The UIDLs of messages that were handed over before and are still there, as often as they are: not once more. */
  readonly tried: readonly string[];
  readonly limit: number;
  /** Nothing is deleted. */
  readonly isKept: boolean;
}

export interface HandOverHead {
  /** Those that are sent now, in the order of the parcels: the index of a parcel is a message's place here. */
  readonly messages: readonly SpooledMessage[];
  /** How many the maildrop holds. */
  readonly total: number;
  /** How many of them can be handed over within the limit, in this session and in further ones. */
  readonly count: number;
  /** Octets of those. */
  readonly bytesTotal: number;
  /** Whether there are more than the limit allows. */
  readonly hasMore: boolean;
}

/** What became of a session whose messages were judged. */
export interface Settled {
  /** How many the server has deleted: it has accepted QUIT. */
  readonly deleted: number;
  /** Those that are safe, and not known to be deleted. */
  readonly notDeleted: readonly { readonly index: number; readonly failure: MailFailure }[];
  /** Where nothing is deleted: all that is known now, which is what was known and what is safe. */
  readonly state: Uint8Array | null;
  /** Why not everything could be read; null when it could. */
  readonly broken: MailFailure | null;
}
