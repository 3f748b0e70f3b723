/**
 * How far does one come with a mail server, step by step?
 *
 * Plain values: the proxy, which looks, tells the gateway, which asks.
 */
import type { MailFailure } from './failure.ts';

export type Stage =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'failed'; readonly failure: MailFailure }
  | { readonly outcome: 'not-tried' };

/** Without a login. */
export interface Probed {
  /** The name resolves, and something listens there. */
  readonly host: Stage;
  /** It is encrypted, by a certificate that is trusted and for this name. */
  readonly tls: Stage;
  /** What listens there is a mail server of this protocol. */
  readonly greeting: Stage;
}

export const done: Stage = { outcome: 'done' };
export const notTried: Stage = { outcome: 'not-tried' };
export const failedBy = (failure: MailFailure): Stage => ({ outcome: 'failed', failure });

export const isUsable = ({ host, tls, greeting }: Probed): boolean =>
  [host, tls, greeting].every(({ outcome }) => outcome === 'done');
