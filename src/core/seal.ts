/**
 * How does Postern recognise what it gave out, without storing it?
 *
 * A sealed token is a compact JWE (RFC 7516, `dir` with A256GCM). Its protected header is the associated data: purpose
 * and version (`typ`), the account's digest, the expiry and the key's id. Keys come from the operator's CAPSULE_KEYS,
 * `id:base64url(32 octets)`, comma-separated, newest first: the newest seals, all of them open. Each purpose has a key of
 * its own, derived by HKDF (RFC 5869), so that a token for one purpose is noise to another.
 */
import { base64url, CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';

export interface SealKey {
  readonly id: string;
  readonly secret: Uint8Array<ArrayBuffer>;
}

/** Newest first; never empty. */
export type Keyring = readonly [SealKey, ...SealKey[]];

export type Purpose =
  | 'receipt'
  | 'account'
  | 'state'
  | 'capsule'
  /** Of an authorization: the way into it, the way to the provider and back, and the way back to the application. */
  | 'oauth2-ticket'
  | 'oauth2-state'
  | 'oauth2-code'
  /** The key with which a Watcher seals what it keeps. */
  | 'watch';

/** What makes an account the same account. */
export type AccountParts = readonly (string | number)[];

export type OpenedSeal =
  | {
      readonly kind: 'opened';
      readonly payload: Uint8Array;
      /** Seconds since 1970. */
      readonly expiresAt: number;
    }
  | { readonly kind: 'expired' }
  | { readonly kind: 'invalid' };

/** Reads CAPSULE_KEYS; null when it is not a list of keys of 32 octets with ids of their own. */
export function parseKeyring(text: string | undefined): Keyring | null {
  const keys: SealKey[] = [];
  for (const entry of (text ?? '').split(',')) {
    const [, id, encoded] = /^\s*([A-Za-z0-9_-]{1,32}):([A-Za-z0-9_-]{43})\s*$/.exec(entry) ?? [];
    if (id === undefined || encoded === undefined || keys.some((key) => key.id === id)) return null;
    keys.push({ id, secret: Uint8Array.from(base64url.decode(encoded)) });
  }
  const [newest, ...older] = keys;
  return newest === undefined ? null : [newest, ...older];
}

/** The key for one purpose. */
export async function derive(key: SealKey, purpose: Purpose): Promise<Uint8Array<ArrayBuffer>> {
  const root = await crypto.subtle.importKey('raw', key.secret, 'HKDF', false, ['deriveBits']);
  const info = new TextEncoder().encode(`postern ${purpose} v1`);
  const bits = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info },
    root,
    256,
  );
  return new Uint8Array(bits);
}

/** A name for an account that tells nothing about it: HMAC-SHA-256 of its parts, as base64url. */
export async function accountDigest(key: SealKey, parts: AccountParts): Promise<string> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const derived = await crypto.subtle.importKey('raw', await derive(key, 'account'), hmac, false, ['sign']);
  const name = new TextEncoder().encode(JSON.stringify(parts));
  return base64url.encode(new Uint8Array(await crypto.subtle.sign('HMAC', derived, name)));
}

/**
 * Seals `payload` for one purpose and one account until `expiresAt` (seconds since 1970). `account` is null where it is sealed
 * itself: then whoever opens the token does not know yet whose it is.
 */
export async function seal(
  keyring: Keyring,
  purpose: Purpose,
  account: AccountParts | null,
  expiresAt: number,
  payload: Uint8Array,
): Promise<string> {
  const [key] = keyring;
  const header = {
    alg: 'dir',
    enc: 'A256GCM',
    kid: key.id,
    typ: `${purpose}.v1`,
    exp: expiresAt,
    ...(await subjectOf(key, account)),
  };
  return new CompactEncrypt(payload).setProtectedHeader(header).encrypt(await derive(key, purpose));
}

const subjectOf = async (key: SealKey, account: AccountParts | null): Promise<{ readonly sub?: string }> =>
  account === null ? {} : { sub: await accountDigest(key, account) };

/** Opens what `seal` made. Whatever was not made by it for just this purpose and account is `invalid`. */
export async function open(
  keyring: Keyring,
  purpose: Purpose,
  account: AccountParts | null,
  now: number,
  token: string,
): Promise<OpenedSeal> {
  try {
    const { kid } = decodeProtectedHeader(token);
    const key = keyring.find(({ id }) => id === kid);
    if (key === undefined) return { kind: 'invalid' };
    const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };
    const { plaintext, protectedHeader } = await compactDecrypt(token, await derive(key, purpose), options);
    const { typ, sub, exp } = protectedHeader;
    const meant = typ === `${purpose}.v1` && sub === (await subjectOf(key, account)).sub;
    if (!meant || typeof exp !== 'number') return { kind: 'invalid' };
    return exp <= now ? { kind: 'expired' } : { kind: 'opened', payload: plaintext, expiresAt: exp };
  } catch {
    // jose throws for whatever is not one of our tokens; there is nothing more to learn from it.
    return { kind: 'invalid' };
  }
}
