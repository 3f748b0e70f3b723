/**
 * Which servers does a domain name by SRV? (RFC 6186, RFC 8314 §5.1)
 *
 * `_imaps._tcp` and `_pop3s._tcp` are TLS from the first byte, `_imap._tcp` and `_pop3._tcp` STARTTLS and STLS. A target of `.` says
 * that the domain does not offer it (RFC 6186 §3.4).
 */

import { limits } from '../core/limits.ts';
import { canonicalHost } from '../core/public-host.ts';
import type { MailServer, Protocol } from '../core/server.ts';
import { type Records, type Resolver, recordsOf } from './dns.ts';
import { type Finding, finding, findingOf, judged, type Proposal, type RefusalOf } from './finding.ts';

const services = [
  { name: '_imaps._tcp', protocol: 'imap', security: 'tls' },
  { name: '_imap._tcp', protocol: 'imap', security: 'starttls' },
  { name: '_pop3s._tcp', protocol: 'pop3', security: 'tls' },
  { name: '_pop3._tcp', protocol: 'pop3', security: 'starttls' },
] as const satisfies readonly (Pick<MailServer, 'protocol' | 'security'> & { readonly name: string })[];

type Service = (typeof services)[number];

interface Target {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly host: string;
}

export async function askSrv(domain: string, resolver: Resolver, refusalOf: RefusalOf): Promise<Finding> {
  const told = await Promise.all(
    services.map(async (service) => ({
      service,
      records: await recordsOf(`${service.name}.${domain}`, 'SRV', resolver),
    })),
  );
  const failed = told.find(({ records }) => records.outcome !== 'found' && records.outcome !== 'nothing');
  const proposals = told.flatMap(({ service, records }) => proposalsIn(records, service));
  const absent = told.flatMap(({ service, records }) => (isNone(records) ? [service.protocol] : []));
  if (proposals.length === 0 && failed !== undefined) return finding(failed.records.outcome, { absent: [] });
  const found = judged(proposals.slice(0, limits.settingsServers), refusalOf);
  return findingOf({ ...found, absent: absentOnly(absent, found.proposals), isComplete: failed === undefined });
}

const isNone = ({ data }: Records): boolean => data.length > 0 && data.every((text) => targetIn(text)?.host === '');

/** A domain may say that it has no STARTTLS, and have TLS from the first byte. */
const absentOnly = (absent: readonly Protocol[], proposals: readonly Proposal[]): readonly Protocol[] =>
  [...new Set(absent)].filter((protocol) => !proposals.some(({ server }) => server.protocol === protocol));

/**
 * RFC 2782: by priority. Among equals the heavier first: which of them is dialled is not drawn by lot here, since somebody chooses
 * from what is told.
 */
function proposalsIn({ data, isSigned }: Records, { protocol, security }: Service): Proposal[] {
  const targets = data.flatMap((text) => targetIn(text) ?? []).filter(({ host }) => host !== '');
  targets.sort((one, other) => one.priority - other.priority || other.weight - one.weight);
  return targets.map(({ host, port }) => ({
    server: { protocol, host, port, security },
    user: null,
    authentication: [],
    oauth2: null,
    isSigned,
  }));
}

/** `10 5 993 imap.example.com.`; an empty host is none. */
function targetIn(text: string): Target | null {
  const [, priority, weight, port, name = ''] = /^(\d{1,5}) (\d{1,5}) (\d{1,5}) (\S+)$/.exec(text) ?? [];
  if (name === '.') return { priority: 0, weight: 0, port: 0, host: '' };
  const host = /^[\w.-]+$/.test(name) ? canonicalHost(name) : null;
  if (host === null) return null;
  return { priority: Number(priority), weight: Number(weight), port: Number(port), host };
}
