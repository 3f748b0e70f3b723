/**
 * Is a request signed as Standard Webhooks says?
 *
 * Told by its own library and, beside it, by hand from the specification (standard-webhooks.com, sections "Signature scheme" and
 * "Verifying signatures"). Knows nothing of how Postern signs.
 */
import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

export interface Signed {
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Of the specification: further than this from the receiver's clock a request may be an old one that somebody sends again. */
const toleranceSeconds = 5 * 60;

/** What is wrong with it, by the clock that says `nowMs`; nothing when both agree that it is signed with this secret. */
export function signatureFaults({ headers, body }: Signed, secret: string, nowMs = Date.now()): readonly string[] {
  return [...faultsByHand({ headers, body }, secret, nowMs), ...faultsByLibrary({ headers, body }, secret)];
}

/** The library alone; it looks at this machine's clock by itself. */
export function faultsByLibrary({ headers, body }: Signed, secret: string): readonly string[] {
  try {
    new Webhook(secret).verify(Buffer.from(body).toString('utf8'), { ...headers });
    return [];
  } catch (error) {
    return [`standardwebhooks: ${String(error)}`];
  }
}

export function faultsByHand({ headers, body }: Signed, secret: string, nowMs: number): readonly string[] {
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  const signatures = (headers['webhook-signature'] ?? '').split(' ');
  const faults: string[] = [];
  // The full stop parts what is signed, so an id must not hold one.
  if (!/^[^.\s]+$/.test(id)) faults.push(`webhook-id: ${id}`);
  if (!/^\d+$/.test(timestamp)) faults.push(`webhook-timestamp: ${timestamp}`);
  if (Math.abs(Number(timestamp) - nowMs / 1000) > toleranceSeconds) faults.push(`of another time: ${timestamp}`);
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  const isMatching = signatures.some((signature) => isSame(signature, expected));
  if (!isMatching) faults.push(`by hand: none of ${signatures.length} signatures matches`);
  return faults;
}

function isSame(signature: string, expected: Buffer): boolean {
  const [, base64 = ''] = /^v1,([A-Za-z0-9+/]+=*)$/.exec(signature) ?? [];
  const given = Buffer.from(base64, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
