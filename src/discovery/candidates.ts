/**
 * Which server is believed most?
 *
 * Pure. The same server from several sources is one candidate, as sure as the surest of them; docs/discovery.md has the reasons for the
 * order.
 */
import type { MailServer, Protocol } from '../core/server.ts';
import { isWithin, type MailAddress } from './address.ts';
import { type Authentication, type Finding, type Proposal, type SourceName, sourceNames, urlOf } from './finding.ts';

/**
 * `high`: the domain itself says so where nobody else could, or it is a well-known provider. `medium`: somebody on the way could have
 * said so, or it follows from where the domain's mail is taken in. `low`: it may be somebody else's server, or is merely there.
 */
export const confidences = ['high', 'medium', 'low'] as const;
export type Confidence = (typeof confidences)[number];

export interface Candidate {
  readonly server: MailServer;
  /** What to log in with, the likeliest first: more than one when no source says. */
  readonly users: readonly string[];
  /** The one that is believed most first. */
  readonly sources: readonly SourceName[];
  readonly confidence: Confidence;
  readonly isOutsideDomain: boolean;
  readonly authentication: readonly Authentication[];
  readonly oauth2: string | null;
  /** Of the table that is shipped: whose server it is. */
  readonly provider: string | null;
}

export type Candidates = { readonly [protocol in Protocol]: readonly Candidate[] };

export type Findings = { readonly [name in SourceName]: Finding };

const sure: Readonly<Record<SourceName, Confidence>> = {
  autoconfig: 'high',
  'well-known': 'high',
  'known-provider': 'high',
  'isp-database': 'high',
  srv: 'medium',
  mx: 'medium',
  'isp-database-mx': 'medium',
  'common-names': 'low',
};

/** RFC 6186 §6: without DNSSEC, a target outside of the domain may be anybody's. */
function confidenceOf({ isSigned }: Proposal, source: SourceName, isOutside: boolean): Confidence {
  if (source !== 'srv') return sure[source];
  if (isSigned === true) return 'high';
  return isOutside ? 'low' : 'medium';
}

interface Told extends Proposal {
  readonly source: SourceName;
  readonly confidence: Confidence;
  readonly provider: string | null;
}

/** Of one protocol, the best first. */
export function candidatesOf(protocol: Protocol, findings: Findings, address: MailAddress): readonly Candidate[] {
  const told = sourceNames
    .flatMap((source) => toldBy(source, findings[source], address))
    .filter(({ server }) => server.protocol === protocol);
  const byServer = new Map<string, readonly Told[]>();
  for (const one of told) {
    const key = urlOf(one.server);
    byServer.set(key, [...(byServer.get(key) ?? []), one]);
  }
  const candidates = [...byServer.values()].flatMap((same) => candidateOf(same, address) ?? []);
  return candidates.toSorted(
    (one, other) => rankOf(one) - rankOf(other) || Number(isUpgraded(one)) - Number(isUpgraded(other)),
  );
}

const toldBy = (source: SourceName, { proposals, provider }: Finding, { domain }: MailAddress): readonly Told[] =>
  proposals.map((proposal) => ({
    ...proposal,
    source,
    confidence: confidenceOf(proposal, source, !isWithin(proposal.server.host, domain)),
    provider: provider?.id ?? null,
  }));

function candidateOf(told: readonly Told[], { address, localPart, domain }: MailAddress): Candidate | null {
  const [first] = told;
  if (first === undefined) return null;
  const user = told.find((one) => one.user !== null)?.user ?? null;
  return {
    server: first.server,
    // RFC 6186 §4: the whole address, and what stands before the @ if that is refused.
    users: user === null ? [address, localPart] : [user],
    sources: [...new Set(told.map(({ source }) => source))],
    confidence: confidences.find((confidence) => told.some((one) => one.confidence === confidence)) ?? 'low',
    isOutsideDomain: !isWithin(first.server.host, domain),
    authentication: told.find((one) => one.authentication.length > 0)?.authentication ?? [],
    oauth2: told.find((one) => one.oauth2 !== null)?.oauth2 ?? null,
    provider: told.find((one) => one.provider !== null)?.provider ?? null,
  };
}

/** By how sure it is, and then by who says so. */
export function rankOf({ confidence, sources: [first = 'common-names'] }: Candidate): number {
  return confidences.indexOf(confidence) * sourceNames.length + sourceNames.indexOf(first);
}

/** RFC 8314 §3: TLS from the first byte is preferred. */
const isUpgraded = ({ server }: Candidate): boolean => server.security !== 'tls';
