/**
 * What does each source come to when it does not answer as it should, and what is it told?
 */
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { type SourceName, urlOf } from '../../src/discovery/finding.ts';
import { dnsPage } from '../support/published-world.ts';
import { dns, ispDatabase, type Replay, replayed } from '../support/replayed-world.ts';
import type { Page, PageAt } from '../support/scripted-web.ts';
import { dnsAnswer, settingsDocument } from '../support/settings-document.ts';

const email = 'ada@example.com';
const autoconfig = 'https://autoconfig.example.com/mail/config-v1.1.xml';
const wellKnown = 'https://example.com/.well-known/autoconfig/mail/config-v1.1.xml';
const document: Page = { body: settingsDocument([{ type: 'imap', hostname: 'imap.example.com' }]) };

/** Pages by their URL; without its query, unless that is given as well. */
const web =
  (pages: Readonly<Record<string, Page | null>>): PageAt =>
  (url) =>
    url.href in pages ? pages[url.href] : pages[url.origin + url.pathname];

const outcomesOf = async (replay: Partial<Replay>) => {
  const { findings } = await replayed({ email, ...replay });
  return Object.fromEntries(Object.entries(findings).map(([name, { outcome }]) => [name, outcome]));
};

it('says of each source that it has nothing where it has nothing', async () => {
  const noName: Page = { body: dnsAnswer('MX', [], { status: 3 }) };
  const outcomes = await outcomesOf({ pageAt: web({ [dns]: noName }) });
  const names: SourceName[] = ['autoconfig', 'well-known', 'known-provider', 'isp-database', 'srv', 'mx'];
  for (const name of [...names, 'isp-database-mx', 'common-names'])
    expect(outcomes).toMatchObject({ [name]: 'nothing' });
});

describe('a document of the domain', () => {
  it.each<[string, Page, string]>([
    ['is HTML', { body: '<!doctype html><p>This domain is for sale' }, 'invalid'],
    ['is empty', { body: '' }, 'invalid'],
    ['is too large', { body: document.body?.padEnd(limits.settingsBytes + 1) ?? '' }, 'invalid'],
    ['comes with a status of its own', { status: 500, ...document }, 'invalid'],
    ['is gone', { status: 410 }, 'nothing'],
    ['is of a name that Cloudflare cannot resolve', { status: 530, body: 'error code: 1016' }, 'unreachable'],
    ['just fits', { body: document.body?.padEnd(limits.settingsBytes) ?? '' }, 'found'],
  ])('%s', async (_, page, outcome) => {
    const outcomes = await outcomesOf({ pageAt: web({ [autoconfig]: page, [wellKnown]: page }) });
    expect(outcomes).toMatchObject({ autoconfig: outcome, 'well-known': outcome });
  });

  it('cannot be had, and whoever asks goes on without it', async () => {
    const pageAt: PageAt = (url) => {
      if (url.host === 'autoconfig.example.com') throw new Error('TLS handshake failed');
      return url.href === wellKnown ? document : undefined;
    };
    expect(await outcomesOf({ pageAt })).toMatchObject({ autoconfig: 'unreachable', 'well-known': 'found' });
  });

  it('is not waited for any longer than for all', async () => {
    const pageAt = web({ [autoconfig]: null, [wellKnown]: document, [dns]: null });
    expect(await outcomesOf({ pageAt, signal: AbortSignal.timeout(500) })).toMatchObject({
      autoconfig: 'timed-out',
      'well-known': 'found',
      srv: 'timed-out',
      mx: 'timed-out',
      'isp-database-mx': 'timed-out',
    });
  });
});

describe('a document that is somewhere else', () => {
  const moved = (to: string): Page => ({ status: 301, headers: { Location: to } });
  it.each<[string, Record<string, Page>, string]>([
    [
      'is fetched there',
      { [autoconfig]: moved('https://mail.example.net/c.xml'), 'https://mail.example.net/c.xml': document },
      'found',
    ],
    [
      'is not looked for a second time',
      {
        [autoconfig]: moved('/a'),
        'https://autoconfig.example.com/a': moved('/b'),
        'https://autoconfig.example.com/b': document,
      },
      'invalid',
    ],
    ['is not fetched in cleartext', { [autoconfig]: moved('http://mail.example.net/c.xml') }, 'forbidden'],
    ['is not fetched from a private address', { [autoconfig]: moved('https://169.254.169.254/latest') }, 'forbidden'],
    ['is not fetched from another port', { [autoconfig]: moved('https://mail.example.net:8443/c.xml') }, 'forbidden'],
    ['is not fetched from nowhere', { [autoconfig]: { status: 302 } }, 'invalid'],
  ])('%s', async (_, pages, outcome) => {
    expect(await outcomesOf({ pageAt: web(pages) })).toMatchObject({ autoconfig: outcome });
  });
});

