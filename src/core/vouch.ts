/**
 * How does Postern recognise octets that it gave out, when they need not be kept from whoever holds them?
 *
 * They carry a truncated HMAC-SHA-256 (RFC 2104 §5), which is a good deal shorter than a sealed token. Its key is derived for the
 * purpose from the operator's keys, as in `seal.ts`: the newest one signs and all of them are accepted. Purpose, version and
 * the account's digest are signed along, so that nothing made for one purpose or account passes for another.
 */
import { base64url } from 'jose';
import { accountDigest, derive, type Keyring, type SealKey } from './seal.ts';

type Purpose = 'state';

/** Octets of the signature. RFC 2104 asks for half of the hash at least. */
const tagBytes = 16;

const hmac = { name: 'HMAC', hash: 'SHA-256' };

/** `octets` and their signature, as base64url. */
export async function vouched(
  keyring: Keyring,
  purpose: Purpose,
  account: readonly (string | number)[],
  octets: Uint8Array,
): Promise<string> {
  const [key] = keyring;
  const signed = await signedText(key, purpose, account, octets);
  const tag = await crypto.subtle.sign('HMAC', await importKey(key, purpose), signed);
  return base64url.encode(joined(octets, new Uint8Array(tag, 0, tagBytes)));
}

/** The octets; null for whatever `vouched` has not made for just this purpose and account. */
export async function opened(
  keyring: Keyring,
  purpose: Purpose,
  account: readonly (string | number)[],
  text: string,
): Promise<Uint8Array | null> {
  const bytes = bytesOf(text);
  if (bytes === null || bytes.length < tagBytes) return null;
  const octets = bytes.subarray(0, -tagBytes);
  const tag = bytes.subarray(-tagBytes);
  for (const key of keyring) {
    const signed = await signedText(key, purpose, account, octets);
    const right = await crypto.subtle.sign('HMAC', await importKey(key, purpose), signed);
    if (isSame(tag, new Uint8Array(right, 0, tagBytes))) return octets;
  }
  return null;
}

const importKey = async (key: SealKey, purpose: Purpose): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', await derive(key, purpose), hmac, false, ['sign']);

/** The digest is of one length, so that nothing can move between it and the octets. */
async function signedText(
  key: SealKey,
  purpose: Purpose,
  account: readonly (string | number)[],
  octets: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const head = new TextEncoder().encode(`postern ${purpose} v1 ${await accountDigest(key, account)} `);
  return joined(head, octets);
}

/** Null for what is no base64url, or spells its octets in another way than the one in which they are given out. */
function bytesOf(text: string): Uint8Array | null {
  try {
    const bytes = base64url.decode(text);
    return base64url.encode(bytes) === text ? bytes : null;
  } catch {
    // jose throws for whatever is not base64url; there is nothing more to learn from it.
    return null;
  }
}

/** In a time that does not tell where they differ. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (const [at, octet] of one.entries()) difference |= octet ^ (other[at] ?? 0);
  return difference === 0;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
