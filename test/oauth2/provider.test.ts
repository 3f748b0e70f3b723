/**
 * Is the operator's configuration read as it is meant, and refused as a whole when it is not?
 */
import { describe, expect, it, vi } from 'vitest';
import { type Provider, providerNamed, providersIn } from '../../src/oauth2/provider.ts';
import { canariesIn, canaryPassword } from '../support/canary.ts';

const acme = {
  clientId: 'id',
  clientSecret: canaryPassword,
  issuer: 'https://auth.acme.example',
  scopes: ['mail'],
  imap: 'imaps://imap.acme.example',
  userFrom: 'userinfo.mail.address',
};

function named(providers: object, name: string): Provider {
  const provider = providerNamed(JSON.stringify(providers), name);
  if (!provider.ok) throw new Error(provider.failure.kind);
  return provider.value;
}

describe('a provider', () => {
  it('that is known needs a client and nothing else', () => {
    const google = named({ google: { clientId: 'id' } }, 'google');
    expect(google.servers.imap).toMatchObject({ host: 'imap.gmail.com', port: 993, security: 'tls' });
    expect(google.scopes.pop3).toContain('https://mail.google.com/');
    const microsoft = named({ microsoft: { clientId: 'id', tenant: 'contoso.example' } }, 'microsoft');
    expect(microsoft.endpoints?.token).toBe('https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token');
    expect(microsoft.scopes.imap).toContain('https://outlook.office.com/IMAP.AccessAsUser.All');
    expect(microsoft.scopes.pop3).toContain('https://outlook.office.com/POP.AccessAsUser.All');
    expect(microsoft.scopes.imap).not.toContain('https://outlook.office.com/POP.AccessAsUser.All');
  });

  it('of any other name is what the operator says', () => {
    const provider = named({ acme }, 'acme');
    expect(provider).toMatchObject({ endpoints: null, clientAuthentication: 'post', servers: { pop3: null } });
    expect(provider.userFrom).toEqual({ place: 'userinfo', claim: 'mail.address' });
    expect(canariesIn(JSON.stringify(provider))).toEqual([]);
  });

  it.each([undefined, '', ' ', '{}'])('is unknown where there is none (%j)', (json) => {
    expect(providerNamed(json, 'acme')).toEqual({ ok: false, failure: { kind: 'provider-unknown' } });
    expect(providerNamed(json, 'constructor')).toEqual({ ok: false, failure: { kind: 'provider-unknown' } });
  });
});

describe('what is no configuration', () => {
  it.each([
    ['no JSON', `{"acme": ${canaryPassword}`],
    ['no object', '[]'],
    ['no client', JSON.stringify({ google: {} })],
    [
      'a known provider with servers of its own',
      JSON.stringify({ google: { clientId: 'id', imap: 'imaps://evil.example' } }),
    ],
    ['a tenant that is a path', JSON.stringify({ microsoft: { clientId: 'id', tenant: '../x' } })],
    ['no server', JSON.stringify({ acme: { ...acme, imap: undefined } })],
    ['a server of the other protocol', JSON.stringify({ acme: { ...acme, imap: 'pop3s://x.example' } })],
    ['an issuer where nothing can be found', JSON.stringify({ acme: { ...acme, issuer: 'auth.acme.example' } })],
    ['one endpoint of two', JSON.stringify({ acme: { ...acme, tokenEndpoint: 'https://x.example' } })],
    [
      'an endpoint that is no address of the web',
      JSON.stringify({ acme: { ...acme, tokenEndpoint: 'file:///x', authorizationEndpoint: 'https://x.example' } }),
    ],
    ['a member that there is not', JSON.stringify({ acme: { ...acme, secret: canaryPassword } })],
    ['a place that there is not', JSON.stringify({ acme: { ...acme, userFrom: 'header.x' } })],
    ['a name that is a path', JSON.stringify({ 'a/b': acme })],
  ])('is refused, and none of its values is printed: %s', (_, json) => {
    const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    expect(providersIn(json)).toEqual({ ok: false, failure: { kind: 'misconfigured', variable: 'OAUTH2_PROVIDERS' } });
    expect(printed).toHaveBeenCalledOnce();
    expect(canariesIn(JSON.stringify(printed.mock.calls))).toEqual([]);
    printed.mockRestore();
  });
});
