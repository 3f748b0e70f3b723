/**
 * Which mail server is meant, and may it be dialled?
 *
 * `Mail-Server` is a URL: `imaps://host[:993]`, `imap://host[:143]` (STARTTLS), `pop3s://host[:995]`,
 * `pop3://host[:110]` (STLS). Pure rules; the names that resolve to private addresses are refused by the runtime, which
 * does the resolving (docs/security.md).
 */
import ipaddr from 'ipaddr.js';
import { err, ok, type Result, type ServerRefusal } from './failure.ts';

export type Protocol = 'imap' | 'pop3';

export interface MailServer {
  readonly protocol: Protocol;
  /** As a URL spells it: in lower case, an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte, `starttls` before the login, or `none`: cleartext, in development alone. */
  readonly security: 'tls' | 'starttls' | 'none';
}

const schemes: Readonly<Record<string, Pick<MailServer, 'protocol' | 'port' | 'security'>>> = {
  'imaps:': { protocol: 'imap', port: 993, security: 'tls' },
  'imap:': { protocol: 'imap', port: 143, security: 'starttls' },
  'pop3s:': { protocol: 'pop3', port: 995, security: 'tls' },
  'pop3:': { protocol: 'pop3', port: 110, security: 'starttls' },
};

export const mailServerRemedy =
  'Give a URL such as imaps://imap.example.com or pop3s://pop.example.com: one of the schemes imaps, imap, pop3s and pop3, a host, and a port if it is not the usual one.';

const invalid = (message: string): Result<never> =>
  err({ kind: 'request-invalid', errors: [{ in: 'header', field: 'Mail-Server', message }] });

/** Reads the `Mail-Server` header. Fails with `request-invalid`, naming the header and the remedy. */
export function parseMailServer(header: string): Result<MailServer> {
  if (!URL.canParse(header)) return invalid(mailServerRemedy);
  const url = new URL(header);
  const scheme = schemes[url.protocol];
  if (scheme === undefined) return invalid(mailServerRemedy);
  if (url.username !== '' || url.password !== '') {
    return invalid('Leave user and password out of the URL; they have a place of their own.');
  }
  if ((url.pathname !== '' && url.pathname !== '/') || url.hash !== '') return invalid(mailServerRemedy);
  const host = canonicalHost(url.hostname);
  if (host === null) return invalid(mailServerRemedy);
  const cleartext = url.searchParams.get('security') === 'none';
  const known = url.search === '' || (cleartext && url.searchParams.size === 1);
  if (!known || (cleartext && scheme.security === 'tls')) {
    return invalid('The only option is security=none, on imap:// and pop3:// alone.');
  }
  return ok({
    protocol: scheme.protocol,
    host,
    port: url.port === '' ? scheme.port : Number(url.port),
    security: cleartext ? 'none' : scheme.security,
  });
}

/**
 * One spelling for each host. The URL parser folds `0x7f.1`, `127.1`, `①②⑦.0.0.1` and the like into dotted form, but
 * only in the URLs of the web, not in `imaps:`; so the name takes a detour through one of those.
 */
function canonicalHost(hostname: string): string | null {
  if (hostname === '' || !URL.canParse(`http://${hostname}/`)) return null;
  const host = new URL(`http://${hostname}/`).hostname;
  // Behind a dot at its end even an address is taken for a name; without the dot the parser looks again.
  return host.endsWith('.') ? canonicalHost(host.slice(0, -1)) : host;
}

const publicPorts: Readonly<Record<Protocol, readonly number[]>> = { imap: [143, 993], pop3: [110, 995] };

/** Says why `server` may not be dialled, or null when it may. In development loopback is free: any port, cleartext. */
export function refusalOf(server: MailServer, development: boolean): ServerRefusal | null {
  if (development && isLoopback(server.host)) return null;
  if (!isPublicHost(server.host)) return 'address';
  if (!publicPorts[server.protocol].includes(server.port)) return 'port';
  if (server.security === 'none') return 'cleartext';
  return null;
}

const addressOf = (host: string): ipaddr.IPv4 | ipaddr.IPv6 | null => {
  const bare = host.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) ? ipaddr.parse(bare) : null;
};

function isLoopback(host: string): boolean {
  return host === 'localhost' || addressOf(host)?.range() === 'loopback';
}

/** Every range with a name of its own (private, link-local, mapped, 6to4, NAT64…) leads inwards or nowhere. */
function isGlobalUnicast(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  // Of IPv6 only 2000::/3 is given out (RFC 4291 §2.4); the library calls the rest unicast as well.
  const isGivenOut = !(address instanceof ipaddr.IPv6) || address.match(ipaddr.IPv6.parse('2000::'), 3);
  return isGivenOut && address.range() === 'unicast';
}

function isPublicHost(host: string): boolean {
  const address = addressOf(host);
  if (address !== null) return isGlobalUnicast(address);
  return host.includes('.') && !/(^|\.)(localhost|local|internal|home\.arpa|onion)$/.test(host);
}
