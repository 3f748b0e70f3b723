/**
 * Does a host lead out into the public network, however it is spelled?
 *
 * One rule for whatever Postern calls: mail servers, providers, webhooks. Pure; the names that resolve to private addresses are refused by
 * the runtime, which does the resolving (docs/security.md).
 */
import ipaddr from 'ipaddr.js';

/**
 * One spelling for each host. The URL parser folds `0x7f.1`, `127.1`, `①②⑦.0.0.1` and the like into dotted form, but
 * only in the URLs of the web, not in `imaps:`; so the name takes a detour through one of those. Null for what is no host.
 */
export function canonicalHost(hostname: string): string | null {
  if (hostname === '' || !URL.canParse(`http://${hostname}/`)) return null;
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

/** Every range with a name of its own (private, link-local, mapped, 6to4, NAT64…) leads inwards or nowhere. */
function isGlobalUnicast(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  // Of IPv6 only 2000::/3 is given out (RFC 4291 §2.4); the library calls the rest unicast as well.
  const isGivenOut = !(address instanceof ipaddr.IPv6) || address.match(ipaddr.IPv6.parse('2000::'), 3);
  return isGivenOut && address.range() === 'unicast';
}

export function isPublicHost(host: string): boolean {
  const address = addressOf(host);
  if (address !== null) return isGlobalUnicast(address);
  return host.includes('.') && !/(^|\.)(localhost|local|internal|home\.arpa|onion)$/.test(host);
}
