/**
 * Whose key is it?
 *
 * API_KEYS is a JSON list of entries, each with a label and the SHA-256 of a key. A key is `pstk_` and 256 random bits in base64url
 * (`npm run keys -- --api-key`): too many to try, so a fast hash is as good as a slow one, and costs no caller any time. Whoever has the list
 * has no key.
 */
import { base64url } from 'jose';
import { z } from 'zod';
import { scopes } from '../core/access.ts';
import type { Caller } from '../core/caller.ts';
import { canonicalHost } from '../core/public-host.ts';
import { mostRequests, mostSeconds } from '../core/rate.ts';

export interface ApiKey {
  readonly caller: Caller;
  readonly hash: Uint8Array<ArrayBuffer>;
  /** Milliseconds since 1970; null: it does not end. */
  readonly expiresAtMs: number | null;
}

const isHost = (text: string): boolean => {
  const host = text.replace(/^\*\./, '');
  return !host.includes('*') && canonicalHost(host) === host;
};

const Entry = z.strictObject({
  label: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  hash: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  servers: z.array(z.string().refine(isHost)).min(1).optional(),
  scopes: z.array(z.enum(scopes)).min(1).optional(),
  rate: z
    .strictObject({ requests: z.int().min(1).max(mostRequests), perSeconds: z.int().min(1).max(mostSeconds) })
    .optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});

/** Several may have one label, so that a key can be followed by another. No two have one hash: whose it is would be open. */
const List = z.array(Entry).refine((entries) => new Set(entries.map(({ hash }) => hash)).size === entries.length);

/** Reads API_KEYS; null when it is not such a list, in whatever way: a door that is half set up stays shut. */
export function parseApiKeys(text: string): readonly ApiKey[] | null {
  const entries = List.safeParse(parsedJson(text));
  if (!entries.success) return null;
  return entries.data.map(({ label, hash, expiresAt, ...allowed }) => ({
    caller: {
      label,
      servers: allowed.servers ?? null,
      scopes: allowed.scopes ?? scopes,
      rate: allowed.rate ?? null,
    },
    hash: Uint8Array.from(base64url.decode(hash)),
    expiresAtMs: expiresAt === undefined ? null : Date.parse(expiresAt),
  }));
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // It may quote what it could not read; that it is no JSON is all there is to know.
    return undefined;
  }
}

/** The caller whose key this is; null when it is nobody's, or not any more. Takes as long whichever it is. */
export async function callerWith(keys: readonly ApiKey[], key: string, nowMs: number): Promise<Caller | null> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  const matches = keys.filter((known) => crypto.subtle.timingSafeEqual(known.hash, hash));
  const found = matches.find(({ expiresAtMs }) => expiresAtMs === null || nowMs < expiresAtMs);
  return found?.caller ?? null;
}
