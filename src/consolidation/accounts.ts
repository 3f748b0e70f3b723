/**
 * Whose maildrops, and whose mailbox, does a request name?
 *
 * In its body, since there are several. Everything that is wrong is told at once, before anything is dialled; then, of the first
 * account that may not be used so, why.
 */
import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Scope } from '../core/access.ts';
import type { Account } from '../core/account.ts';
import { accountParts } from '../core/account-parts.ts';
import { Failed, type FieldError, type MailFailure } from '../core/failure.ts';
import { problemKinds } from '../core/problem-kinds.ts';
import type { Protocol } from '../core/server.ts';
import { type AccountFields, accountNamedBy } from '../http/account-fields.ts';
import { admitted, requireScope } from '../http/admission.ts';
import type { Gateway } from '../http/context.ts';
import { isSameAccount } from './same-account.ts';
import type { ConsolidationRequestSchema } from './schema.ts';

export interface Accounts {
  readonly from: readonly Account[];
  readonly into: Account;
}

/** Fails with `request-invalid`, or as an account is not admitted. */
export async function accountsOf(
  c: Context<Gateway>,
  request: z.output<typeof ConsolidationRequestSchema>,
): Promise<Accounts> {
  const errors: FieldError[] = [];
  const named: Account[] = [];
  for (const [index, fields] of request.from.entries()) {
    const account = await accountOf(c.env, fields, 'pop3', `from.${index}`, errors);
    if (account !== null) named.push(account);
  }
  const into = await accountOf(c.env, request.into, 'imap', 'into', errors);
  if (into !== null && errors.length === 0) errors.push(...sameOnes(named, into, request.keep));
  if (into === null || errors.length > 0) throw new Failed({ kind: 'request-invalid', errors });
  const emptied: readonly Scope[] = request.keep ? ['read'] : ['read', 'delete'];
  const from: Account[] = [];
  for (const [index, account] of named.entries()) {
    from.push(await allowed(c, account, emptied, `from.${index}.token`));
  }
  return { from, into: await allowed(c, into, ['modify'], 'into.token') };
}

const routeOf = {
  imap: 'This is an IMAP server. A maildrop is on a POP3 server: give pop3s://… or pop3://….',
  pop3: 'This is a POP3 server. A mailbox is on an IMAP server: give imaps://… or imap://….',
} as const;

/** Null when something is wrong with it, which is among the errors then. */
async function accountOf(
  env: Env,
  fields: AccountFields,
  protocol: Protocol,
  field: string,
  errors: FieldError[],
): Promise<Account | null> {
  const isCapsule = fields.token !== undefined;
  const tell = (message: string): null => {
    errors.push({ in: 'body', field: `${field}.${isCapsule ? 'token' : 'server'}`, message });
    return null;
  };
  const named = await accountNamedBy(env, fields);
  if (!named.ok) return tell(remedyOf(named.failure));
  const { account } = named.value;
  return account.server.protocol === protocol ? account : tell(routeOf[account.server.protocol]);
}

/** Which capsule is not good, out of several, is told by field; a status is about the request. */
function remedyOf(failure: MailFailure): string {
  if (failure.kind === 'request-invalid') return failure.errors.map(({ message }) => message).join(' ');
  if (!failure.kind.startsWith('capsule-')) throw new Failed(failure);
  const { title, explanation } = problemKinds[failure.kind];
  return `${title}. ${explanation}`;
}

/** The account, if it may be used so: it is admitted as any other. What its capsule lacks is told with its field. */
async function allowed(
  c: Context<Gateway>,
  account: Account,
  scopes: readonly Scope[],
  field: string,
): Promise<Account> {
  const { protocol } = account.server;
  try {
    const known = await admitted(c, account, { protocol, scope: 'as-the-body-says', reach: 'mailboxes' });
    for (const scope of scopes) requireScope(c, known, scope);
    return known;
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    const { failure } = error;
    const isOfCapsule = failure.kind === 'scope-missing' || failure.kind === 'mailbox-not-granted';
    throw isOfCapsule ? new Failed({ ...failure, field }) : error;
  }
}

function sameOnes(from: readonly Account[], into: Account, isKept: boolean): FieldError[] {
  const names = from.map((account) => accountParts(account).join(' ').toLowerCase());
  return from.flatMap((account, index): FieldError[] => {
    if (names.indexOf(names[index] ?? '') < index) {
      return [{ in: 'body', field: `from.${index}`, message: 'This maildrop is named before; leave it out.' }];
    }
    if (isKept || !isSameAccount(account, into)) return [];
    const message = 'This maildrop is of the same account as `into`: what is deleted there would be gone from both.';
    return [{ in: 'body', field: `from.${index}`, message }];
  });
}
