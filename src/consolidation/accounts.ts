/**
 * Whose maildrops, and whose mailbox, does a request name?
 *
 * In its body, since there are several. The credentials are wrapped here, and nothing behind this line sees them bare but the
 * connections that log in. Everything that is wrong is told at once, before anything is dialled.
 */
import type { z } from '@hono/zod-openapi';
import { fullAccess } from '../core/access.ts';
import type { Account } from '../core/account.ts';
import { Failed, type FieldError } from '../core/failure.ts';
import { Secret } from '../core/secret.ts';
import { type Protocol, parseMailServer, refusalOf } from '../core/server.ts';
import { accountParts } from '../http/mail-account.ts';
import { isSameAccount } from './same-account.ts';
import type { AccountFields, ConsolidationRequestSchema } from './schema.ts';

export interface Accounts {
  readonly from: readonly Account[];
  readonly into: Account;
}

/** Fails with `request-invalid`, or with `server-forbidden`. */
export function accountsOf(request: z.output<typeof ConsolidationRequestSchema>, isDevelopment: boolean): Accounts {
  const errors: FieldError[] = [];
  const from = request.from.map((fields, index) => accountOf(fields, 'pop3', `from.${index}`, errors));
  const into = accountOf(request.into, 'imap', 'into', errors);
  const named = from.filter((account) => account !== null);
  if (into !== null && errors.length === 0) errors.push(...sameOnes(named, into, request.keep));
  if (into === null || errors.length > 0) throw new Failed({ kind: 'request-invalid', errors });
  for (const { server } of [...named, into]) {
    const reason = refusalOf(server, isDevelopment);
    if (reason !== null) throw new Failed({ kind: 'server-forbidden', reason });
  }
  return { from: named, into };
}

const routeOf = {
  imap: 'This is an IMAP server. A maildrop is on a POP3 server: give pop3s://… or pop3://….',
  pop3: 'This is a POP3 server. A mailbox is on an IMAP server: give imaps://… or imap://….',
} as const;

/** Null when something is wrong with it, which is among the errors then. */
function accountOf(fields: AccountFields, protocol: Protocol, field: string, errors: FieldError[]): Account | null {
  const tell = (name: string, message: string): null => {
    errors.push({ in: 'body', field: `${field}.${name}`, message });
    return null;
  };
  const { user, password, accessToken } = fields;
  const credential =
    password === undefined
      ? { kind: 'access-token' as const, secret: new Secret(accessToken ?? '') }
      : { kind: 'password' as const, secret: new Secret(password) };
  const server = parseMailServer(fields.server);
  if (!server.ok) return tell('server', remedyOf(server.failure));
  if (server.value.protocol !== protocol) return tell('server', routeOf[server.value.protocol]);
  return { server: server.value, user, credential, access: fullAccess };
}

const remedyOf = (failure: Failed['failure']): string =>
  failure.kind === 'request-invalid' ? failure.errors.map(({ message }) => message).join(' ') : failure.kind;

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
