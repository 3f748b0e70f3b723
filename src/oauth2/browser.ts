/**
 * Is it the browser in which the sign-in began?
 *
 * Else somebody could have a victim finish a sign-in that is not the victim's (login CSRF, RFC 9700 §4.7). The browser has a random
 * cookie for each sign-in, and the sealed state a digest of it.
 */
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { base64url } from 'jose';
import { limits } from '../core/limits.ts';
import type { Gateway } from '../http/context.ts';

/** `__Host-`: from this host alone, and by HTTPS alone (RFC 6265bis §4.1.3.2); browsers take localhost for as good. */
const cookieOf = (id: string): string => `__Host-postern-sign-in-${id}`;

/** Lax, since the browser comes back by a navigation that began elsewhere. */
const options = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' } as const;

export interface Browser {
  readonly id: string;
  readonly browser: string;
}

/** Several at a time, in as many tabs, do not get in each other's way. */
export async function markBrowser(c: Context<Gateway>): Promise<Browser> {
  const id = random(6);
  const nonce = random(32);
  setCookie(c, cookieOf(id), nonce, { ...options, maxAge: limits.signInSeconds });
  return { id, browser: await digestOf(nonce) };
}

/** Once: the mark is gone afterwards. */
export async function isSameBrowser(c: Context<Gateway>, { id, browser }: Browser): Promise<boolean> {
  const nonce = getCookie(c, cookieOf(id));
  if (nonce === undefined || (await digestOf(nonce)) !== browser) return false;
  deleteCookie(c, cookieOf(id), options);
  return true;
}

/** As base64url; 32 of them make a code verifier (RFC 7636 §4.1). */
export const random = (bytes: number): string => base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)));

/** SHA-256, as base64url; of a code verifier it is its challenge (RFC 7636 §4.2). */
export const digestOf = async (text: string): Promise<string> =>
  base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));

/** To somewhere else, which is not told from where: this address may hold what is nobody's business there. */
export function leadTo(c: Context<Gateway>, url: URL): Response {
  c.header('Cache-Control', 'no-store');
  c.header('Referrer-Policy', 'no-referrer');
  return c.redirect(url.href, 302);
}
