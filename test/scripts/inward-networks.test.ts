/**
 * Does plain workerd refuse, of what a name resolves to, all that is refused where it is written?
 */
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { workerdConfig } from '../../scripts/workers/config.ts';
import { inwardNetworks } from '../../scripts/workers/inward-networks.ts';
import { canonicalHost } from '../../src/core/public-host.ts';
import { inwardSpellings } from '../support/spellings.ts';

const isInward = (host: string): boolean => {
  const address = ipaddr.parse(host.replace(/^\[|\]$/g, ''));
  return inwardNetworks.some((network) => {
    const [base, bits] = ipaddr.parseCIDR(network);
    return base.kind() === address.kind() && address.match(base, bits);
  });
};

const addresses = new Set(
  inwardSpellings.flatMap(({ host }) => {
    const canonical = canonicalHost(host) ?? '';
    return ipaddr.isValid(canonical.replace(/^\[|\]$/g, '')) ? [canonical] : [];
  }),
);

describe('a name is not called that resolves to', () => {
  it.each([...addresses])('%s', (address) => expect(isInward(address)).toBe(true));
});

it.each([
  '1.1.1.1',
  '168.63.129.17',
  '192.0.1.1',
  '223.255.255.255',
  '[2001:4860::1]',
  '[2606:4700::1111]',
  '[2a00::1]',
])('but one that resolves to %s is', (address) => expect(isInward(address)).toBe(false));

it('is told to workerd, but in development', () => {
  const server = { directory: '/', workers: [], entry: 'gateway', port: 0, storage: '/', trustedCertificates: [] };
  const [production, development] = [false, true].map((allowPrivate) => workerdConfig({ ...server, allowPrivate }));
  expect(production).toMatch(/allow = \[\s*"public"\s*\]/);
  for (const network of inwardNetworks) expect(production).toContain(JSON.stringify(network));
  expect(development).toContain('deny = [],');
});
