/**
 * How does Postern call anything by HTTPS: providers, documents of settings, webhooks?
 *
 * The only place that calls `fetch()`. Whatever asks for it, it goes through the egress rule first, and no redirection is
 * followed: it would lead around that rule.
 */
import { Failed, type TargetRefusal } from '../core/failure.ts';
import { canonicalHost, isLoopback, isPublicHost } from '../core/public-host.ts';

/** Says why `url` may not be called, or null when it may. In development loopback is free: any port, cleartext. */
export function targetRefusalOf(url: URL, development: boolean): TargetRefusal | null {
  const host = canonicalHost(url.hostname);
  if (host === null) return 'address';
  if (development && isLoopback(host)) return null;
  if (url.protocol !== 'https:') return 'cleartext';
  if (!isPublicHost(host)) return 'address';
  return url.port === '' ? null : 'port';
}

export type GuardedFetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** `fetch` that throws `target-forbidden` before anything leaves the machine, and answers a redirection as it came. */
export const guardedFetch =
  (development: boolean): GuardedFetch =>
  async (url, init) => {
    const target = new URL(url);
    const reason = targetRefusalOf(target, development);
    if (reason !== null) throw new Failed({ kind: 'target-forbidden', reason });
    return fetch(target, { ...init, redirect: 'manual' });
  };
