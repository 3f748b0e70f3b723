import { describe, expect, test } from 'vitest';
import { parseMailServer, refusalOf } from '../../src/core/server.ts';
import { knownProviderOf, providerOfMx, providers } from '../../src/discovery/providers.ts';

const twice = (list: readonly string[]): string[] => list.filter((item, index) => list.indexOf(item) !== index);

describe('the table of providers', () => {
  test('has more than a hundred of them', () => {
    expect(providers.length).toBeGreaterThan(100);
  });

  test.each(
    providers.flatMap(({ id, imap, pop3 }) => [
      ...(imap ?? []).map((url) => ['imap', id, url] as const),
      ...(pop3 ?? []).map((url) => ['pop3', id, url] as const),
    ]),
  )('names a server for %s at %s that may be dialled: %s', (protocol, _id, url) => {
    const server = parseMailServer(url);
    if (!server.ok) throw new Error(`${url} is no mail server`);
    expect(server.value.protocol).toBe(protocol);
    expect(refusalOf(server.value, false)).toBeNull();
    // Nobody writes the usual port, so that the same server looks the same.
    expect(url).not.toMatch(/:\d+$/);
  });

  test('has each id, domain and mail exchanger once', () => {
    expect(twice(providers.map(({ id }) => id))).toEqual([]);
    expect(twice(providers.flatMap(({ domains }) => domains))).toEqual([]);
    expect(twice(providers.flatMap(({ mxSuffixes }) => mxSuffixes))).toEqual([]);
  });

  test('spells names as they are compared, and none that many share', () => {
    const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
    const name = new RegExp(`^(?:\\*\\.)?${label}(?:\\.${label})+$`);
    // Of the endings below which anybody may register, those that occur here.
    const shared = /^(?:\*\.)?(?:com?|net|or|ne|ad|gov|edu|org)\.[a-z]{2}$/;
    const all = providers.flatMap(({ domains, mxSuffixes }) => [...domains, ...mxSuffixes]);
    expect(all.filter((one) => !name.test(one) || shared.test(one))).toEqual([]);
  });

  test('is sought by something, and says where it has it from, by https alone', () => {
    for (const { id, domains, mxSuffixes, sources, appPasswords } of providers) {
      expect(domains.length + mxSuffixes.length, id).toBeGreaterThan(0);
      expect(sources.length, id).toBeGreaterThan(0);
      const urls = [...sources, ...(appPasswords === null ? [] : [appPasswords.url])];
      expect(
        urls.filter((url) => !URL.canParse(url) || !url.startsWith('https://')),
        id,
      ).toEqual([]);
    }
  });

  test('leaves a way in: a server or a word about why there is none, a password or a token', () => {
    for (const { id, imap, pop3, habits, takesPassword, oauth2, appPasswords } of providers) {
      const isReachable = (imap ?? []).length + (pop3 ?? []).length > 0;
      expect(isReachable || habits.some(({ protocol }) => protocol === 'both'), id).toBe(true);
      expect(takesPassword || oauth2 !== null, id).toBe(true);
      expect(takesPassword || appPasswords === null, id).toBe(true);
    }
  });
});

describe('a provider by domain', () => {
  test.each([
    ['gmail.com', 'gmail'],
    ['GMAIL.COM', 'gmail'],
    ['gmail.com.', 'gmail'],
    ['googlemail.com', 'gmail'],
    ['outlook.de', 'outlook.com'],
    ['hotmail.co.uk', 'outlook.com'],
    ['contoso.onmicrosoft.com', 'microsoft-365'],
    ['mail.contoso.onmicrosoft.com', 'microsoft-365'],
    ['cox.net', 'yahoo'],
    ['verizon.net', 'aol'],
    ['me.com', 'icloud'],
    ['gmx.at', 'gmx.net'],
    ['gmx.co.uk', 'gmx.com'],
    ['posteo.ch', 'posteo'],
    ['wanadoo.fr', 'orange.fr'],
    ['zohomail.eu', 'zoho.eu'],
    ['yahoo.co.jp', 'yahoo.co.jp'],
    ['sympatico.ca', 'bell.net'],
    ['cfl.rr.com', 'roadrunner'],
    ['pm.me', 'proton'],
  ])('%s is with %s', (domain, id) => {
    expect(knownProviderOf(domain)?.id).toBe(id);
  });

  test.each([
    'notgmail.com',
    'gmail.com.evil.example',
    'gmail.com.example.net',
    'mail.gmail.com',
    'gmail',
    'com',
    'gmail.co',
    'gmail.com@evil.example',
    'gmail.com:993',
    'gmail.com..',
    '.gmail.com',
    'onmicrosoft.com',
    'evilonmicrosoft.com',
    'contoso.onmicrosoft.com.example.net',
    'example.com',
    'constructor',
    '__proto__',
    '',
    '.',
    '*.onmicrosoft.com.example.net',
    '*',
  ])('%j is with none that is known', (domain) => {
    expect(knownProviderOf(domain)).toBeNull();
  });
});

describe('a provider by mail exchanger', () => {
  test.each([
    ['gmail-smtp-in.l.google.com', 'gmail'],
    ['alt1.gmail-smtp-in.l.google.com', 'gmail'],
    ['ASPMX.L.GOOGLE.COM.', 'google-workspace'],
    ['alt4.aspmx.l.google.com', 'google-workspace'],
    ['smtp.google.com', 'google-workspace'],
    ['example-com.mail.protection.outlook.com', 'microsoft-365'],
    ['example-com.o-v1.mx.microsoft', 'microsoft-365'],
    ['outlook-com.olc.protection.outlook.com', 'outlook.com'],
    ['mta5.am0.yahoodns.net', 'yahoo'],
    ['mx-aol.mail.gm0.yahoodns.net', 'aol'],
    ['mx01.mail.icloud.com', 'icloud'],
    ['in1-smtp.messagingengine.com', 'fastmail'],
    ['mxext1.mailbox.org', 'mailbox.org'],
    ['mx00.kundenserver.de', '1und1'],
    ['mx1.mail.ovh.net', 'ovh'],
    ['spool.mail.gandi.net', 'gandi'],
    ['mta-gw.infomaniak.ch', 'infomaniak'],
    ['aspmx1.migadu.com', 'migadu'],
    ['mx1.privateemail.com', 'privateemail'],
    ['mx1.emailsrvr.com', 'rackspace'],
    ['mailstore1.secureserver.net', 'godaddy'],
    ['mx.yandex.net', 'yandex'],
    ['mail.protonmail.ch', 'proton'],
    ['mail.tutanota.de', 'tuta'],
  ])('%s takes mail in for %s', (host, id) => {
    expect(providerOfMx(host)?.id).toBe(id);
  });

  test.each([
    'google.com',
    'mail.google.com',
    'notsmtp.google.com',
    'smtp.google.com.evil.example',
    'evilemailsrvr.com',
    'emailsrvr.com.example.net',
    'mx.example.com',
    'xmail.protection.outlook.com',
    'protection.outlook.com',
    'mx.zoho.com',
    '',
    '.',
  ])('%j belongs to none that is known', (host) => {
    expect(providerOfMx(host)).toBeNull();
  });
});
