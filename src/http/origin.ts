/**
 * Where do browsers, providers and receivers of webhooks find this Postern?
 *
 * Where the request came to, unless the operator says otherwise (OAUTH2_ORIGIN). It need not be defended against a forged Host: a
 * provider sends people to no redirect URI but those that the operator has registered with it, and the links in an event, which hold no
 * secret, go to the receiver of whoever has sent the Host.
 */
import { Failed } from '../core/failure.ts';

/** Fails with `misconfigured`. */
export function originOf(configured: string, requestUrl: string): string {
  if (configured === '') return new URL(requestUrl).origin;
  if (!/^https?:/.test(configured) || !URL.canParse(configured))
    throw new Failed({ kind: 'misconfigured', variable: 'OAUTH2_ORIGIN' });
  return new URL(configured).origin;
}
