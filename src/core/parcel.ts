/**
 * How does a message go from one account into another?
 *
 * As a parcel: what is known of it beforehand, then its octets (`message-frames.ts`). Whoever takes it in can tell from the head
 * whether it has it already, and how long a literal has to be; and answers with a slip for each, in the order of the parcels.
 */
import type { MailFailure } from './failure.ts';
import type { MessageFrames } from './message-frames.ts';

export interface Parcel {
  /** Counted from 0, in the order in which they are sent. */
  readonly index: number;
  /** Exactly, as they follow. */
  readonly octets: number;
  /** Of those octets, as base64url. */
  readonly sha256: string;
  /**
   * What it is known by when it comes again: the same without the fields that its server writes into it, which are others in another
   * session. The same as `sha256` where there are none.
   */
  readonly identity: string;
  /** The message that it is, where it comes from: a digest of the account and of the name that the message has there. */
  readonly source: string;
  /** Message-ID as it is in the header, with its angle brackets; null when there is none that can be searched for. */
  readonly messageId: string | null;
  /** When it was received (its uppermost Received field), or else sent (Date), as ISO 8601 in UTC; null when neither tells. */
  readonly receivedAt: string | null;
}

/** A failure is about the parcel with that index. */
export type Parcels = MessageFrames<Parcel, number>;

/** What became of a parcel, or of a failure that was told instead of one; in their order. */
export type Slip =
  | {
      readonly index: number;
      /** `there-already`: a message with exactly these octets was in the mailbox before, so none was added. */
      readonly outcome: 'stored' | 'there-already';
      /** Where it is; null when the server does not tell. */
      readonly message: { readonly uidValidity: number; readonly uid: number } | null;
      /** Known to be a copy that was made of it. What was there already may be the message itself, where it comes from as well. */
      readonly isCopy: boolean;
      /** X-GM-MSGID (Gmail), which is one for all that Gmail takes for the same message; null elsewhere. */
      readonly gmailId: string | null;
    }
  | {
      /** Null for all that was still to come: no slip follows, and nothing more of the parcels is read. */
      readonly index: number | null;
      readonly outcome: 'failed';
      /** Of the account that takes them in, or the one that was told in the stream of parcels. */
      readonly failure: MailFailure;
    };
