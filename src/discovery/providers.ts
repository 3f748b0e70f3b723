/**
 * Which provider has this mail?
 *
 * By the domain of an address, or by the name of a mail exchanger. Names are compared label by label: neither notgmail.com nor
 * gmail.com.example.net is Gmail.
 */
import type { Provider } from './provider.ts';
import { worldwide } from './providers-worldwide.ts';

export const providers: readonly Provider[] = [...worldwide];

/** As a name is compared: in lower case, without the dot of the root. */
const spelled = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/** `name` and each name that it is below of, the longest first. */
function lineOf(name: string): string[] {
  const labels = spelled(name).split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}

const byDomain = new Map(providers.flatMap((provider) => provider.domains.map((domain) => [domain, provider])));
const byMx = new Map(providers.flatMap((provider) => provider.mxSuffixes.map((suffix) => [suffix, provider])));

/** By what stands behind the @ of an address, in A-labels (RFC 5890) where it has others than ASCII. */
export function knownProviderOf(domain: string): Provider | null {
  const [whole = '', ...above] = lineOf(domain);
  const candidates = [whole, ...above.map((name) => `*.${name}`)];
  return candidates.map((name) => byDomain.get(name)).find((provider) => provider !== undefined) ?? null;
}

/** By the name of the mail exchanger (RFC 5321 §5.1), which the provider itself or one of its customers has named. */
export function providerOfMx(host: string): Provider | null {
  return (
    lineOf(host)
      .map((name) => byMx.get(name))
      .find((provider) => provider !== undefined) ?? null
  );
}
