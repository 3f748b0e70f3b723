/**
 * Is a provider called only where the egress rule lets it be, and how does it look when it cannot be reached?
 */
import { createServer, type ServerResponse } from 'node:http';
import { expect, it, vi } from 'vitest';
import { freePorts } from '../../scripts/free-ports.ts';
import { listening } from '../../scripts/listening.ts';
import { Secret } from '../../src/core/secret.ts';
import { AuthorizationServer } from '../../src/oauth2/authorization-server.ts';
import { providerNamed } from '../../src/oauth2/provider.ts';

function serverAt(tokenEndpoint: string, development: boolean): AuthorizationServer {
  const endpoints = { authorizationEndpoint: 'https://auth.acme.example/authorize', tokenEndpoint };
  return serverOf({ issuer: 'https://auth.acme.example', ...endpoints }, development);
}

function serverOf(fields: object, development: boolean): AuthorizationServer {
  const acme = { clientId: 'id', scopes: ['mail'], userFrom: 'request', imap: 'imaps://imap.acme.example' };
  const json = JSON.stringify({ acme: { ...acme, ...fields } });
  const provider = providerNamed(json, 'acme');
  if (!provider.ok) throw new Error(provider.failure.kind);
  return new AuthorizationServer(provider.value, development);
}

const refreshed = (tokenEndpoint: string, development: boolean) => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  return serverAt(tokenEndpoint, development).refreshed(new Secret('token'));
};

it.each([
  'http://auth.acme.example/token',
  'https://127.0.0.1/token',
  'https://[::ffff:10.0.0.1]/token',
  'https://metadata.internal/token',
  'https://auth.acme.example:8443/token',
])('%s is not called outside of development, which is the operator’s to mend', async (tokenEndpoint) => {
  const called = vi.spyOn(globalThis, 'fetch');
  const result = await refreshed(tokenEndpoint, false);
  expect(result).toEqual({ ok: false, failure: { kind: 'misconfigured', variable: 'OAUTH2_PROVIDERS' } });
  expect(called).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

it('one that cannot be reached is unavailable', async () => {
  const [port = 0] = await freePorts(1);
  const result = await refreshed(`http://127.0.0.1:${port}/token`, true);
  expect(result).toMatchObject({ ok: false, failure: { kind: 'provider-unavailable' } });
  vi.restoreAllMocks();
});

it('one that never answers is unavailable in time', async () => {
  const server = createServer(() => undefined);
  const port = await listening(server);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const result = refreshed(`http://127.0.0.1:${port}/token`, true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await result).toMatchObject({ ok: false, failure: { kind: 'provider-unavailable' } });
  vi.useRealTimers();
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

it('one that is slow to say where its endpoints are has as long as any for its tokens', async () => {
  const asked = { metadata: Promise.withResolvers<ServerResponse>(), token: Promise.withResolvers<ServerResponse>() };
  const server = createServer(({ url }, response) => asked[url === '/token' ? 'token' : 'metadata'].resolve(response));
  const issuer = `http://127.0.0.1:${await listening(server)}`;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const result = serverOf({ issuer }, true).refreshed(new Secret('token'));
  const answers = {
    metadata: { issuer, token_endpoint: `${issuer}/token` },
    token: { access_token: 'a', token_type: 'Bearer' },
  };
  for (const step of ['metadata', 'token'] as const) {
    const response = await asked[step].promise;
    await vi.advanceTimersByTimeAsync(9_000);
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answers[step]));
  }
  expect(await result).toMatchObject({ ok: true });
  vi.useRealTimers();
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});
