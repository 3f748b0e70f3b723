/**
 * Which subscriptions may a caller see?
 *
 * Those of the very account that it has proven to be its own, and of these the ones that can do no more than it can: what a subscription
 * sends, and where to, is nothing for a lesser capsule. Pure.
 */
import { narrowed } from '../../core/access.ts';
import type { AccountMessage } from '../../core/account.ts';
import { accountParts } from '../../core/account-parts.ts';
import type { Lineage, Subscription } from '../subscription.ts';

export const isVisible = (subscription: Subscription, caller: AccountMessage): boolean =>
  isSameAccount(subscription.account, caller) && isNoWider(subscription, caller);

/**
 * Whether it ends when the caller's capsule does, at its time or because that is revoked; always, when the caller has the credential itself.
 * Where mail is sent that somebody else's credential reads is not for those to say whose own capsule is over before.
 */
export function endsWith({ lineage: made }: Pick<Subscription, 'lineage'>, caller: Lineage | null): boolean {
  const [own] = caller?.ids ?? [];
  return own === undefined || made?.ids.includes(own) === true;
}

/** To the letter: servers differ in which spellings of a user are the same. */
export function isSameAccount(one: Subscription['account'], other: Subscription['account']): boolean {
  const parts = accountParts(other);
  return accountParts(one).every((part, index) => part === parts[index]);
}

/** Only what the operator's key leaves of a credential may be held here, and not be in the subscription: `subscribe` is asked for elsewhere. */
function isNoWider({ access }: Subscription, { access: held }: AccountMessage): boolean {
  const { scopes, mailboxes } = access;
  return narrowed(held, { scopes, ...(mailboxes === null ? {} : { mailboxes }) }).ok && isAll(access, held);
}

/** `narrowed` takes a wish for nothing in particular as one for what is held. */
const isAll = (access: Subscription['access'], held: Subscription['access']): boolean =>
  access.mailboxes !== null || held.mailboxes === null;
