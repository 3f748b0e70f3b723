/**
 * Does an address of a known provider, or of a domain that one keeps, find the servers that it has?
 *
 * From what is published (published/README.md).
 */
import { describe, expect, it } from 'vitest';
import { urlOf } from '../../src/discovery/finding.ts';
import { publishedAt } from '../support/published-world.ts';
import { replayed } from '../support/replayed-world.ts';

const foundFor = async (email: string) => {
  const { candidates, provider, dialled } = await replayed({ email, pageAt: publishedAt });
  const [imap, pop3] = [candidates.imap[0], candidates.pop3[0]];
  return {
    imap: imap === undefined ? null : urlOf(imap.server),
    pop3: pop3 === undefined ? null : urlOf(pop3.server),
    users: imap?.users,
    confidence: imap?.confidence,
    sources: imap?.sources ?? [],
    authentication: imap?.authentication,
    oauth2: imap?.oauth2 ?? null,
    provider: provider?.id ?? null,
    dialled,
  };
};

const address = (domain: string) => `ada@${domain}`;

describe('by its domain', () => {
  it.each([
    ['gmail.com', 'imap.gmail.com', 'pop.gmail.com', 'address', 'google'],
    ['googlemail.com', 'imap.gmail.com', 'pop.gmail.com', 'address', 'google'],
    ['outlook.com', 'outlook.office365.com', 'outlook.office365.com', 'address', 'microsoft'],
    ['hotmail.com', 'outlook.office365.com', 'outlook.office365.com', 'address', 'microsoft'],
    ['yahoo.com', 'imap.mail.yahoo.com', 'pop.mail.yahoo.com', 'address', 'yahoo'],
    ['icloud.com', 'imap.mail.me.com', null, 'local-part', null],
    ['aol.com', 'imap.aol.com', 'pop.aol.com', 'address', 'aol'],
    ['gmx.net', 'imap.gmx.net', 'pop.gmx.net', 'address', null],
    ['web.de', 'imap.web.de', 'pop3.web.de', 'local-part', null],
    ['t-online.de', 'secureimap.t-online.de', 'securepop.t-online.de', 'address', null],
    ['mail.ru', 'imap.mail.ru', 'pop.mail.ru', 'address', 'mail.ru'],
    ['zoho.com', 'imap.zoho.com', 'pop.zoho.com', 'address', null],
    ['posteo.de', 'posteo.de', 'posteo.de', 'address', null],
    ['orange.fr', 'imap.orange.fr', 'pop.orange.fr', 'address', null],
    ['free.fr', 'imap.free.fr', 'pop.free.fr', 'local-part', null],
    ['laposte.net', 'imap.laposte.net', 'pop.laposte.net', 'local-part', null],
    ['libero.it', 'imapmail.libero.it', 'popmail.libero.it', 'address', null],
    ['seznam.cz', 'imap.seznam.cz', 'pop3.seznam.cz', 'address', null],
    ['wp.pl', 'imap.wp.pl', 'pop3.wp.pl', 'local-part', null],
    ['o2.pl', 'poczta.o2.pl', 'poczta.o2.pl', 'local-part', null],
    ['comcast.net', 'imap.comcast.net', 'mail.comcast.net', 'address', 'comcast'],
    ['btinternet.com', 'mail.btinternet.com', 'mail.btinternet.com', 'address', null],
  ])('%s', async (domain, imap, pop3, user, oauth2) => {
    const found = await foundFor(address(domain));
    expect(found).toMatchObject({
      imap: `imaps://${imap}`,
      pop3: pop3 === null ? null : `pop3s://${pop3}`,
      users: [user === 'address' ? address(domain) : 'ada'],
      confidence: 'high',
      oauth2,
      dialled: [],
    });
    expect(found.sources).toContain('isp-database');
    expect(found.sources).toContain('known-provider');
  });

  it.each(['qq.com', '163.com', 'yandex.ru', 'yandex.com'])('%s', async (domain) => {
    const { imap, confidence, dialled } = await foundFor(address(domain));
    expect({ imap, confidence, dialled }).toMatchObject({ confidence: 'high', dialled: [] });
    expect(imap).toMatch(new RegExp(`^imaps://imap\\.(?:${domain.replace('.', '\\.')}|yandex\\.com)$`));
  });

  it.each(['mailbox.org', 'fastmail.com'])('%s, which Thunderbird’s database does not have', async (domain) => {
    expect(await foundFor(address(domain))).toMatchObject({
      imap: `imaps://imap.${domain}`,
      confidence: 'high',
      sources: ['known-provider'],
    });
  });
});

describe('by who takes in the mail of the domain', () => {
  it.each([
    ['workspace.example', 'imap.gmail.com', 'pop.gmail.com', 'google'],
    ['workspace-of-old.example', 'imap.gmail.com', 'pop.gmail.com', 'google'],
    ['contoso.example', 'outlook.office365.com', 'outlook.office365.com', 'microsoft'],
    ['letters.example', 'imap.fastmail.com', 'pop.fastmail.com', 'fastmail'],
    ['ovh-customer.example', 'ssl0.ovh.net', 'ssl0.ovh.net', null],
    ['gandi-customer.example', 'mail.gandi.net', 'mail.gandi.net', null],
    ['strato-customer.example', 'imap.strato.de', 'pop3.strato.de', null],
  ])('%s', async (domain, imap, pop3, oauth2) => {
    expect(await foundFor(address(domain))).toMatchObject({
      imap: `imaps://${imap}`,
      pop3: `pop3s://${pop3}`,
      users: [address(domain)],
      confidence: 'medium',
      oauth2,
      dialled: [],
    });
  });

  it.each([
    ['ionos-customer.example', /^imaps:\/\/imap\.(ionos|1und1)\.de$/],
    ['hetzner-customer.example', /^imaps:\/\/mail\.your-server\.de$/],
  ])('%s', async (domain, imap) => {
    const found = await foundFor(address(domain));
    expect(found.imap).toMatch(imap);
    expect(found).toMatchObject({ confidence: 'medium', dialled: [] });
  });

  it('says that a provider has no server that could be called, and tries no names', async () => {
    expect(await foundFor(address('proton-customer.example'))).toMatchObject({ imap: null, pop3: null, dialled: [] });
  });
});
