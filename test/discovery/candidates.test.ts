/**
 * Which servers are proposed, in which order, and how sure is that?
 */
import { describe, expect, it } from 'vitest';
import { urlOf } from '../../src/discovery/finding.ts';
import { dnsPage } from '../support/published-world.ts';
import { dns, ispDatabase, type Replay, replayed } from '../support/replayed-world.ts';
import type { PageAt } from '../support/scripted-web.ts';
import { type Incoming, settingsDocument } from '../support/settings-document.ts';
import type { Zone } from './published/dns.ts';

const email = 'ada@example.com';
const autoconfig = 'https://autoconfig.example.com/mail/config-v1.1.xml';
const wellKnown = 'https://example.com/.well-known/autoconfig/mail/config-v1.1.xml';

interface Told {
  /** By URL. */
  readonly documents?: Readonly<Record<string, readonly Incoming[]>>;
  readonly zone?: Zone;
  readonly isSigned?: boolean;
}

const world =
  ({ documents = {}, zone = {}, isSigned = false }: Told): PageAt =>
  (url) => {
    const servers = documents[url.href];
    if (servers !== undefined) return { body: settingsDocument(servers) };
    return url.href.startsWith(dns) ? dnsPage(url, { 'example.com': zone }, { isSigned }) : undefined;
  };

async function found(told: Told, replay: Partial<Replay> = {}) {
  const { candidates, ...rest } = await replayed({ email, pageAt: world(told), ...replay });
  const shown = (protocol: 'imap' | 'pop3') =>
    candidates[protocol].map(
      ({ server, confidence, sources }) => `${urlOf(server)} ${confidence} ${sources.join('+')}`,
    );
  return { imap: shown('imap'), pop3: shown('pop3'), candidates, ...rest };
}

const srv = (service: string, ...targets: readonly string[]): Told => ({ zone: { srv: { [service]: targets } } });
const imapAt = (hostname: string, more: Partial<Incoming> = {}): Incoming => ({ type: 'imap', hostname, ...more });

describe('servers named by SRV', () => {
  it.each([
    ['_imaps._tcp', '0 1 993 mail.example.com.', 'imap', 'imaps://mail.example.com'],
    ['_imap._tcp', '0 1 143 mail.example.com.', 'imap', 'imap://mail.example.com'],
    ['_pop3s._tcp', '0 1 995 mail.example.com.', 'pop3', 'pop3s://mail.example.com'],
    ['_pop3._tcp', '0 1 110 mail.example.com.', 'pop3', 'pop3://mail.example.com'],
  ] as const)('%s: %s', async (service, target, protocol, url) => {
    const { candidates } = await found(srv(service, target));
    expect(candidates[protocol].map(({ server, users }) => [urlOf(server), users])).toEqual([[url, [email, 'ada']]]);
  });

  it('are those of the domain, or less sure', async () => {
    const told = srv('_imaps._tcp', '0 1 993 imap.example.com.', '5 1 993 imap.elsewhere.example.');
    const { imap, candidates } = await found(told);
    expect(imap).toEqual(['imaps://imap.example.com medium srv', 'imaps://imap.elsewhere.example low srv']);
    expect(candidates.imap.map(({ isOutsideDomain }) => isOutsideDomain)).toEqual([false, true]);
  });

  it('are sure where DNSSEC has proven them', async () => {
    const { imap } = await found({ ...srv('_imaps._tcp', '0 1 993 imap.elsewhere.example.'), isSigned: true });
    expect(imap).toEqual(['imaps://imap.elsewhere.example high srv']);
  });

  it('come by priority, and the heavier first (RFC 2782)', async () => {
    const { imap } = await found(
      srv(
        '_imaps._tcp',
        '20 0 993 d.example.com.',
        '10 5 993 b.example.com.',
        '10 60 993 a.example.com.',
        '10 0 993 c.example.com.',
      ),
    );
    expect(imap.map((text) => text[8])).toEqual(['a', 'b', 'c', 'd']);
  });

  it('come after those with TLS from the first byte when they have STARTTLS (RFC 8314)', async () => {
    const { imap } = await found({
      zone: { srv: { '_imap._tcp': ['0 1 143 mail.example.com.'], '_imaps._tcp': ['50 1 993 mail.example.com.'] } },
    });
    expect(imap).toEqual(['imaps://mail.example.com medium srv', 'imap://mail.example.com medium srv']);
  });

  it('are none when the target is a dot (RFC 6186 §3.4)', async () => {
    const zone = {
      srv: { '_imaps._tcp': ['0 1 993 mail.example.com.'], '_imap._tcp': ['0 0 0 .'], '_pop3._tcp': ['0 0 0 .'] },
    };
    const { findings, imap, pop3 } = await found({ zone });
    expect([findings.srv.absent, imap, pop3]).toEqual([['pop3'], ['imaps://mail.example.com medium srv'], []]);
  });

  it('are read behind a CNAME, and left out when they are no servers of mail', async () => {
    const { imap, findings } = await found(
      srv(
        '_imaps._tcp',
        'CNAME _imaps._tcp.example.net.',
        'TXT 0 1 993 text.example.com.',
        '0 1 993 imap.example.com.',
        '0 1 22 ssh.example.com.',
        '0 1 993 127.0.0.1.',
        'gibberish',
        '0 1 993 a/b.',
      ),
    );
    expect(imap).toEqual(['imaps://imap.example.com medium srv']);
    expect(findings.srv.leftOut).toEqual([
      { server: 'imaps://ssh.example.com:22', reason: 'port' },
      { server: 'imaps://127.0.0.1', reason: 'address' },
    ]);
  });

  it('are told as not complete when one of the questions failed', async () => {
    const usual = world(srv('_imaps._tcp', '0 1 993 mail.example.com.'));
    const pageAt: PageAt = (url) => (url.search.includes('_pop3s') ? { status: 500 } : usual(url));
    const { findings } = await found({}, { pageAt });
    expect(findings.srv).toMatchObject({ outcome: 'found', isComplete: false });
  });
});

