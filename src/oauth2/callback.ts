/**
 * What becomes of a browser that comes back from a provider?
 *
 * Nothing is believed before the sealed state is open and the browser is the one that left. From then on an application that waits is
 * told how it ended, by a closed list of words (RFC 6749 §4.1.2.1) and never by the provider's.
 */
import type { Context } from 'hono';
import { anyone } from '../core/caller.ts';
import { Failed, type MailFailure, type Result } from '../core/failure.ts';
import type { Gateway } from '../http/context.ts';
import { AuthorizationServer } from './authorization-server.ts';
import { providerOf } from './begin.ts';
import { isSameBrowser, leadTo } from './browser.ts';
import { capsuleFrom } from './finish.ts';
import { capsulePage, pageHeaders } from './page.ts';
import { type Away, awayOf, codeFor, failedAs, type SignIn } from './sign-in.ts';

/** Fails with `authorization-failed` or `provider-unavailable`, or as a first capsule does. */
export async function answerCallback(c: Context<Gateway>, name: string, state: string): Promise<Response> {
  for (const [header, value] of Object.entries(pageHeaders)) c.header(header, value);
  const provider = providerOf(c, name);
  const away = await awayOf(c.env, state);
  // Each provider has a callback of its own, so that none can pass for another (mix-up, RFC 9700 §4.4).
  if (away.signIn.provider !== provider.name || !(await isSameBrowser(c, away))) throw failedAs('state-invalid');
  // No browser brings a key along. What the key allows of whoever began this is settled in the state (begin.ts).
  c.set('caller', anyone);
  const authorizationServer = new AuthorizationServer(provider, c.env.DEVELOPMENT === 'true');
  const code = await authorizationServer.codeIn(new URL(c.req.url).searchParams, state);
  const { application } = away.signIn;
  if (application === null) return capsuleAnswer(c, away, code);
  return leadTo(c, await returnAddress(c, away, application, code));
}

async function capsuleAnswer(c: Context<Gateway>, away: Away, code: Result<string>): Promise<Response> {
  if (!code.ok) throw new Failed(code.failure);
  const { signIn, verifier, redirectUri } = away;
  const capsule = await capsuleFrom(c, { signIn, code: code.value, verifier, redirectUri });
  return wantsJson(c) ? c.json(capsule) : c.html(capsulePage(capsule));
}

const wantsJson = (c: Context<Gateway>): boolean => /^application\/json\b/i.test(c.req.header('Accept') ?? '');

/** Where the browser goes. What may be a mix-up goes nowhere. */
async function returnAddress(
  c: Context<Gateway>,
  { signIn, verifier, redirectUri }: Away,
  { returnTo, state }: Application,
  code: Result<string>,
): Promise<URL> {
  if (!code.ok && isForged(code.failure)) throw new Failed(code.failure);
  const url = new URL(returnTo);
  if (code.ok) url.searchParams.set('code', await codeFor(c.env, { signIn, code: code.value, verifier, redirectUri }));
  else url.searchParams.set('error', errorOf(code.failure));
  if (state !== undefined) url.searchParams.set('state', state);
  return url;
}

type Application = NonNullable<SignIn['application']>;

const isForged = (failure: MailFailure): boolean =>
  failure.kind === 'authorization-failed' && failure.reason === 'state-invalid';

function errorOf(failure: MailFailure): 'access_denied' | 'temporarily_unavailable' | 'server_error' {
  if (failure.kind === 'authorization-failed' && failure.reason === 'denied') return 'access_denied';
  return failure.kind === 'provider-unavailable' ? 'temporarily_unavailable' : 'server_error';
}
