/**
 * Where are the endpoints of a provider?
 *
 * Where the operator says, or where the provider itself does: in a document below its issuer (OpenID Connect Discovery §4, RFC 8414
 * §3), which is asked for now and then.
 */
import * as oauth from 'oauth4webapi';
import { limits } from '../core/limits.ts';
import type { Provider } from './provider.ts';

export type Metadata = oauth.AuthorizationServer;

interface Found {
  readonly metadata: Metadata;
  readonly atMs: number;
}

/** Public knowledge, the same for everybody; as long as this isolate lives. */
const found = new Map<string, Found>();

/** Throws what oauth4webapi throws, or Failed. */
export async function metadataOf(provider: Provider, options: oauth.DiscoveryRequestOptions): Promise<Metadata> {
  const { issuer, endpoints } = provider;
  if (endpoints !== null) {
    const { authorization, token, userInfo } = endpoints;
    const more = userInfo === null ? {} : { userinfo_endpoint: userInfo };
    return { issuer, authorization_endpoint: authorization, token_endpoint: token, ...more };
  }
  const known = found.get(issuer);
  if (known !== undefined && Date.now() - known.atMs < limits.providerMetadataMs) return known.metadata;
  const metadata = await discovered(new URL(issuer), options);
  found.set(issuer, { metadata, atMs: Date.now() });
  return metadata;
}

async function discovered(issuer: URL, options: oauth.DiscoveryRequestOptions): Promise<Metadata> {
  const response = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oidc' });
  if (response.status !== 404) return oauth.processDiscoveryResponse(issuer, response);
  const other = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' });
  return oauth.processDiscoveryResponse(issuer, other);
}
