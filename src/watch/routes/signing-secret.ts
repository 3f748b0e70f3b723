/**
 * Is that a signing secret? (Standard Webhooks: `whsec_`, and the base64 of 24 to 64 octets)
 */
import { Buffer } from 'node:buffer';
import { Failed } from '../../core/failure.ts';

/** Null is for one to be made. Fails with `request-invalid`, which does not repeat it. */
export function requireSigningSecret(secret: string | null): void {
  if (secret === null || isSigningSecret(secret)) return;
  const message = 'Give whsec_ and the base64 of 24 to 64 random octets, or leave it out to get one.';
  throw new Failed({ kind: 'request-invalid', errors: [{ in: 'body', field: 'secret', message }] });
}

/** In the one spelling that every library reads: with its padding, and without what base64 has no use for. */
function isSigningSecret(text: string): boolean {
  const [, encoded = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const octets = Buffer.from(encoded, 'base64');
  return octets.length >= 24 && octets.length <= 64 && octets.toString('base64') === encoded;
}
