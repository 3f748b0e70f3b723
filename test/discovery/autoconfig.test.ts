/**
 * What is taken from a document of settings, and what never is?
 */
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { refusalOf } from '../../src/core/server.ts';
import { mailAddressOf } from '../../src/discovery/address.ts';
import { findingInDocument } from '../../src/discovery/autoconfig.ts';
import { urlOf } from '../../src/discovery/finding.ts';
import { seeded } from '../support/random.ts';
import { type Incoming, settingsDocument } from '../support/settings-document.ts';

const found = (xml: string, email = 'ada@example.com') => {
  const address = mailAddressOf(email);
  if (address === null) throw new Error('no address');
  return findingInDocument(xml, address, (server) => refusalOf(server, false));
};
const imap: Incoming = { type: 'imap', hostname: 'imap.example.com' };
const readFrom = (server: Partial<Incoming>, email?: string) =>
  found(settingsDocument([{ ...imap, ...server }]), email);

it('takes the servers of both protocols in their order, and nothing of those that send', () => {
  const { outcome, proposals } = found(
    settingsDocument([
      { type: 'pop3', hostname: 'pop.example.com' },
      { type: 'imap', hostname: 'imap.example.com', port: 143, socketType: 'STARTTLS' },
      imap,
    ]),
  );
  expect(outcome).toBe('found');
  expect(proposals.map(({ server }) => urlOf(server))).toEqual([
    'pop3s://pop.example.com',
    'imap://imap.example.com',
    'imaps://imap.example.com',
  ]);
});

it('takes a document with a byte order mark, comments, CDATA and a server of another kind', () => {
  const xml = settingsDocument([
    { type: 'exchange', hostname: 'ews.example.com' },
    { ...imap, hostname: '<![CDATA[imap.example.com]]><!-- the new one -->' },
  ]);
  expect(found(`\ufeff${xml}`).outcome).toBe('found');
  expect(found(xml).proposals.map(({ server }) => server.host)).toEqual(['imap.example.com']);
});

describe('the user’s name', () => {
  it.each([
    ['%EMAILADDRESS%', 'ada@example.com', 'ada@example.com'],
    ['%EMAILLOCALPART%', 'ada@example.com', 'ada'],
    ['%EMAILLOCALPART%.%EMAILDOMAIN%', 'ada@example.com', 'ada.example.com'],
    ['EXAMPLE\\%EMAILLOCALPART%', 'ada@example.com', 'EXAMPLE\\ada'],
    ['%EMAILADDRESS%', '%EMAILDOMAIN%@example.com', '%EMAILDOMAIN%@example.com'],
    ['%EMAILLOCALPART%', '$&$1@example.com', '$&$1'],
    ['', 'ada@example.com', null],
  ])('%s of %s', (username, email, user) => {
    expect(readFrom({ username }, email).proposals.map((one) => one.user)).toEqual([user]);
  });

  it.each(['%REALNAME%', '%EMAILADDRESS', '%emailaddress%', '%%', 'a&#10;b', 'x'.repeat(400)])(
    'is not taken as %j',
    (username) => {
      const { outcome, proposals, leftOut } = readFrom({ username });
      expect({ outcome, proposals, leftOut }).toEqual({
        outcome: 'nothing',
        proposals: [],
        leftOut: [{ server: null, reason: 'user' }],
      });
    },
  );
});

it('fills the domain into a host', () => {
  expect(readFrom({ hostname: 'mail.%EMAILDOMAIN%' }).proposals.map(({ server }) => server.host)).toEqual([
    'mail.example.com',
  ]);
});

