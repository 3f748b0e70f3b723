/**
 * POP or IMAP?
 *
 * From what somebody says about their mail (`answers`), and what the server offers. Pure: docs/pop-or-imap.md has the same rules for
 * people.
 */
import type { Protocol } from '../core/server.ts';
import type { Advice, Answers } from './advice-schema.ts';
import type { Provider } from './provider.ts';

export interface Circumstances {
  readonly offers: { readonly [protocol in Protocol]: boolean };
  readonly provider: Provider | null;
}

/** What to use, why, what one gives up, and how to go about it. Never fails: without answers it is IMAP, if that is offered. */
export function adviceOf(_answers: Answers, { offers }: Circumstances): Advice {
  return { protocol: offers.imap ? 'imap' : null, reasons: [], givenUp: [], howTo: [] };
}
