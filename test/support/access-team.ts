/**
 * A team of Cloudflare Access: it signs for whom it has let through, and shows its public keys.
 */
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { listening } from '../../scripts/listening.ts';

export const audience = 'f'.repeat(64);

/** A key pair of the team's. */
export interface TeamKey {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function newTeamKey(kid: string, alg: TeamKey['alg'] = 'RS256'): Promise<TeamKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export interface AccessTeam {
  readonly issuer: string;
  /** What it shows; a test may change them. */
  keys: readonly TeamKey[];
  /** What it answers instead of its keys. */
  failure: { readonly status: number; readonly body: string } | null;
  /** How often it was asked for its keys. */
  readonly asked: number;
  /** As Access makes them for a person, but for what a test wants. Null takes a claim away. */
  assertion(key: TeamKey, claims?: Readonly<Record<string, unknown>>): Promise<string>;
  stop(): Promise<void>;
}

export async function startAccessTeam(...keys: readonly TeamKey[]): Promise<AccessTeam> {
  const state = { keys, failure: null as AccessTeam['failure'], asked: 0 };
  const server = createServer((request, response) => {
    state.asked += 1;
    if (request.url !== '/cdn-cgi/access/certs') response.writeHead(404).end();
    else if (state.failure !== null) response.writeHead(state.failure.status).end(state.failure.body);
    else response.end(JSON.stringify({ keys: state.keys.map(({ publicJwk }) => publicJwk) }));
  });
  const issuer = `http://127.0.0.1:${await listening(server)}`;
  return {
    issuer,
    get keys() {
      return state.keys;
    },
    set keys(keys) {
      state.keys = keys;
    },
    get failure() {
      return state.failure;
    },
    set failure(failure) {
      state.failure = failure;
    },
    get asked() {
      return state.asked;
    },
    async assertion({ kid, alg, privateKey }, claims = {}) {
      const now = Math.floor(Date.now() / 1000);
      const usual = {
        iss: issuer,
        aud: [audience],
        sub: person,
        email,
        iat: now,
        nbf: now,
        exp: now + 300,
        type: 'app',
      };
      const all = Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== null);
      return new SignJWT(Object.fromEntries(all)).setProtectedHeader({ alg, kid, typ: 'JWT' }).sign(privateKey);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const person = '7335d417-61da-459d-899c-0a01c76a2f94';
export const email = 'ada.lovelace@example.com';
