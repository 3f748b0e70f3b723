/**
 * What crosses from the proxy to the gateway of an export?
 */
import type { SpooledMessage } from '../answers.ts';
import type { MessageName } from '../rules.ts';

/** As frames (`core/message-frames.ts`) each of these is the head of its message, and the name by which a failure tells of it. */
export interface ExportedMessage extends SpooledMessage {
  /** In the maildrop, counted from 1. */
  readonly place: number;
}

export interface ExportRequest {
  /** The last message that the caller has; null for the first. */
  readonly after: MessageName | null;
  /** Null for all. */
  readonly limit: number | null;
  /** False when only the numbers are wanted. */
  readonly withBody: boolean;
}

export interface ExportNumbers {
  /** How many messages the maildrop holds, those before a cursor included. */
  readonly total: number;
  /** How many of them come now. */
  readonly count: number;
  /** The last of them, when there are more behind it. */
  readonly nextAfter: MessageName | null;
}

export interface ExportedMaildrop extends ExportNumbers {
  /** Null where only the numbers were wanted. */
  readonly body: ReadableStream<Uint8Array> | null;
}
