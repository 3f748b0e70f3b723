/**
 * Does a host lead out into the public network, however it is spelled?
 *
 * One rule for whatever Postern calls: mail servers, providers, webhooks. Pure; the names that resolve to private addresses are refused by
 * the runtime, which does the resolving (docs/security.md).
 */
import ipaddr from 'ipaddr.js';
import { limits } from './limits.ts';

/** A host and nothing else: what the URL parser would take for a user, a port or a path, or leave out, is no part of one. */
const hostAlone = /^(?:\[[\da-f:.]+\]|[^\p{Cc}\p{White_Space}/\\?#@:[\]]+)$/iu;

/**
 * One spelling for each host. The URL parser folds `0x7f.1`, `127.1`, `①②⑦.0.0.1` and the like into dotted form, but
 * only in the URLs of the web, not in `imaps:`; so the name takes a detour through one of those. Null for what is no host, also
 * for what is longer than any: each dot at its end is another detour.
 */
export function canonicalHost(hostname: string): string | null {
  if (hostname.length > limits.hostChars) return null;
  if (!hostAlone.test(hostname) || !URL.canParse(`http://${hostname}/`)) return null;
  const host = new URL(`http://${hostname}/`).hostname;
  // Behind a dot at its end even an address is taken for a name; without the dot the parser looks again.
  return host.endsWith('.') ? canonicalHost(host.slice(0, -1)) : host;
}

const addressOf = (host: string): ipaddr.IPv4 | ipaddr.IPv6 | null => {
  const bare = host.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) ? ipaddr.parse(bare) : null;
};

export function isLoopback(host: string): boolean {
  return host === 'localhost' || addressOf(host)?.range() === 'loopback';
}

/** Of Azure's host, to every virtual machine there: public by its range, and no router outside knows it. */
const hostOfAzure = '168.63.129.16';

/** Every range with a name of its own (private, link-local, mapped, 6to4, NAT64…) leads inwards or nowhere. */
function isGlobalUnicast(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  // Of IPv6 only 2000::/3 is given out (RFC 4291 §2.4); the library calls the rest unicast as well.
  const isGivenOut = !(address instanceof ipaddr.IPv6) || address.match(ipaddr.IPv6.parse('2000::'), 3);
  return isGivenOut && address.range() === 'unicast' && address.toString() !== hostOfAzure;
}

/**
 * Ends of names that only a private network's own resolver knows: RFC 6761, 6762 (its appendix G too), 7686, 8375 and 9476, ICANN's
 * `internal`, and what routers, Docker and Kubernetes make of their own.
 */
const inwardNames =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|corp|home|lan|test|invalid|alt|onion|svc|home\.arpa)$/;

export function isPublicHost(host: string): boolean {
  const address = addressOf(host);
  if (address !== null) return isGlobalUnicast(address);
  // Without a dot it is a name of this network, whatever the search list of its resolver says.
  return host.includes('.') && !inwardNames.test(host);
}
