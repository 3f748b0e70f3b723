/**
 * What a program does that has capsules, and capsules that no program is given.
 */
import type { z } from 'zod';
import { MintedCapsuleSchema } from '../../src/account/schema.ts';
import { type Access, fullAccess } from '../../src/core/access.ts';
import { type Capsule, newCapsuleId, sealCapsule } from '../../src/core/capsule.ts';
import { type Keyring, parseKeyring } from '../../src/core/seal.ts';
import { Secret } from '../../src/core/secret.ts';
import { parseMailServer } from '../../src/core/server.ts';
import { accountOf } from './consolidation.ts';
import { type Call, type Caller, type Postern, testKey } from './postern.ts';

export const accounts = '/v1/accounts';

export type Minted = z.output<typeof MintedCapsuleSchema>;

export interface Wish {
  readonly scopes?: readonly string[];
  readonly mailboxes?: readonly string[];
  readonly expiresInSeconds?: number;
}

/** A call with a capsule in the place of everything else. */
export const bearing = (token: string, call: Call = {}): Call => ({
  ...call,
  headers: { ...call.headers, Authorization: `Bearer ${token}` },
});

export const capsuleFor = (postern: Postern, caller: Caller, wish: Wish = {}): Promise<Minted> =>
  postern.json(MintedCapsuleSchema, null, accounts, { body: { ...accountOf(caller), ...wish } });

export const exchangeOf = (postern: Postern, token: string, wish: Wish = {}): Promise<Minted> =>
  postern.json(MintedCapsuleSchema, null, accounts, { body: { token, ...wish } });

export function keyringOf(text: string): Keyring {
  const keyring = parseKeyring(text);
  if (keyring === null) throw new Error('no keyring');
  return keyring;
}

/** As `POST /v1/accounts` would have sealed it, without asking a mail server, and with an end that may be over. */
export function sealedFor(
  { user, password, mailServer }: Caller,
  { access = {}, keys = testKey, ...rest }: { access?: Partial<Access>; keys?: string } & Partial<Capsule> = {},
): Promise<string> {
  const server = parseMailServer(mailServer);
  if (!server.ok) throw new Error(`${mailServer} is no server`);
  const credential = { kind: 'password' as const, secret: new Secret(password) };
  const account = { server: server.value, user, credential, access: { ...fullAccess, ...access } };
  const expiresAt = Math.floor(Date.now() / 1000) + 3600;
  return sealCapsule(keyringOf(keys), { account, ids: [newCapsuleId()], expiresAt, ...rest });
}

/** The same person with a capsule that allows no more than that. */
export const allowed = async (caller: Caller, access: Partial<Access>): Promise<Caller> => ({
  ...caller,
  token: await sealedFor(caller, { access }),
});
