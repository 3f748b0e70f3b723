/**
 * What do all that may know the servers of an address come to?
 *
 * All at once, under one deadline. What was not there by then is told as such, and what is switched off as well.
 */
import type { Findings } from './candidates.ts';
import { type Finding, finding, type Outcome, type SourceName, sourceNames } from './finding.ts';
import { findingOfDomain } from './known-provider.ts';
import { domainsOfExchanger, findingOfExchangers, type MailExchangers, mailExchangersOf } from './mx.ts';
import { askAutoconfig, askIspDatabase, askWellKnown, type Settings } from './settings-documents.ts';
import { askSrv } from './srv.ts';

export interface Directories {
  /** Where to ask the DNS, and Thunderbird's database; null when the operator wants neither asked. */
  readonly dnsOverHttps: string | null;
  readonly ispDatabase: string | null;
}

/** `common-names` is not among them: it is for when they know nothing. */
export async function askSources(settings: Settings, directories: Directories): Promise<Findings> {
  const { address, refusalOf } = settings;
  const { dnsOverHttps, ispDatabase } = directories;
  const resolver = dnsOverHttps === null ? null : { ...settings, dnsOverHttps };
  const exchangers = resolver === null ? null : mailExchangersOf(address.domain, resolver);
  const asked: Readonly<Record<SourceName, Promise<Finding> | null>> = {
    autoconfig: askAutoconfig(settings),
    'well-known': askWellKnown(settings),
    'known-provider': Promise.resolve(findingOfDomain(address, refusalOf)),
    'isp-database': ispDatabase === null ? null : askIspDatabase(ispDatabase, address.domain, settings),
    srv: resolver === null ? null : askSrv(address.domain, resolver, refusalOf),
    mx: exchangers?.then((told) => findingOfExchangers(told, address, refusalOf)) ?? null,
    'isp-database-mx':
      ispDatabase === null || exchangers === null ? null : askByExchanger(ispDatabase, exchangers, settings),
    'common-names': null,
  };
  const settled = sourceNames.map(async (name): Promise<readonly [SourceName, Finding]> => {
    const work = asked[name];
    return [name, work === null ? finding('not-asked') : await work];
  });
  return findingsOf(new Map(await Promise.all(settled)));
}

const findingsOf = (found: ReadonlyMap<SourceName, Finding>): Findings => {
  const of = (name: SourceName): Finding => found.get(name) ?? finding('not-asked');
  return {
    autoconfig: of('autoconfig'),
    'well-known': of('well-known'),
    'known-provider': of('known-provider'),
    'isp-database': of('isp-database'),
    srv: of('srv'),
    mx: of('mx'),
    'isp-database-mx': of('isp-database-mx'),
    'common-names': of('common-names'),
  };
};

/** By the domains of the exchanger that is preferred: the longest that the database knows. */
async function askByExchanger(base: string, exchangers: Promise<MailExchangers>, settings: Settings): Promise<Finding> {
  const { outcome, hosts } = await exchangers;
  if (outcome !== 'found') return finding(outcome);
  const domains = hosts.slice(0, 1).flatMap((host) => domainsOfExchanger(host, settings.address.domain));
  const found = await Promise.all(domains.map((domain) => askIspDatabase(base, domain, settings)));
  return found.find(({ outcome }) => outcome === 'found') ?? finding(worstOf(found.map(({ outcome }) => outcome)));
}

/** That none has anything is the last thing to be said. */
const worstOf = (outcomes: readonly Outcome[]): Outcome =>
  outcomes.find((outcome) => outcome !== 'nothing') ?? 'nothing';
