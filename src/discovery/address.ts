/**
 * What does an address of mail consist of?
 *
 * Nothing is asked for here. What comes of it goes into names that are looked up, URLs and logins, so it holds nothing that would
 * mean more there than itself.
 */
import { canonicalHost } from '../core/public-host.ts';

export interface MailAddress {
  /** As it was sent. */
  readonly address: string;
  readonly localPart: string;
  /** In lower case, and in A-labels (RFC 5890). */
  readonly domain: string;
}

/** RFC 5321 §4.5.3.1: octets of a path without its brackets, and of what stands before the @. */
const addressBytes = 254;
const localPartBytes = 64;
/** RFC 1035 §2.3.4 */
const domainBytes = 253;
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Null for what is no address of a domain with a name: `ada`, `ada@localhost`, `ada@[192.0.2.1]`. */
export function mailAddressOf(text: string): MailAddress | null {
  const at = text.lastIndexOf('@');
  const [localPart, name] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || bytesOf(text) > addressBytes || bytesOf(localPart) > localPartBytes) return null;
  if (/[\p{Cc}\p{Cf}\p{Zs}]/u.test(text) || !text.isWellFormed()) return null;
  const domain = domainOf(name);
  return domain === null ? null : { address: text, localPart, domain };
}

function domainOf(name: string): string | null {
  // The URL parser would take these for the end of the host.
  if (/[/?#:\\@[\]%]/.test(name)) return null;
  const domain = canonicalHost(name);
  if (domain === null || domain.length > domainBytes) return null;
  const labels = domain.split('.');
  // No name of the top is a number (RFC 3696 §2); what ends in one is an address of IPv4.
  const isName = labels.length > 1 && labels.every((one) => label.test(one)) && !/^\d+$/.test(labels.at(-1) ?? '');
  return isName ? domain : null;
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** Whether `host` is the domain itself or below it. */
export const isWithin = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`);
