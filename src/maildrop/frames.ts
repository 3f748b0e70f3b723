/**
 * What crosses from the proxy to the gateway of a download?
 */
import type { MessageFrames } from '../core/message-frames.ts';
import type { SpooledMessage } from './answers.ts';

/** What a download tells about a message before its bytes. */
export interface DownloadedMessage extends SpooledMessage {
  /** Counted from 0. */
  readonly index: number;
  /** How many messages this download sends. */
  readonly count: number;
  readonly bytesTotal: number;
}

/** Nothing but `done` follows a failure of the whole download. */
export type DownloadFrames = MessageFrames<DownloadedMessage, SpooledMessage>;
