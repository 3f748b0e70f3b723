/**
 * Whose mail does a body name?
 *
 * By a capsule, or by server, user and credential, as the headers do elsewhere. What stands in a secret is told to nobody, not even
 * to whoever sent it; it is wrapped here, and nothing behind this line sees it bare but the connection that logs in.
 */
import { z } from '@hono/zod-openapi';
import { fullAccess } from '../core/access.ts';
import type { Account, Credential } from '../core/account.ts';
import { type Capsule, capsulePrefix } from '../core/capsule.ts';
import { err, Failed, type MailFailure, ok, type Result } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { Secret } from '../core/secret.ts';
import { type MailServer, parseMailServer } from '../core/server.ts';
import { capsuleOf } from './mail-account.ts';

/** Longer ones would be sent to the mail server as they are, octet for octet. */
const most = limits.credentialCharacters;
const mostRemedy = { message: `Give at most ${most} characters.` };

const secretText = (description: string) =>
  z
    .string({ message: 'Give a text.' })
    .min(1, { message: 'Give one that is not empty.' })
    .max(most, mostRemedy)
    .openapi({ format: 'password', writeOnly: true, description });

const secret = (description: string) => secretText(description).optional();

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
  password: secret('The password, or an app password. Either this, `accessToken` or `oauth2`.'),
  accessToken: secret('An OAuth 2.0 access token (SASL OAUTHBEARER or XOAUTH2).'),
  oauth2: z
    .strictObject({
      provider: z
        .string({ message: 'Name a provider that the operator has set up.' })
        .max(100, { message: 'Name a provider that the operator has set up.' })
        .openapi({ example: 'google' }),
      refreshToken: secretText('Given out to the client that the operator has with this provider.'),
    })
    .optional()
    .describe(
      'For who has had people sign in with the operator’s own client. Access tokens are fetched as they are needed, and shown to no server but the provider’s.',
    ),
});

type TextMember = 'token' | 'server' | 'user' | 'password' | 'accessToken';
type Member = TextMember | 'oauth2';
export type AccountFields = { readonly [M in TextMember]?: string | undefined } & {
  readonly oauth2?: { readonly provider: string; readonly refreshToken: string } | undefined;
};

const besideToken = ['server', 'user', 'password', 'accessToken', 'oauth2'] as const;

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

function judgeProof({ server, user, password, accessToken, oauth2 }: AccountFields, refuse: Refuse): void {
  if (server === undefined) refuse('server', 'Give the mail server as a URL, or a `token` instead of all this.');
  if (user === undefined) refuse('user', 'Say whose mail it is.');
  const given = (['password', 'accessToken', 'oauth2'] as const).filter(
    (member) => ({ password, accessToken, oauth2 })[member] !== undefined,
  );
  if (given.length === 0) refuse('password', 'Give a `password`, an `accessToken` or `oauth2`.');
  for (const member of given.slice(1)) refuse(member, `Give this or \`${given[0]}\`, not both.`);
  // A line break would end the login command and begin another one; SASL separates its fields by control characters.
  const isBreak = (text = ''): boolean => (password === undefined ? /\p{Cc}/u : /[\r\n\0]/).test(text);
  if (isBreak(user)) refuse('user', 'Leave control characters out.');
  if (isBreak(password)) refuse('password', 'Leave CR, LF and NUL out.');
  if (isBreak(accessToken)) refuse('accessToken', 'Leave control characters out.');
  if (isBreak(oauth2?.refreshToken)) refuse('oauth2', 'Leave control characters out.');
  // It would be sent to the mail server, or to the provider, which may collect it.
  const isCapsule = (text = ''): boolean => text.startsWith(capsulePrefix);
  if (isCapsule(password)) refuse('password', 'Give a capsule as `token`, with nothing beside it.');
  if (isCapsule(accessToken)) refuse('accessToken', 'Give a capsule as `token`, with nothing beside it.');
  if (isCapsule(oauth2?.refreshToken)) refuse('oauth2', 'Give a capsule as `token`, with nothing beside it.');
}

/** An account, and the capsule that it came in if it did. */
export interface NamedAccount {
  readonly account: Account;
  readonly capsule: Capsule | null;
}

/** Of fields that were judged. Fails with `request-invalid`, about `server`, or as a capsule does. */
export async function accountNamedBy(env: Env, fields: AccountFields): Promise<Result<NamedAccount>> {
  if (fields.token !== undefined) return capsuleNamedBy(env, fields.token);
  const server = serverNamedBy(fields.server ?? '');
  if (!server.ok) return server;
  const account = {
    server: server.value,
    user: fields.user ?? '',
    credential: credentialIn(fields),
    access: fullAccess,
  };
  return ok({ account, capsule: null });
}

function credentialIn({ password, accessToken = '', oauth2 }: AccountFields): Credential {
  if (password !== undefined) return { kind: 'password', secret: new Secret(password) };
  if (oauth2 === undefined) return { kind: 'access-token', secret: new Secret(accessToken) };
  return { kind: 'refresh-token', provider: oauth2.provider, secret: new Secret(oauth2.refreshToken) };
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