describe('where sources differ', () => {
  it('the domain’s own document is believed before who takes in its mail', async () => {
    const { imap, provider, findings } = await found({
      documents: { [autoconfig]: [imapAt('mail.example.com')] },
      zone: { mx: ['1 aspmx.l.google.com.'] },
    });
    expect(imap).toEqual(['imaps://mail.example.com high autoconfig', 'imaps://imap.gmail.com medium mx']);
    expect([provider, findings.mx.provider?.id]).toEqual([null, 'google-workspace']);
  });

  it('each is in its place', async () => {
    const { imap } = await found({
      documents: {
        [autoconfig]: [imapAt('a.example.com')],
        [wellKnown]: [imapAt('b.example.com')],
        [`${ispDatabase}example.com`]: [imapAt('c.example.com')],
        [`${ispDatabase}google.com`]: [imapAt('f.example.com')],
      },
      zone: {
        mx: ['1 aspmx.l.google.com.'],
        srv: { '_imaps._tcp': ['0 1 993 d.example.com.', '0 1 993 g.elsewhere.example.'] },
      },
    });
    expect(imap).toEqual([
      'imaps://a.example.com high autoconfig',
      'imaps://b.example.com high well-known',
      'imaps://c.example.com high isp-database',
      'imaps://d.example.com medium srv',
      'imaps://imap.gmail.com medium mx',
      'imaps://f.example.com medium isp-database-mx',
      'imaps://g.elsewhere.example low srv',
    ]);
  });

  it('a server that several name is one, as sure as the surest of them', async () => {
    const { imap, candidates } = await found({
      documents: { [wellKnown]: [imapAt('imap.elsewhere.example', { username: '%EMAILLOCALPART%' })] },
      zone: { srv: { '_imaps._tcp': ['0 1 993 imap.elsewhere.example.'] } },
    });
    expect(imap).toEqual(['imaps://imap.elsewhere.example high well-known+srv']);
    expect(candidates.imap[0]?.users).toEqual(['ada']);
  });

  it('TLS from the first byte is believed no more than a surer source', async () => {
    const { imap } = await found({
      documents: {
        [autoconfig]: [imapAt('a.example.com', { port: 143, socketType: 'STARTTLS' }), imapAt('b.example.com')],
      },
      zone: { srv: { '_imaps._tcp': ['0 1 993 d.example.com.'] } },
    });
    expect(imap.map((text) => text.split(' ')[0])).toEqual([
      'imaps://b.example.com',
      'imap://a.example.com',
      'imaps://d.example.com',
    ]);
  });
});

describe('common names', () => {
  it('are tried when nobody knows anything, with TLS from the first byte before STARTTLS', async () => {
    const servers = ['imaps://mail.example.com', 'pop3://mail.example.com'];
    const { imap, pop3, dialled } = await found({}, { servers });
    expect([imap, pop3]).toEqual([
      ['imaps://mail.example.com low common-names'],
      ['pop3://mail.example.com low common-names'],
    ]);
    expect(dialled).toEqual([
      ...['imap.', 'mail.', ''].map((name) => `imaps://${name}example.com`),
      ...['pop.', 'pop3.', 'mail.', ''].map((name) => `pop3s://${name}example.com`),
      ...['pop.', 'pop3.', 'mail.', ''].map((name) => `pop3://${name}example.com`),
    ]);
  });

  it('are tried when all that is known may be somebody else’s', async () => {
    const { imap } = await found(srv('_imaps._tcp', '0 1 993 imap.elsewhere.example.'), {
      servers: ['imaps://imap.example.com'],
    });
    expect(imap).toEqual(['imaps://imap.elsewhere.example low srv', 'imaps://imap.example.com low common-names']);
  });

  it('are not tried when somebody is sure', async () => {
    const { dialled, findings } = await found(srv('_imaps._tcp', '0 1 993 imap.example.com.'));
    expect([dialled, findings['common-names'].outcome]).toEqual([[], 'not-asked']);
  });

  it('are not tried for what the domain says it does not have', async () => {
    const { dialled } = await found({ zone: { srv: { '_imaps._tcp': ['0 0 0 .'], '_imap._tcp': ['0 0 0 .'] } } });
    expect(dialled.filter((url) => url.startsWith('imap'))).toEqual([]);
    expect(dialled).toHaveLength(8);
  });
});
