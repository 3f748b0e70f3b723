/**
 * What is an event called?
 *
 * An HMAC-SHA-256 over what makes it the same event, keyed by whose mail it is: so it is the same whenever and by whomever it is found, also
 * after the operator's keys have been changed, and tells nothing of the account to whoever does not know it anyhow.
 */
import { base64url } from 'jose';
import type { AccountParts } from '../core/seal.ts';
import type { EventType, MessageRef } from './event.ts';

/** What besides its type makes an event the same. `again` tells events of one type about one message apart: a MODSEQ for example. */
export type Sameness =
  | { readonly of: 'message'; readonly ref: MessageRef; readonly again?: string }
  | { readonly of: 'mailbox'; readonly mailboxPath: string | null; readonly again: string }
  | { readonly of: 'account'; readonly again: string };

/** `evt_` and 43 characters. */
export async function eventIdOf(account: AccountParts, type: EventType, sameness: Sameness): Promise<string> {
  const octets = (text: string) => new TextEncoder().encode(text);
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', octets(JSON.stringify(account)), hmac, false, ['sign']);
  const signed = await crypto.subtle.sign('HMAC', key, octets(JSON.stringify([type, ...partsOf(sameness)])));
  return `evt_${base64url.encode(new Uint8Array(signed))}`;
}

function partsOf(sameness: Sameness): readonly (string | number | null)[] {
  switch (sameness.of) {
    case 'message':
      return [...refParts(sameness.ref), sameness.again ?? null];
    case 'mailbox':
      return ['mailbox', sameness.mailboxPath, sameness.again];
    case 'account':
      return ['account', sameness.again];
  }
}

const refParts = (ref: MessageRef): readonly (string | number | null)[] =>
  ref.protocol === 'imap' ? [ref.mailboxPath, ref.uidValidity, ref.uid] : [ref.uidl, ref.occurrence];
