/**
 * What is known of a sign-in while its user is away at the provider?
 *
 * Nothing is stored: all of it travels along, sealed. First in a ticket, from whoever may begin sign-ins to the browser; then in the
 * `state` of the authorization request, to the provider and back; and in the end in a code for the application that waits for it.
 */
import { z } from 'zod';
import { scopes } from '../core/access.ts';
import { type AuthorizationFailure, Failed } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { open, type Purpose, seal } from '../core/seal.ts';
import { keyringOf } from '../http/account-object.ts';

/** What is asked for. It was judged when the sign-in began, with the rights of whoever began it. */
const SignIn = z.strictObject({
  provider: z.string(),
  protocol: z.enum(['imap', 'pop3']),
  scopes: z.array(z.enum(scopes)),
  mailboxes: z.array(z.string()).optional(),
  expiresInSeconds: z.int().optional(),
  /** Whose mail it is meant to be. */
  user: z.string().optional(),
  application: z
    .strictObject({ returnTo: z.string(), codeChallenge: z.string(), state: z.string().optional() })
    .nullable(),
});
export type SignIn = z.output<typeof SignIn>;

const Away = z.strictObject({
  signIn: SignIn,
  /** Names the cookie that its browser has. */
  id: z.string(),
  /** A digest of what is in that cookie. */
  browser: z.string(),
  verifier: z.string(),
  redirectUri: z.string(),
});
/** On the way to the provider and back. */
export type Away = z.output<typeof Away>;

const Returned = z.strictObject({ signIn: SignIn, code: z.string(), verifier: z.string(), redirectUri: z.string() });
/** Back, with the provider's code, which the provider takes once. */
export type Returned = z.output<typeof Returned>;

export const ticketFor = (env: Env, signIn: SignIn): Promise<string> =>
  sealed(env, 'oauth2-ticket', limits.signInSeconds, signIn);
export const stateFor = (env: Env, away: Away): Promise<string> =>
  sealed(env, 'oauth2-state', limits.signInSeconds, away);
export const codeFor = (env: Env, returned: Returned): Promise<string> =>
  sealed(env, 'oauth2-code', limits.signInCodeSeconds, returned);

/** These fail with `authorization-failed`: `state-invalid` or `state-expired`. */
export const signInOf = (env: Env, ticket: string): Promise<SignIn> => opened(env, 'oauth2-ticket', SignIn, ticket);
export const awayOf = (env: Env, state: string): Promise<Away> => opened(env, 'oauth2-state', Away, state);
export const returnedOf = (env: Env, code: string): Promise<Returned> => opened(env, 'oauth2-code', Returned, code);

export const failedAs = (reason: AuthorizationFailure): Failed => new Failed({ kind: 'authorization-failed', reason });

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

function sealed(env: Env, purpose: Purpose, seconds: number, value: SignIn | Away | Returned): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(value));
  return seal(keyringOf(env), purpose, null, nowSeconds() + seconds, payload);
}

async function opened<S extends z.ZodType>(env: Env, purpose: Purpose, schema: S, token: string): Promise<z.output<S>> {
  const seal = await open(keyringOf(env), purpose, null, nowSeconds(), token);
  if (seal.kind !== 'opened') throw failedAs(`state-${seal.kind}`);
  const parsed = schema.safeParse(JSON.parse(new TextDecoder().decode(seal.payload)));
  // Of an older or a newer Postern, which was there some minutes ago.
  if (!parsed.success) throw failedAs('state-invalid');
  return parsed.data;
}
