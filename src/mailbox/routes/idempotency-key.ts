/**
 * `Idempotency-Key`: which request is this a repeat of? (draft-ietf-httpapi-idempotency-key-header-07)
 */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Gateway } from '../../http/context.ts';

export const idempotencyKeyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .optional()
    .openapi({
      description: `Up to ${limits.idempotencyKeyCharacters} characters of your own, such as a UUID, as they are or in quotes (a string of RFC 8941). Repeated with the same key within 24 hours, the request is carried out once and answered alike.`,
      example: '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
    }),
});

export const keyProblems = [
  'idempotency-key-reused',
  'idempotency-key-in-progress',
  'idempotency-key-in-doubt',
] as const;

const remedy = `Give 1 to ${limits.idempotencyKeyCharacters} characters of ASCII without spaces, or a string in quotes.`;

/** Null when there is none. `"a"` and `a` are the same key. */
export function idempotencyKeyOf(c: Context<Gateway>): string | null {
  const header = c.req.header('Idempotency-Key');
  if (header === undefined) return null;
  const key = keyIn(header.trim());
  if (key !== null && key.length <= limits.idempotencyKeyCharacters) return key;
  throw invalidKey(remedy);
}

/** RFC 8941 §3.3.3: printable ASCII, of which `"` and `\` are escaped. */
export function keyIn(header: string): string | null {
  const [, quoted] = /^"((?:[ !#-[\]-~]|\\["\\])+)"$/.exec(header) ?? [];
  if (quoted !== undefined) return quoted.replace(/\\(.)/g, '$1');
  return /^[!#-+\--~]+$/.test(header) ? header : null;
}

/** A promise that nobody keeps is worse than none. */
export function refuseKey(c: Context<Gateway>, message: string): void {
  if (c.req.header('Idempotency-Key') !== undefined) throw invalidKey(message);
}

const invalidKey = (message: string): Failed =>
  new Failed({ kind: 'request-invalid', errors: [{ in: 'header', field: 'Idempotency-Key', message }] });
