/**
 * What crosses from the proxy to the gateway of an export?
 */
import type { MessageFrames } from '../../core/message-frames.ts';
import type { FetchedEmail, Uid } from '../answers.ts';

/** What an export tells about a message before its octets. */
export interface ExportedMessage extends Pick<FetchedEmail, 'uid' | 'flags' | 'size'> {
  /** INTERNALDATE, as ISO 8601 in UTC. */
  readonly receivedAt: string;
}

export type ExportFrames = MessageFrames<ExportedMessage, Uid>;
