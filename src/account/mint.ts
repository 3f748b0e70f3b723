/**
 * How is a capsule made?
 *
 * From an account whose credential the mail server takes, or from a capsule that allows more. Everything that can be told without
 * the mail server is told before it is asked. Nothing is stored.
 */
import type { Context } from 'hono';
import type { Access, AccessWish } from '../core/access.ts';
import { type Account, toMessage } from '../core/account.ts';
import { accountJson } from '../core/account-parts.ts';
import { type Capsule, lesserCapsule, newCapsuleId, sealCapsule } from '../core/capsule.ts';
import { Failed, type FieldError, type Result } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { utcDateOf } from '../core/utc-date.ts';
import { keyringOf, objectNameOf } from '../http/account-object.ts';
import { admitted } from '../http/admission.ts';
import { type Gateway, unwrapped } from '../http/context.ts';
import { mailboxNameOf } from '../mailbox/rules.ts';
import { type Abilities, abilitiesOf } from './ability.ts';

export interface MintWish extends AccessWish {
  readonly expiresInSeconds?: number | undefined;
}

export interface MintedCapsule extends Abilities {
  /** The capsule itself, a secret. */
  readonly token: string;
  /** What it is called; it opens nothing. */
  readonly id: string;
  /** A UTCDate. */
  readonly expiresAt: string;
  readonly account: Pick<Account, 'user'> & {
    readonly protocol: Account['server']['protocol'];
    readonly server: Omit<Account['server'], 'protocol'>;
  };
  readonly access: { readonly scopes: Access['scopes'][number][]; readonly mailboxes: string[] | null };
}

/** A first capsule: `account` is admitted here, as every account has to be. */
export async function mintCapsule(c: Context<Gateway>, account: Account, wish: MintWish = {}): Promise<MintedCapsule> {
  const now = nowSeconds();
  const { expiresInSeconds = usualSecondsOf(account) } = wish;
  const admittedAccount = await admittedFor(c, account, wish);
  const whole: Capsule = {
    account: admittedAccount,
    ids: [newCapsuleId()],
    expiresAt: now + limits.capsuleSecondsMost,
  };
  const capsule = grantedOf(lesserCapsule(whole, { ...wish, expiresAt: now + expiresInSeconds }));
  return sealed(c, { ...capsule, ids: whole.ids }, wish);
}

/** One that allows no more than `held`, and lives no longer: as long, unless it is said. */
export async function exchangeCapsule(c: Context<Gateway>, held: Capsule, wish: MintWish): Promise<MintedCapsule> {
  if (held.ids.length > limits.capsuleLineage) throw new Failed({ kind: 'request-invalid', errors: [tooDeep] });
  const { expiresInSeconds } = wish;
  const expiresAt = expiresInSeconds === undefined ? undefined : nowSeconds() + expiresInSeconds;
  const account = await admittedFor(c, held.account, wish);
  return sealed(c, grantedOf(lesserCapsule({ ...held, account }, { ...wish, expiresAt })), wish);
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** An access token ends by itself, and nobody can tell from it when. */
const usualSecondsOf = ({ credential }: Account): number =>
  credential.kind === 'access-token' ? limits.accessTokenCapsuleSeconds : limits.capsuleSeconds;

const tooDeep: FieldError = {
  in: 'body',
  field: 'token',
  message: `This capsule has come from ${limits.capsuleLineage} exchanges already. Exchange one that it was made from.`,
};

/** What the operator's key does not allow is not sealed either. */
async function admittedFor(c: Context<Gateway>, account: Account, { scopes, mailboxes }: MintWish): Promise<Account> {
  const admittedAccount = await admitted(c, account, {
    protocol: 'any',
    scope: 'as-the-body-says',
    reach: 'mailboxes',
  });
  const held = admittedAccount.access.scopes;
  const isWithheld = scopes?.some((scope) => account.access.scopes.includes(scope) && !held.includes(scope));
  if (isWithheld || held.length === 0) throw new Failed({ kind: 'caller-forbidden', reason: 'scope' });
  if (mailboxes !== undefined && account.server.protocol === 'pop3') {
    throw invalid([{ field: 'mailboxes', message: 'A maildrop has no mailboxes; leave it out.' }]);
  }
  return admittedAccount;
}

function grantedOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Failed(result.failure);
  return result.value;
}

async function sealed(
  c: Context<Gateway>,
  capsule: Capsule,
  { mailboxes: named = [] }: MintWish,
): Promise<MintedCapsule> {
  const { account, ids, expiresAt } = capsule;
  const token = await sealCapsule(keyringOf(c.env), capsule);
  if (token.length > limits.capsuleCharacters) throw invalid([tooLong(account)]);
  const abilities = await abilitiesOf(c, account);
  await requireMailboxes(c, account, named);
  const { scopes, mailboxes } = account.access;
  return {
    token,
    id: ids[0],
    expiresAt: utcDateOf(expiresAt * 1000),
    account: accountJson(account),
    access: { scopes: [...scopes], mailboxes: mailboxes === null ? null : [...mailboxes] },
    ...abilities,
  };
}

/** A mistake in a name would make a capsule that is good for nothing, until somebody makes a mailbox of that name. */
async function requireMailboxes(c: Context<Gateway>, account: Account, named: readonly string[]): Promise<void> {
  if (named.length === 0) return;
  const stub = c.env.MAILBOX.getByName(await objectNameOf(c.env, account));
  const message = toMessage(account);
  const errors: Pick<FieldError, 'field' | 'message'>[] = [];
  for (const [index, id] of named.entries()) {
    const name = mailboxNameOf(id);
    const reply = name === null ? null : await stub.mailbox(message, name, { size: false, myRights: false });
    if (reply === null || (!reply.result.ok && reply.result.failure.kind === 'mailbox-not-found')) {
      errors.push({ field: `mailboxes.${index}`, message: noSuchMailbox });
    } else unwrapped(reply, c.get('timings'));
  }
  if (errors.length > 0) throw invalid(errors);
}

const noSuchMailbox = 'There is no such mailbox. Give an id, or a role, that GET /v1/imap/mailboxes lists.';

const tooLong = ({ access }: Account): Pick<FieldError, 'field' | 'message'> =>
  access.mailboxes === null
    ? { field: 'body', message: 'User and credential are too long for a capsule, which is sent in a header.' }
    : { field: 'mailboxes', message: 'Their ids are too long for a capsule, which is sent in a header. Name fewer.' };

const invalid = (errors: readonly Pick<FieldError, 'field' | 'message'>[]): Failed =>
  new Failed({ kind: 'request-invalid', errors: errors.map((error) => ({ in: 'body', ...error })) });