describe('left out, and told why', () => {
  it.each<[Partial<Incoming>, string, string | null]>([
    [{ socketType: 'plain', port: 143 }, 'cleartext', 'imap://imap.example.com?security=none'],
    [{ socketType: 'whatever' }, 'cleartext', 'imap://imap.example.com:993?security=none'],
    [{ port: 10993 }, 'port', 'imaps://imap.example.com:10993'],
    [{ port: 25 }, 'port', 'imaps://imap.example.com:25'],
    [{ port: '993 OR 1' }, 'port', null],
    [{ port: '' }, 'port', null],
    [{ hostname: '127.0.0.1' }, 'address', 'imaps://127.0.0.1'],
    [{ hostname: '0x7f.1' }, 'address', 'imaps://127.0.0.1'],
    [{ hostname: 'localhost' }, 'address', 'imaps://localhost'],
    [{ hostname: '169.254.169.254' }, 'address', 'imaps://169.254.169.254'],
    [{ hostname: 'mail.internal' }, 'address', 'imaps://mail.internal'],
    [{ hostname: 'mailserver' }, 'address', 'imaps://mailserver'],
    [{ hostname: '' }, 'host', null],
    [{ hostname: 'imap.example.com/evil' }, 'host', null],
    [{ hostname: 'user@imap.example.com' }, 'host', null],
    [{ hostname: 'imap.exam&#13;&#10;ple.com' }, 'host', null],
    [{ hostname: '%EMAILLOCALHOST%' }, 'host', null],
    [{ authentication: ['NTLM', 'GSSAPI'] }, 'authentication', null],
    [{ authentication: ['client-IP-address'] }, 'authentication', null],
  ])('%j', (server, reason, told) => {
    const { outcome, proposals, leftOut } = readFrom(server);
    expect({ outcome, proposals, leftOut }).toEqual({
      outcome: 'nothing',
      proposals: [],
      leftOut: [{ server: told, reason }],
    });
  });
});

describe('what it takes to log in', () => {
  const oauth2 = (issuer: string) => `<oAuth2><issuer>${issuer}</issuer></oAuth2>`;
  it.each([
    [['OAuth2', 'password-cleartext'], 'accounts.google.com', ['oauth2', 'password'], 'google'],
    [['OAuth2'], 'https://login.microsoftonline.com/common/v2.0', ['oauth2'], 'microsoft'],
    [['OAuth2'], 'sso.example.net', ['oauth2'], 'sso.example.net'],
    [['OAuth2'], 'no host', ['oauth2'], null],
    [['password-encrypted', 'password-cleartext'], 'accounts.google.com', ['password'], null],
    [['GSSAPI', 'plain'], '', ['password'], null],
    [[], '', [], null],
  ])('%j of %s', (authentication, issuer, methods, provider) => {
    const { proposals } = found(settingsDocument([{ ...imap, authentication }], oauth2(issuer)));
    expect(proposals.map((one) => [one.authentication, one.oauth2])).toEqual([[methods, provider]]);
  });
});

it.each(['constructor', '__proto__', 'valueOf'])('knows nothing by the name of %s', (name) => {
  expect(readFrom({ socketType: name }).leftOut).toMatchObject([{ reason: 'cleartext' }]);
  expect(readFrom({ authentication: [name] }).leftOut).toMatchObject([{ reason: 'authentication' }]);
  const oauth2 = `<oAuth2><issuer>${name}</issuer></oAuth2>`;
  const { proposals } = found(settingsDocument([{ ...imap, authentication: ['OAuth2'] }], oauth2));
  expect(proposals.map((one) => one.oauth2)).toEqual([name.toLowerCase()]);
});

it.each<[string, Partial<Incoming>, string]>([
  ['an issuer of slashes', { authentication: ['OAuth2'] }, `${'/'.repeat(60_000)}\n/`],
  ['a host of percent signs', { hostname: '%A'.repeat(30_000) }, ''],
  ['a user of ampersands', { username: '&amp;&'.repeat(10_000) }, ''],
])('is read as fast with %s', (_, server, issuer) => {
  const xml = settingsDocument([{ ...imap, ...server }], `<oAuth2><issuer>${issuer}</issuer></oAuth2>`);
  expect(xml.length).toBeLessThan(limits.settingsBytes);
  const before = process.cpuUsage();
  found(xml);
  // Milliseconds, and seconds where something is gone through once for each character.
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
});

