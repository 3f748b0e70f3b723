/**
 * Whose mail does a body name?
 *
 * By a capsule, or by server, user and credential, as the headers do elsewhere. What stands in a secret is told to nobody, not even
 * to whoever sent it; it is wrapped here, and nothing behind this line sees it bare but the connection that logs in.
 */
import { z } from '@hono/zod-openapi';
import { fullAccess } from '../core/access.ts';
import type { Account } from '../core/account.ts';
import { type Capsule, capsulePrefix } from '../core/capsule.ts';
import { err, Failed, type MailFailure, ok, type Result } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { Secret } from '../core/secret.ts';
import { type MailServer, parseMailServer } from '../core/server.ts';
import { capsuleOf } from './mail-account.ts';

/** Longer ones would be sent to the mail server as they are, octet for octet. */
const most = limits.credentialCharacters;
const mostRemedy = { message: `Give at most ${most} characters.` };

const secret = (description: string) =>
  z
    .string({ message: 'Give a text.' })
    .min(1, { message: 'Give one that is not empty.' })
    .max(most, mostRemedy)
    .optional()
    .openapi({ format: 'password', writeOnly: true, description });

/** The members of an account in a body; `judgeAccount` says which of them go together. */
export const accountFields = (exampleServer: string) => ({
  token: secret('A capsule of this account. Either this, or `server`, `user` and a credential.'),
  server: z
    .string({ message: `Give a URL such as ${exampleServer}.` })
    .optional()
    .describe('The mail server as a URL, as in `Mail-Server`.')
    .openapi({ example: exampleServer }),
  user: z
    .string({ message: 'Say whose mail it is.' })
    .min(1, { message: 'Say whose mail it is.' })
    .max(most, mostRemedy)
    .optional()
    .describe('As the mail server knows the user.'),
  password: secret('The password, or an app password. Either this or `accessToken`.'),
  accessToken: secret('An OAuth 2.0 access token (SASL OAUTHBEARER or XOAUTH2).'),
});

type Member = 'token' | 'server' | 'user' | 'password' | 'accessToken';
export type AccountFields = { readonly [M in Member]?: string | undefined };

const besideToken = ['server', 'user', 'password', 'accessToken'] as const;

/** For `superRefine`: the request says either a capsule or all of the rest, and nothing that could not be sent to a mail server. */
export function judgeAccount(fields: AccountFields, context: z.RefinementCtx): void {
  const refuse = (field: Member, message: string): void => context.addIssue({ code: 'custom', path: [field], message });
  if (fields.token === undefined) judgeProof(fields, refuse);
  else judgeToken(fields, refuse);
}

type Refuse = (field: Member, message: string) => void;

function judgeToken(fields: AccountFields, refuse: Refuse): void {
  for (const member of besideToken) {
    if (fields[member] !== undefined) refuse(member, 'Leave it out: the capsule says whose mail it is, and where.');
  }
}

function judgeProof({ server, user, password, accessToken }: AccountFields, refuse: Refuse): void {
  if (server === undefined) refuse('server', 'Give the mail server as a URL, or a `token` instead of all this.');
  if (user === undefined) refuse('user', 'Say whose mail it is.');
  if (password === undefined && accessToken === undefined) refuse('password', 'Give a `password` or an `accessToken`.');
  if (password !== undefined && accessToken !== undefined) refuse('accessToken', 'Give this or `password`, not both.');
  // A line break would end the login command and begin another one; SASL separates its fields by control characters.
  const isBreak = (text = ''): boolean => (accessToken === undefined ? /[\r\n\0]/ : /\p{Cc}/u).test(text);
  if (isBreak(user)) refuse('user', 'Leave control characters out.');
  if (isBreak(password)) refuse('password', 'Leave CR, LF and NUL out.');
  if (isBreak(accessToken)) refuse('accessToken', 'Leave control characters out.');
  // It would be sent to the mail server, which may collect it.
  const isCapsule = (text = ''): boolean => text.startsWith(capsulePrefix);
  if (isCapsule(password)) refuse('password', 'Give a capsule as `token`, with nothing beside it.');
  if (isCapsule(accessToken)) refuse('accessToken', 'Give a capsule as `token`, with nothing beside it.');
}

/** An account, and the capsule that it came in if it did. */
export interface NamedAccount {
  readonly account: Account;
  readonly capsule: Capsule | null;
}

/** Of fields that were judged. Fails with `request-invalid`, about `server`, or as a capsule does. */
export async function accountNamedBy(env: Env, fields: AccountFields): Promise<Result<NamedAccount>> {
  if (fields.token !== undefined) return capsuleNamedBy(env, fields.token);
  const { user = '', password, accessToken = '' } = fields;
  const server = serverNamedBy(fields.server ?? '');
  if (!server.ok) return server;
  const credential =
    password === undefined
      ? { kind: 'access-token' as const, secret: new Secret(accessToken) }
      : { kind: 'password' as const, secret: new Secret(password) };
  return ok({ account: { server: server.value, user, credential, access: fullAccess }, capsule: null });
}

async function capsuleNamedBy(env: Env, token: string): Promise<Result<NamedAccount>> {
  try {
    const capsule = await capsuleOf(env, token);
    return ok({ account: capsule.account, capsule });
  } catch (error) {
    if (error instanceof Failed) return err(error.failure);
    throw error;
  }
}

function serverNamedBy(text: string): Result<MailServer> {
  const server = parseMailServer(text);
  return server.ok ? server : err(inBody(server.failure));
}

/** What is said of the header elsewhere is true of the member. */
const inBody = (failure: MailFailure): MailFailure =>
  failure.kind === 'request-invalid'
    ? { ...failure, errors: failure.errors.map(({ message }) => ({ in: 'body', field: 'server', message })) }
    : failure;
