/**
 * What is said of a message, and of all of them, in every format of a backup?
 */
import { createHash } from 'node:crypto';
import type { MessageOctets } from '../../core/message-events.ts';
import { receivedAtIn } from '../../core/mime/received.ts';
import { errorLine, lineOf } from '../../core/ndjson.ts';
import type { SpooledMessage } from '../answers.ts';
import { idOf, serversUidl } from '../rules.ts';
import type { ExportedMessage, ExportNumbers } from './frames.ts';

export const namedOf = (message: SpooledMessage) => ({
  id: idOf(message),
  uidl: serversUidl(message),
  size: message.size,
});

export const toldOf = (message: ExportedMessage, beginning: Uint8Array) => ({
  ...namedOf(message),
  receivedAt: receivedAtIn(beginning),
});

/** Null when nothing is left behind what comes now. */
export const cursorOf = ({ nextAfter }: ExportNumbers): string | null => (nextAfter === null ? null : idOf(nextAfter));

/** What has passed of a message. */
export class Passed {
  readonly #hash = createHash('sha256');
  #octets = 0;

  push(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#octets += bytes.length;
  }

  /** To be asked for once, at the end. */
  digest(): { readonly octets: number; readonly sha256: string } {
    return { octets: this.#octets, sha256: this.#hash.digest('hex') };
  }
}

/** As `rawLine`, and instead of the octets how many they are. */
export async function* digestLine(
  members: object,
  octets: MessageOctets,
): AsyncGenerator<string, string | null, undefined> {
  const passed = new Passed();
  for (;;) {
    const { done, value } = await octets.next();
    if (done !== true) {
      passed.push(value);
    } else if (value === null) {
      const digest = passed.digest();
      yield lineOf({ type: 'message', ...members, ...digest });
      return digest.sha256;
    } else {
      yield errorLine(value.failure, members);
      return null;
    }
  }
}
