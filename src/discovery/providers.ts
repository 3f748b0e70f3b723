/**
 * Which provider has this mail?
 *
 * By the domain of an address, or by the name of a mail exchanger. Names are compared label by label: neither notgmail.com nor
 * gmail.com.example.net is Gmail.
 */
import type { Provider } from './provider.ts';
import { eastern } from './providers-eastern.ts';
import { european } from './providers-european.ts';
import { german } from './providers-german.ts';
import { hosting } from './providers-hosting.ts';
import { large } from './providers-large.ts';
import { overseas } from './providers-overseas.ts';
import { worldwide } from './providers-worldwide.ts';

export const providers: readonly Provider[] = [
  ...large,
  ...worldwide,
  ...german,
  ...european,
  ...eastern,
  ...overseas,
  ...hosting,
];

/** As a name is compared: in lower case, without the dot of the root. */
const spelled = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/** The name and each name that it is below of, the longest first. */
function lineOf(name: string): string[] {
  const labels = spelled(name).split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}

const star = '*.';
const byName = (namesOf: (provider: Provider) => readonly string[]): ReadonlyMap<string, Provider> =>
  new Map(providers.flatMap((provider) => namesOf(provider).map((name) => [name, provider])));

const byDomain = byName(({ domains }) => domains.filter((domain) => !domain.startsWith(star)));
const byParent = byName(({ domains }) =>
  domains.filter((domain) => domain.startsWith(star)).map((domain) => domain.slice(star.length)),
);
const byMx = byName(({ mxSuffixes }) => mxSuffixes);

const firstOf = (names: readonly string[], table: ReadonlyMap<string, Provider>): Provider | null =>
  names.map((name) => table.get(name)).find((provider) => provider !== undefined) ?? null;

/** By what stands behind the @ of an address, in A-labels (RFC 5890) where it has others than ASCII. */
export function knownProviderOf(domain: string): Provider | null {
  const [whole = '', ...above] = lineOf(domain);
  return firstOf([whole], byDomain) ?? firstOf(above, byParent);
}

/** By the name of the mail exchanger (RFC 5321 §5.1), which the provider itself or one of its customers has named. */
export const providerOfMx = (host: string): Provider | null => firstOf(lineOf(host), byMx);
