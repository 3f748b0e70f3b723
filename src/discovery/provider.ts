/**
 * What is known of a provider of mail before it is asked anything?
 *
 * Facts that somebody has published, each entry with the pages that say so. They go stale: docs/providers.md tells how to
 * correct one. Nothing here dials, and whatever comes of it is judged like any other server.
 */
import type { Protocol } from '../core/server.ts';

/** Whose sign-in page gives access tokens for this mail. Whether a client is set up there is the operator's to say. */
export type SignIn = 'google' | 'microsoft' | 'yahoo' | 'aol' | 'comcast' | 'fastmail' | 'mail.ru' | 'yandex';

/** Something that surprises whoever does not know it; `both` when it holds for IMAP and POP3. */
export interface Habit {
  readonly protocol: Protocol | 'both';
  /** A sentence for a person. */
  readonly text: string;
}

export interface Provider {
  readonly id: string;
  readonly name: string;
  /** Behind the @, in lower case. `*.example.com` is every name below example.com, and not example.com itself. */
  readonly domains: readonly string[];
  /** A mail exchanger of this name, or of one below it, takes the mail in for this provider. */
  readonly mxSuffixes: readonly string[];
  /**
   * As `Mail-Server` has them, the best one first. Null: it has none that a mail program could reach. Empty: none was found in
   * its sources, which does not mean that there is none.
   */
  readonly imap: readonly string[] | null;
  readonly pop3: readonly string[] | null;
  /** What the server takes for the user's name: the whole address, or what stands before the @. */
  readonly user: 'address' | 'local-part';
  /** False where only access tokens are. */
  readonly takesPassword: boolean;
  /** False where mail that is deleted by POP3 stays on the server. */
  readonly isDeletedByPop3: boolean;
  readonly oauth2: SignIn | null;
  /**
   * Passwords for one program each. `isNeeded`: the one of the web page is never taken; otherwise it is until sign-in has a
   * second step. Null: its sources know none.
   */
  readonly appPasswords: { readonly isNeeded: boolean; readonly url: string } | null;
  readonly limits: {
    /** Connections at once of one user. Null: not told. */
    readonly connections: number | null;
    /** Others, in sentences for a person. */
    readonly notes: readonly string[];
  };
  readonly habits: readonly Habit[];
  /** Pages that say so, the provider's own or those of a list that is kept. */
  readonly sources: readonly string[];
}
