/**
 * The web and the DNS as far as providers have published what is there (test/discovery/published).
 */
import { type Zone, zones } from '../discovery/published/dns.ts';
import { ispEntries } from '../discovery/published/isp-database.ts';
import { dns, ispDatabase } from './replayed-world.ts';
import type { Page } from './scripted-web.ts';
import { dnsAnswer, settingsDocument } from './settings-document.ts';

export function publishedAt(url: URL): Page | undefined {
  if (url.href.startsWith(ispDatabase)) return ispPage(url.href.slice(ispDatabase.length));
  return url.href.startsWith(dns) ? dnsPage(url, zones) : undefined;
}

function ispPage(domain: string): Page | undefined {
  const entry = ispEntries.find(({ domains }) => domains.includes(domain));
  if (entry === undefined) return undefined;
  const rest = entry.issuer === undefined ? '' : `<oAuth2><issuer>${entry.issuer}</issuer></oAuth2>`;
  return { body: settingsDocument(entry.servers, rest) };
}

/** An answer of the DNS; no such name where the zones have none. */
export function dnsPage(url: URL, zones: Readonly<Record<string, Zone>>, options = {}): Page {
  const name = url.searchParams.get('name') ?? '';
  if (url.searchParams.get('type') === 'MX') return recordsPage('MX', zones[name]?.mx, options);
  const [, service = '', domain = ''] = /^(_\w+\._tcp)\.(.*)$/.exec(name) ?? [];
  return recordsPage('SRV', zones[domain]?.srv?.[service], options);
}

const recordsPage = (type: 'MX' | 'SRV', data: readonly string[] | undefined, options: object): Page => ({
  body: data === undefined ? dnsAnswer(type, [], { status: 3 }) : dnsAnswer(type, data, options),
});
