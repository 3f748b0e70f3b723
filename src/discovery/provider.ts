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
  /** As `Mail-Server` has them, the best one first. Null: there is none that a mail program could reach. */
  readonly imap: readonly string[] | null;
  readonly pop3: readonly string[] | null;
  /** What the server takes for the user's name: the whole address, or what stands before the @. */
  readonly user: 'address' | 'local-part';
  readonly oauth2: SignIn | null;
  /** `isNeeded`: the password of the web page is not taken (or not once sign-in has a second step). Null: not told. */
  readonly appPasswords: { readonly isNeeded: boolean; readonly url: string } | null;
  readonly limits: {
    /** Connections at once of one user. */
    readonly connections: number | null;
    /** Others, as the provider words them. */
    readonly notes: readonly string[];
  };
  readonly habits: readonly Habit[];
  /** Pages that say so; or the entry of the ISP database of Thunderbird. */
  readonly sources: readonly string[];
}
