/**
 * Who takes in the mail of a domain? (MX, RFC 5321 §5.1)
 *
 * That says nothing of where it is read, unless it is a provider whose servers are known.
 */

import { limits } from '../core/limits.ts';
import { canonicalHost } from '../core/public-host.ts';
import type { MailAddress } from './address.ts';
import { type Resolver, recordsOf } from './dns.ts';
import { type Finding, finding, findingOf, type Outcome, type RefusalOf } from './finding.ts';
import { proposalsOf } from './known-provider.ts';
import { providerOfMx } from './providers.ts';

export interface MailExchangers {
  readonly outcome: Exclude<Outcome, 'not-asked'>;
  /** The preferred first. Empty: none is known, or the domain takes no mail (RFC 7505). */
  readonly hosts: readonly string[];
}

export async function mailExchangersOf(domain: string, resolver: Resolver): Promise<MailExchangers> {
  const { outcome, data } = await recordsOf(domain, 'MX', resolver);
  const read = data.flatMap((text) => {
    const [, preference, name = ''] = /^(\d{1,5}) ([\w.-]+)$/.exec(text) ?? [];
    const host = canonicalHost(name);
    return host === null ? [] : [{ preference: Number(preference), host }];
  });
  read.sort((one, other) => one.preference - other.preference);
  return { outcome, hosts: read.map(({ host }) => host).slice(0, limits.mailExchangers) };
}

/** What is known of whoever they belong to. */
export function findingOfExchangers(
  { outcome, hosts }: MailExchangers,
  address: MailAddress,
  refusalOf: RefusalOf,
): Finding {
  if (outcome !== 'found') return finding(outcome);
  const provider = hosts.map(providerOfMx).find((known) => known !== null) ?? null;
  return provider === null ? finding('nothing') : findingOf(proposalsOf(provider, address, refusalOf));
}

/**
 * The domains by which the host of a mail exchanger may be known elsewhere, the longest first: without its own label, and its last three
 * or two. How many of those belong to a registry nobody can tell by counting; to ask for `co.uk` finds nothing.
 */
export function domainsOfExchanger(host: string, domain: string): readonly string[] {
  const labels = host.split('.');
  const names = [labels.slice(1), labels.slice(-3), labels.slice(-2)].map((some) => some.join('.'));
  return [...new Set(names)].filter((name) => name.includes('.') && name !== host && name !== domain);
}
