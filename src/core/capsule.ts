/**
 * What is a capsule, and what does it hold?
 *
 * An account, its credential and what may be done with it, sealed for its owner to keep (`Authorization: Bearer pstn_…`).
 * Nothing of it is stored; so it ends when it expires, when its key is taken out of CAPSULE_KEYS, or when the operator names its
 * id, or that of one that it was narrowed from, among the revoked ones.
 */
import { base64url } from 'jose';
import { z } from 'zod';
import { type AccessWish, narrowed, scopes } from './access.ts';
import type { Account } from './account.ts';
import { err, ok, type Result } from './failure.ts';
import { type Keyring, open, seal } from './seal.ts';
import { Secret } from './secret.ts';

export const capsulePrefix = 'pstn_';

export interface Capsule {
  readonly account: Account;
  /** Its own id first, then that of the capsule that it was narrowed from, and so on. */
  readonly ids: readonly [string, ...string[]];
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** Ids of capsules, as REVOKED_CAPSULES has them: apart by commas or spaces. */
export const revokedIn = (text: string): ReadonlySet<string> => new Set(text.split(/[\s,]+/).filter((id) => id !== ''));

/** What is sealed. Its shape belongs to version 1 of the purpose. */
const Sealed = z.strictObject({
  ids: z.tuple([z.string()], z.string()).readonly(),
  server: z.strictObject({
    protocol: z.enum(['imap', 'pop3']),
    host: z.string(),
    port: z.int(),
    security: z.enum(['tls', 'starttls', 'none']),
  }),
  user: z.string(),
  credential: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['password', 'access-token']), secret: z.string() }),
    z.strictObject({ kind: z.literal('refresh-token'), provider: z.string(), secret: z.string() }),
  ]),
  access: z.strictObject({
    scopes: z.array(z.enum(scopes)).readonly(),
    mailboxes: z.array(z.string()).readonly().nullable(),
  }),
});

/** 128 random bits. */
export const newCapsuleId = (): string => base64url.encode(crypto.getRandomValues(new Uint8Array(16)));

/** What is wished for of a capsule; what is left out stays as it is. */
export interface CapsuleWish extends AccessWish {
  /** Seconds since 1970. */
  readonly expiresAt?: number | undefined;
}

/** One that is no wider than `held` and lives no longer. Fails with `access-too-wide`. */
export function lesserCapsule(held: Capsule, { expiresAt = held.expiresAt, ...wish }: CapsuleWish): Result<Capsule> {
  const access = narrowed(held.account.access, wish);
  if (!access.ok) return access;
  if (!(expiresAt <= held.expiresAt)) return err({ kind: 'access-too-wide', member: 'expiresInSeconds' });
  return ok({
    account: { ...held.account, access: access.value },
    ids: [newCapsuleId(), ...held.ids],
    expiresAt,
  });
}

export async function sealCapsule(keyring: Keyring, { account, ids, expiresAt }: Capsule): Promise<string> {
  const { server, user, credential, access } = account;
  const sealed = { ids, server, user, credential: { ...credential, secret: credential.secret.reveal() }, access };
  const payload = new TextEncoder().encode(JSON.stringify(sealed satisfies z.input<typeof Sealed>));
  return capsulePrefix + (await seal(keyring, 'capsule', null, expiresAt, payload));
}

/** Fails with `capsule-invalid`, `capsule-expired` or `capsule-revoked`. `now`: seconds since 1970. */
export async function openCapsule(
  keyring: Keyring,
  revoked: ReadonlySet<string>,
  now: number,
  token: string,
): Promise<Result<Capsule>> {
  if (!token.startsWith(capsulePrefix)) return err({ kind: 'capsule-invalid' });
  const opened = await open(keyring, 'capsule', null, now, token.slice(capsulePrefix.length));
  if (opened.kind !== 'opened') return err({ kind: `capsule-${opened.kind}` });
  // Sealed by another version of this, before a step back.
  const sealed = Sealed.safeParse(JSON.parse(new TextDecoder().decode(opened.payload)));
  if (!sealed.success) return err({ kind: 'capsule-invalid' });
  const { ids, credential, ...account } = sealed.data;
  if (ids.some((id) => revoked.has(id))) return err({ kind: 'capsule-revoked' });
  const wrapped = { ...credential, secret: new Secret(credential.secret) };
  return ok({ account: { ...account, credential: wrapped }, ids, expiresAt: opened.expiresAt });
}