describe('no document of settings', () => {
  const laughs = Array.from({ length: 9 }, (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`);
  const billion = `<?xml version="1.0"?><!DOCTYPE clientConfig [<!ENTITY l0 "ha">${laughs.join('')}]>`;
  const nested = (depth: number) => settingsDocument([imap], '<a>'.repeat(depth) + '</a>'.repeat(depth));
  const wide = `<clientConfig><emailProvider>${'<a/>'.repeat(limits.settingsElements)}</emailProvider></clientConfig>`;
  it.each<[string, string]>([
    ['nothing', ''],
    ['text', 'Not found'],
    ['HTML', '<!doctype html><html><head><title>Parked</title></head><body><p>Buy this domain<br></body></html>'],
    ['XHTML', '<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'],
    ['another root', settingsDocument([imap]).replaceAll('clientConfig', 'autodiscover')],
    ['no provider', '<clientConfig version="1.1"></clientConfig>'],
    ['a document type', `<!DOCTYPE clientConfig SYSTEM "https://evil.example/x.dtd">${settingsDocument([imap])}`],
    ['a billion laughs', billion + settingsDocument([{ ...imap, username: '&l9;' }])],
    ['elements in elements', nested(limits.settingsDepth)],
    ['elements without end', wide],
    ['cut', settingsDocument([imap]).slice(0, -20)],
    ['crossed', '<clientConfig><emailProvider></clientConfig></emailProvider>'],
    ['two roots', settingsDocument([imap]) + settingsDocument([imap])],
  ])('%s', (_, xml) => {
    expect(found(xml)).toMatchObject({ outcome: 'invalid', proposals: [] });
  });
});

it('proposes no server without TLS, not even where one may be dialled', () => {
  const address = mailAddressOf('ada@example.com');
  if (address === null) throw new Error('no address');
  const xml = settingsDocument([{ ...imap, hostname: 'localhost', port: 143, socketType: 'plain' }]);
  const { proposals, leftOut } = findingInDocument(xml, address, (server) => refusalOf(server, true));
  expect([proposals, leftOut]).toEqual([[], [{ server: 'imap://localhost?security=none', reason: 'cleartext' }]]);
});

it('takes so many and no more, and says so', () => {
  const { proposals, leftOut } = found(settingsDocument(Array.from({ length: 40 }, () => imap)));
  expect(proposals).toHaveLength(limits.settingsServers);
  expect(leftOut).toEqual([{ server: null, reason: 'too-many' }]);
});

it('expands no entity but those of XML itself', () => {
  expect(readFrom({ username: 'a&amp;b&lol;' }).proposals.map(({ user }) => user)).toEqual(['a&b&lol;']);
});

it('proposes nothing that may not be dialled, whatever becomes of a document on its way', () => {
  const random = seeded(20261123);
  const whole = settingsDocument([
    imap,
    { type: 'pop3', hostname: 'pop.example.com', socketType: 'STARTTLS', port: 110 },
  ]);
  const pieces = [
    '<',
    '>',
    '/',
    '&',
    ';',
    '"',
    '<!--',
    ']]>',
    '<![CDATA[',
    '%',
    '\0',
    '\r\n',
    '127.0.0.1',
    'plain',
    '</port>',
    '\ud800',
  ] as const;
  let readable = 0;
  for (let round = 0; round < 3_000; round += 1) {
    const at = random.below(whole.length);
    const xml = whole.slice(0, at) + random.pick([...pieces]) + whole.slice(at + random.below(12));
    const { outcome, proposals } = found(xml);
    if (outcome === 'found') readable += 1;
    for (const { server, user } of proposals) {
      expect([refusalOf(server, false), server.security === 'none', /\p{Cc}/u.test(user ?? '')]).toEqual([
        null,
        false,
        false,
      ]);
    }
  }
  expect(readable).toBeGreaterThan(500);
});
