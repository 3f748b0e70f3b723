/**
 * What may a request do with the account that it names?
 *
 * Whoever sends the credential itself may do everything. A capsule, and an operator's key, may allow less; nothing here ever
 * allows more than what was held before.
 */
import { err, ok, type Result } from './failure.ts';

/**
 * `read`: see mail, and be told of news. `modify`: mark, move, copy, add, and arrange mailboxes. `delete`: whatever makes mail
 * go, also by way of the trash. `subscribe`: have news sent to a webhook, which outlives the request.
 */
export const scopes = ['read', 'modify', 'delete', 'subscribe'] as const;
export type Scope = (typeof scopes)[number];

export interface Access {
  readonly scopes: readonly Scope[];
  /** Of an IMAP account: ids of mailboxes, or roles, as callers name them. Null: all that there are. */
  readonly mailboxes: readonly string[] | null;
}

export const fullAccess: Access = { scopes, mailboxes: null };

/** What is wished for of an access; what is left out stays as it is. */
export interface AccessWish {
  readonly scopes?: readonly Scope[] | undefined;
  readonly mailboxes?: readonly string[] | undefined;
}

/** Part of what is held. Fails with `access-too-wide`, naming the member that asks for more. */
export function narrowed(held: Access, wish: AccessWish): Result<Access> {
  const wished = wish.scopes ?? held.scopes;
  if (!wished.every((scope) => held.scopes.includes(scope))) return err({ kind: 'access-too-wide', member: 'scopes' });
  const { mailboxes = held.mailboxes } = wish;
  const isWithin = held.mailboxes === null || mailboxes?.every((mailbox) => held.mailboxes?.includes(mailbox)) === true;
  if (!isWithin) return err({ kind: 'access-too-wide', member: 'mailboxes' });
  // In one order, each once: what means the same looks the same.
  const named = mailboxes === null ? null : [...new Set(mailboxes)];
  return ok({ scopes: scopes.filter((scope) => wished.includes(scope)), mailboxes: named });
}

/** Why that may not be done; null when it may. */
export const lackOf = (
  access: Access,
  scope: Scope,
): { readonly kind: 'scope-missing'; readonly scope: Scope } | null =>
  access.scopes.includes(scope) ? null : { kind: 'scope-missing', scope };
