/**
 * What of a message stays the same when its server writes into it?
 *
 * Servers that keep an mbox write their own notes into the header, such as Status and X-UID, and write them anew when a session ends:
 * the same message has other octets in the next one. Who compares it without those fields knows it again.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { limits } from '../../core/limits.ts';
import { CappedBytes, octet } from '../../core/mime/bytes.ts';

/** Those of c-client, which others have taken over. No sender means anything by them. */
const notes = /^(?:Status|X-Status|X-UID|X-UIDL|X-IMAP|X-IMAPbase|X-Keywords)[ \t]*:/i;

const headerEnd = [octet.cr, octet.lf, octet.cr, octet.lf] as const;

export class Identity {
  readonly #hash = createHash('sha256');
  readonly #head = new CappedBytes(limits.headerBytes);
  #isInHead = true;
  /** How much of `headerEnd` has come. */
  #matched = 0;

  /** The header as far as it is looked at, when all of the message has been pushed. */
  get head(): Uint8Array {
    return this.#head.view();
  }

  push(bytes: Uint8Array): void {
    if (this.#head.isCut) return;
    const end = this.#isInHead ? this.#endIn(bytes) : 0;
    if (this.#isInHead) this.#head.push(bytes.subarray(0, end));
    if (this.#matched < headerEnd.length) return;
    if (this.#isInHead) this.#hash.update(withoutNotes(this.#head.view()));
    this.#isInHead = false;
    this.#hash.update(bytes.subarray(end));
  }

  /** SHA-256 as base64url; null for a message whose header has no end, or none that is looked for. */
  digest(): string | null {
    return this.#isInHead || this.#head.isCut ? null : this.#hash.digest('base64url');
  }

  /** Behind the header, or behind all of it when the header goes on. */
  #endIn(bytes: Uint8Array): number {
    for (const [at, byte] of bytes.entries()) {
      if (byte === headerEnd[this.#matched]) this.#matched += 1;
      else this.#matched = byte === octet.cr ? 1 : 0;
      if (this.#matched === headerEnd.length) return at + 1;
    }
    return bytes.length;
  }
}

/** A field goes on in lines that begin with white space. */
function withoutNotes(header: Uint8Array): Uint8Array {
  const fields: string[] = Buffer.from(header)
    .toString('latin1')
    .split(/(?<=\n)(?![ \t])/);
  return Buffer.from(fields.filter((field) => !notes.test(field)).join(''), 'latin1');
}
