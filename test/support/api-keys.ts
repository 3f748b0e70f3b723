/**
 * Keys of an operator's, and what is told to Postern about them.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Rate } from '../../src/core/rate.ts';
import { canaryPassword } from './canary.ts';

export interface KeyEntry {
  readonly label: string;
  readonly servers?: readonly string[];
  readonly scopes?: readonly string[];
  readonly rate?: Rate;
  readonly expiresAt?: string;
}

export const hashOf = (key: string): string => createHash('sha256').update(key).digest('base64url');

/** A key such as `npm run keys` makes, with a canary in it: no answer and no log shows any of it. */
export const newKey = (): string => `pstk_${canaryPassword}${randomBytes(32).toString('base64url')}`.slice(0, 48);

/** API_KEYS with an entry for each. */
export const apiKeys = (...keys: readonly (KeyEntry & { readonly key: string })[]): string =>
  JSON.stringify(keys.map(({ key, ...entry }) => ({ ...entry, hash: hashOf(key) })));

export const withKey = (key: string): { readonly headers: Readonly<Record<string, string>> } => ({
  headers: { 'X-API-Key': key },
});
