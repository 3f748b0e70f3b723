/**
 * What are mail servers called where nobody says what they are called?
 *
 * Tried only when no source is sure, and without a login: whether something of the protocol answers there, with a certificate for that
 * name. It costs a mail server nothing but a connection.
 */
import { isUsable, type Probed } from '../core/probed.ts';
import type { MailServer, Protocol } from '../core/server.ts';
import type { MailAddress } from './address.ts';
import { type Finding, finding, findingOf, judged, type Proposal, type RefusalOf } from './finding.ts';

/** Empty: the domain itself. The likeliest first. */
const names = { imap: ['imap', 'mail', ''], pop3: ['pop', 'pop3', 'mail', ''] } as const satisfies Readonly<
  Record<Protocol, readonly string[]>
>;

const ports = { imap: { tls: 993, starttls: 143 }, pop3: { tls: 995, starttls: 110 } } as const;

export type Probe = (servers: readonly MailServer[]) => Promise<readonly Probed[]>;

const serversOf = (protocol: Protocol, security: 'tls' | 'starttls', domain: string): readonly MailServer[] =>
  names[protocol].map((name) => ({
    protocol,
    host: name === '' ? domain : `${name}.${domain}`,
    port: ports[protocol][security],
    security,
  }));

/** TLS from the first byte for all, and STARTTLS for the protocols that have none of it. */
export async function tryCommonNames(
  protocols: readonly Protocol[],
  { domain }: MailAddress,
  probe: Probe,
  refusalOf: RefusalOf,
): Promise<Finding> {
  if (protocols.length === 0) return finding('not-asked');
  const tls = await usableOf(
    protocols.flatMap((protocol) => serversOf(protocol, 'tls', domain)),
    probe,
    refusalOf,
  );
  const without = protocols.filter((protocol) => !tls.some(({ server }) => server.protocol === protocol));
  const upgraded = await usableOf(
    without.flatMap((protocol) => serversOf(protocol, 'starttls', domain)),
    probe,
    refusalOf,
  );
  return findingOf({ proposals: [...tls, ...upgraded] });
}

async function usableOf(servers: readonly MailServer[], probe: Probe, refusalOf: RefusalOf): Promise<Proposal[]> {
  const { proposals } = judged(
    servers.map((server) => ({ server, user: null, authentication: [], oauth2: null, isSigned: null })),
    refusalOf,
  );
  if (proposals.length === 0) return [];
  const probed = await probe(proposals.map(({ server }) => server));
  return proposals.filter((_, index) => {
    const one = probed[index];
    return one !== undefined && isUsable(one);
  });
}
