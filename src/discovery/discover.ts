/**
 * Which servers has the mail of this address, as far as anybody knows?
 *
 * No clock and no socket: how to ask the web, the DNS and a mail server is passed in.
 */
import { type Candidates, candidatesOf, type Findings, rankOf } from './candidates.ts';
import { type Probe, tryCommonNames } from './common-names.ts';
import type { Provider } from './provider.ts';
import type { Settings } from './settings-documents.ts';
import { askSources, type Directories } from './sources.ts';

export type World = Settings & Directories & { readonly probe: Probe };

export interface Discovered {
  readonly findings: Findings;
  readonly candidates: Candidates;
  /** Whose mail it is; null where that is nobody whom the table knows. */
  readonly provider: Provider | null;
}

export async function discover(world: World): Promise<Discovered> {
  const findings = await askSources(world, world);
  const candidates = candidatesIn(findings, world);
  const provider = providerIn(findings, candidates);
  if (provider !== null || isAnySure(candidates)) return { findings, candidates, provider };
  const protocols = (['imap', 'pop3'] as const).filter((protocol) => !findings.srv.absent.includes(protocol));
  const tried = await tryCommonNames(protocols, world.address, world.probe, world.refusalOf);
  const all = { ...findings, 'common-names': tried };
  return { findings: all, candidates: candidatesIn(all, world), provider };
}

const candidatesIn = (findings: Findings, { address }: World): Candidates => ({
  imap: candidatesOf('imap', findings, address),
  pop3: candidatesOf('pop3', findings, address),
});

const isAnySure = ({ imap, pop3 }: Candidates): boolean =>
  [...imap, ...pop3].some(({ confidence }) => confidence !== 'low');

/** By its exchangers a domain belongs to a provider only if nothing that is believed more leads elsewhere. */
function providerIn(findings: Findings, { imap, pop3 }: Candidates): Provider | null {
  const { provider: ofDomain } = findings['known-provider'];
  const { provider: ofExchangers } = findings.mx;
  if (ofDomain !== null || ofExchangers === null) return ofDomain;
  const [best] = [...imap.slice(0, 1), ...pop3.slice(0, 1)].toSorted((one, other) => rankOf(one) - rankOf(other));
  return best === undefined || best.provider === ofExchangers.id ? ofExchangers : null;
}
