/**
 * What does the table that is shipped propose?
 */
import { parseMailServer } from '../core/server.ts';
import type { MailAddress } from './address.ts';
import {
  type Authentication,
  type Finding,
  finding,
  findingOf,
  judged,
  type Proposal,
  type RefusalOf,
} from './finding.ts';
import type { Provider } from './provider.ts';
import { knownProviderOf } from './providers.ts';

export function findingOfDomain(address: MailAddress, refusalOf: RefusalOf): Finding {
  const provider = knownProviderOf(address.domain);
  return provider === null ? finding('nothing') : findingOf(proposalsOf(provider, address, refusalOf));
}

const authenticationOf = ({ oauth2, takesPassword }: Provider): readonly Authentication[] => [
  ...(oauth2 === null ? [] : (['oauth2'] as const)),
  ...(takesPassword ? (['password'] as const) : []),
];

export function proposalsOf(provider: Provider, address: MailAddress, refusalOf: RefusalOf): Partial<Finding> {
  const servers = [...(provider.imap ?? []), ...(provider.pop3 ?? [])].flatMap((url) => {
    const server = parseMailServer(url);
    return server.ok ? [server.value] : [];
  });
  const proposals = servers.map(
    (server): Proposal => ({
      server,
      user: provider.user === 'address' ? address.address : address.localPart,
      authentication: authenticationOf(provider),
      oauth2: provider.oauth2,
      isSigned: null,
    }),
  );
  return { ...judged(proposals, refusalOf), provider };
}