describe('the address', () => {
  const secret = 'ada.secret@example.com';
  it('is sent to nobody', async () => {
    const { asked } = await replayed({
      email: secret,
      pageAt: (url) => (url.href.startsWith(dns) ? dnsPage(url, {}) : undefined),
    });
    expect(asked).toHaveLength(8);
    expect(asked.filter((url) => /ada|secret|%40|@/.test(url))).toEqual([]);
  });

  it.each([400, 403, 422])(
    'is sent to the domain’s own host for settings, if that answers %d without',
    async (status) => {
      const withAddress = `${autoconfig}?emailaddress=ada.secret%40example.com`;
      const pageAt: PageAt = (url) => {
        if (url.href === withAddress) return document;
        return url.hostname.endsWith('example.com') ? { status } : undefined;
      };
      const { findings, asked } = await replayed({ email: secret, pageAt });
      expect(findings.autoconfig.outcome).toBe('found');
      expect(asked.filter((url) => url.includes('secret'))).toEqual([withAddress]);
    },
  );
});

describe('what the operator has switched off is not asked', () => {
  it('of the DNS', async () => {
    const { findings, asked } = await replayed({ email, dnsOverHttps: null });
    expect([findings.srv.outcome, findings.mx.outcome, findings['isp-database-mx'].outcome]).toEqual(
      Array(3).fill('not-asked'),
    );
    expect(asked.filter((url) => url.startsWith(dns))).toEqual([]);
  });

  it('of Thunderbird’s database', async () => {
    const { findings, asked } = await replayed({ email, ispDatabase: null });
    expect([findings['isp-database'].outcome, findings['isp-database-mx'].outcome]).toEqual(Array(2).fill('not-asked'));
    expect(asked.filter((url) => url.startsWith(ispDatabase))).toEqual([]);
  });
});

describe('the DNS', () => {
  const answeredWith = async (page: Page) => {
    const { findings } = await replayed({ email, pageAt: (url) => (url.href.startsWith(dns) ? page : undefined) });
    return [findings.srv.outcome, findings.mx.outcome];
  };
  it.each<[string, Page, string]>([
    ['knows no such name', { body: dnsAnswer('MX', [], { status: 3 }) }, 'nothing'],
    ['knows the name, and no such record', { body: dnsAnswer('MX', []) }, 'nothing'],
    ['fails', { body: dnsAnswer('MX', [], { status: 2 }) }, 'unreachable'],
    ['refuses', { body: dnsAnswer('MX', [], { status: 5 }) }, 'unreachable'],
    ['answers no JSON', { body: '<html>' }, 'invalid'],
    ['answers other JSON', { body: '{"Status":"0","Answer":{}}' }, 'invalid'],
    ['answers an error of HTTP', { status: 503, body: '{}' }, 'invalid'],
    ['answers too much', { body: dnsAnswer('MX', []).padEnd(limits.dnsAnswerBytes + 1) }, 'invalid'],
  ])('%s', async (_, page, outcome) => {
    expect(await answeredWith(page)).toEqual([outcome, outcome]);
  });

  it('says that a domain takes no mail (RFC 7505)', async () => {
    const { findings, asked } = await replayed({
      email,
      pageAt: (url) => (url.href.startsWith(dns) ? dnsPage(url, { 'example.com': { mx: ['0 .'] } }) : undefined),
    });
    expect([findings.mx.outcome, findings['isp-database-mx'].outcome]).toEqual(['nothing', 'nothing']);
    expect(asked.filter((url) => url.startsWith(ispDatabase))).toEqual([`${ispDatabase}example.com`]);
  });

  it.each([
    ['mx.mail.isp.example.', ['mail.isp.example', 'isp.example']],
    ['a.b.c.isp.co.example.', ['b.c.isp.co.example', 'isp.co.example', 'co.example']],
    ['mx.example.com.', []],
    ['isp.example.', []],
    ['last.example., 5 mx.isp.example.', ['isp.example']],
  ])('names an exchanger, %s, by whose domains Thunderbird’s database is asked', async (host, domains) => {
    const { asked } = await replayed({
      email,
      pageAt: (url) =>
        url.href.startsWith(dns) ? dnsPage(url, { 'example.com': { mx: `10 ${host}`.split(', ') } }) : undefined,
    });
    const told = asked.filter((url) => url.startsWith(ispDatabase));
    expect(told).toEqual(['example.com', ...domains].map((domain) => ispDatabase + domain));
  });
});

it('tells what a source has that is not proposed', async () => {
  const page = {
    body: settingsDocument([
      { type: 'imap', hostname: '10.0.0.1' },
      { type: 'imap', hostname: 'imap.example.com', port: 1993 },
    ]),
  };
  const { findings, candidates } = await replayed({ email, pageAt: web({ [autoconfig]: page }) });
  expect(findings.autoconfig).toMatchObject({
    outcome: 'nothing',
    leftOut: [
      { server: 'imaps://10.0.0.1', reason: 'address' },
      { server: 'imaps://imap.example.com:1993', reason: 'port' },
    ],
  });
  expect(candidates.imap.map(({ server }) => urlOf(server))).toEqual([]);
});
