/**
 * Which addresses may be called by HTTPS?
 *
 * Pure. For whatever somebody else has named: a domain that is looked into, a provider, the receiver of webhooks. Ask when it is named, so
 * that it is refused there, and `guardedFetch` asks again when it is called.
 */
import type { TargetRefusal } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { canonicalHost, isLoopback, isPublicHost } from '../core/public-host.ts';

/**
 * Null for what is no absolute URL of the web as it is written. The URL parser would leave out line breaks and take a backslash for a
 * slash, and so mean another address than whoever reads it.
 */
export function parsedTarget(text: string): URL | null {
  if (text.length > limits.urlBytes || /[\p{Cc}\p{White_Space}\\]/u.test(text)) return null;
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return null;
  return new URL(text);
}

/** Says why `url` may not be called, or null when it may. In development loopback is free: any port, cleartext. */
export function targetRefusalOf(url: URL, development: boolean): TargetRefusal | null {
  const host = canonicalHost(url.hostname);
  if (host === null) return 'address';
  // They would be in logs, and are read as the host by who looks quickly: https://bank.example@elsewhere.example.
  if (url.username !== '' || url.password !== '') return 'credentials';
  if (development && isLoopback(host)) return null;
  if (url.protocol !== 'https:') return 'cleartext';
  if (!isPublicHost(host)) return 'address';
  return url.port === '' ? null : 'port';
}
