/**
 * What does one caller know of the maildrop, and what does it wait for?
 */
import { createHash } from 'node:crypto';
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import type { MaildropChanges } from '../answers.ts';
import type { MessageName } from '../rules.ts';
import { changesSince, hasChanges } from '../sync/changes.ts';
import { textOf } from '../sync/state.ts';

export interface Known {
  readonly since: Uint8Array;
  readonly maxChanges: number;
}

/** A maildrop as it was at one look, and what tells it from others. */
export interface Sight {
  readonly messages: readonly MessageName[];
  readonly digest: string;
}

export function sightOf(messages: readonly MessageName[]): Sight {
  const hash = createHash('sha256');
  for (const message of messages) hash.update(`${textOf(message)}\n`);
  return { messages, digest: hash.digest('base64') };
}

export class Listener {
  readonly #known: Known;
  /** The last sight that was no other than what is known. */
  #same: string | null = null;
  readonly #answer = Promise.withResolvers<Result<MaildropChanges> | null>();

  constructor(known: Known) {
    this.#known = known;
  }

  /** What has changed; null when nothing has until it was dismissed. */
  get answer(): Promise<Result<MaildropChanges> | null> {
    return this.#answer.promise;
  }

  /** Whether that is news to it, which it has then been told. */
  see({ messages, digest }: Sight): boolean {
    if (digest === this.#same) return false;
    const changes = changesSince(this.#known.since, messages, this.#known.maxChanges);
    if (changes !== null && !hasChanges(changes)) {
      this.#same = digest;
      return false;
    }
    this.#answer.resolve(changes === null ? err({ kind: 'state-gone' }) : ok(changes));
    return true;
  }

  fail(failure: MailFailure): void {
    this.#answer.resolve(err(failure));
  }

  dismiss(): void {
    this.#answer.resolve(null);
  }
}
