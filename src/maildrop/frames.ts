/**
 * What crosses from the proxy to the gateway of a download?
 */
import type { MessageFrames } from '../core/message-frames.ts';
import type { SpooledMessage } from './answers.ts';

/** Where a message stands among those that a download sends, whatever has become of those before it. */
export interface Progress {
  /** Counted from 0. */
  readonly index: number;
  /** How many messages this download sends. */
  readonly count: number;
  /** Octets of this message and of those before it, as LIST told them. */
  readonly bytesDone: number;
  /** Octets of all of them, as LIST told them. */
  readonly bytesTotal: number;
}

/** What a download tells about a message before its bytes. */
export interface DownloadedMessage extends SpooledMessage, Progress {}

/** What a failure is about; one that is not sent at all has no place among those that are. */
export type FailedMessage = SpooledMessage & Partial<Progress>;

/** Nothing but `done` follows a failure of the whole download. */
export type DownloadFrames = MessageFrames<DownloadedMessage, FailedMessage>;
