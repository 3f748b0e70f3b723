/**
 * Which mail server is meant, and may it be dialled?
 *
 * `Mail-Server` is a URL: `imaps://host[:993]`, `imap://host[:143]` (STARTTLS), `pop3s://host[:995]`,
 * `pop3://host[:110]` (STLS). Pure rules; the names that resolve to private addresses are refused by the runtime, which
 * does the resolving (docs/security.md).
 */
import { err, ok, type Result, type ServerRefusal } from './failure.ts';
import { canonicalHost, isLoopback, isPublicHost } from './public-host.ts';

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
  // The URL parser would leave out line breaks, and so mean another host than whoever reads it.
  if (/[\p{Cc}\p{White_Space}\\]/u.test(header) || !URL.canParse(header)) return invalid(mailServerRemedy);
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

const publicPorts: Readonly<Record<Protocol, readonly number[]>> = { imap: [143, 993], pop3: [110, 995] };

/** Says why `server` may not be dialled, or null when it may. In development loopback is free: any port, cleartext. */
export function refusalOf(server: MailServer, development: boolean): ServerRefusal | null {
  if (development && isLoopback(server.host)) return null;
  if (!isPublicHost(server.host)) return 'address';
  if (!publicPorts[server.protocol].includes(server.port)) return 'port';
  if (server.security === 'none') return 'cleartext';
  return null;
}
