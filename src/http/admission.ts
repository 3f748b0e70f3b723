/**
 * May this request do that with this account?
 *
 * Everything that is decided before anything is dialled, in one place, for whichever way an account is named: in the headers or
 * in a body.
 */
import type { Context } from 'hono';
import { lackOf, type Scope } from '../core/access.ts';
import type { Account } from '../core/account.ts';
import { mayCall } from '../core/caller.ts';
import { Failed } from '../core/failure.ts';
import { parseRate } from '../core/rate.ts';
import { accountDigest } from '../core/seal.ts';
import { type Protocol, refusalOf } from '../core/server.ts';
import { keyringOf, objectNameOf } from './account-object.ts';
import type { Gateway } from './context.ts';
import { counted } from './metering.ts';

export interface Need {
  readonly protocol: Protocol | 'any';
  /** `as-the-body-says`: the route has to call `requireScope` when it has read the body. */
  readonly scope: Scope | 'as-the-body-says';
  /** `account`: more than what is in mailboxes, so that it is nothing for a capsule that is narrowed to some. */
  readonly reach: 'mailboxes' | 'account';
}

const routeOf = { imap: '/v1/imap', pop3: '/v1/pop' } as const;

/** The account, with no more access than the caller has, counted. Fails before anything is dialled. */
export async function admitted(
  c: Context<Gateway>,
  account: Account,
  { protocol, scope, reach }: Need,
): Promise<Account> {
  const { server, access } = account;
  if (protocol !== 'any' && server.protocol !== protocol) {
    throw new Failed({ kind: 'protocol-mismatch', route: routeOf[server.protocol] });
  }
  const reason = refusalOf(server, c.env.DEVELOPMENT === 'true');
  if (reason !== null) throw new Failed({ kind: 'server-forbidden', reason });
  const caller = c.get('caller');
  if (!mayCall(caller, server.host)) throw new Failed({ kind: 'caller-forbidden', reason: 'server' });
  if (scope !== 'as-the-body-says') requireScope(c, account, scope);
  if (reach === 'account' && access.mailboxes !== null) throw new Failed({ kind: 'mailbox-not-granted' });
  await countedAccount(c, account);
  const scopes = access.scopes.filter((held) => caller.scopes.includes(held));
  return { ...account, access: { ...access, scopes } };
}

/**
 * The account as whoever sends this credential knows it: those who only guess at it use up nothing of what its owner may ask for, and are
 * held up where they would log in (`wire/login-guard.ts`). However the user is spelled: most servers take any, and each would be counted from
 * the start. Of the credential's digest there are 18 bits in the name, too few to find it by.
 */
async function countedAccount(c: Context<Gateway>, account: Account): Promise<void> {
  const { ACCOUNT_RATE: text } = c.env;
  if (text === '') return;
  const rate = parseRate(text);
  if (rate === null) throw new Failed({ kind: 'misconfigured', variable: 'ACCOUNT_RATE' });
  const { kind, secret } = account.credential;
  const name = await objectNameOf(c.env, account);
  const proof = await accountDigest(keyringOf(c.env)[0], [name, kind, secret.reveal()]);
  await counted(c, 'account', `${name} ${proof.slice(0, 3)}`, rate);
}

/** For what a request needs as its body says. Fails with `caller-forbidden`, or with `scope-missing`. */
export function requireScope(c: Context<Gateway>, { access }: Account, scope: Scope): void {
  if (!c.get('caller').scopes.includes(scope)) throw new Failed({ kind: 'caller-forbidden', reason: 'scope' });
  const lack = lackOf(access, scope);
  if (lack !== null) throw new Failed(lack);
}
