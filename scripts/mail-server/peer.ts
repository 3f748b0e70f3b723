/**
 * What do tests need of a mail server, whichever it is?
 *
 * One face for all of them. What a server lacks or does in its own way is for the tests to find out over the wire.
 */

import { Buffer } from 'node:buffer';

export interface MailPeer {
  readonly name: 'dovecot' | 'courier' | 'cyrus' | 'mailutils' | 'popa3d';
  readonly version: string;
  /** Loopback ports of cleartext listeners; missing when it does not speak the protocol. */
  readonly ports: { readonly imap?: number; readonly pop3?: number };
  /** A fresh, empty account. */
  addAccount(): Promise<{ readonly user: string; readonly password: string }>;
  /** Puts a message into the INBOX behind the back of every session. */
  deliver(user: string, bytes: Uint8Array): Promise<void>;
  /** What the server has logged, as far as it logs at all. */
  log(): Promise<string>;
  /** Resolves when nothing of it is left: no process, no mount, no file. */
  stop(): Promise<void>;
}

export interface PeerOptions {
  /** What every password begins with, so that a test can look for it where it must not be. */
  readonly passwordPrefix?: string;
}

/** Accounts one after the other: `user1`, `user2`, … */
export function accountsOf({ passwordPrefix = 'password' }: PeerOptions): () => { user: string; password: string } {
  let count = 0;
  return () => {
    count += 1;
    return { user: `user${count}`, password: `${passwordPrefix}-${count}` };
  };
}

/** As mail lies on a Unix system's disk, for servers that put a CR before every LF that they read there. */
export function withUnixLineEnds(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}
