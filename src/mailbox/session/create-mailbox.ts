/**
 * How is a mailbox made? (CREATE, RFC 9051 §6.3.4; USE, RFC 6154 §3)
 *
 * What can be refused is refused before anything is changed. A repeat of what succeeded finds the mailbox there.
 */
import { err, type MailFailure, ok, type Result } from '../../core/failure.ts';
import { type Timings, timed } from '../../core/reply.ts';
import type { Lease } from '../../wire/pool.ts';
import type { ListedMailbox, MailboxName, Role } from '../answers.ts';
import { attempt } from './attempt.ts';
import { detailed, type Listed, listWithSubscriptions, namedOf } from './list-mailboxes.ts';
import { pathOfName } from './mailbox-name.ts';
import { isInUse, nameAt, ownNameOf, type Place, placeBelow } from './mailbox-place.ts';
import { rolesOf } from './mailbox-roles.ts';
import type { ImapSession } from './session.ts';
import { setSubscribed } from './subscribe-mailbox.ts';
import { atom, type CompilableToken, mailboxToken } from './tokens.ts';

export interface NewMailbox {
  readonly name: string;
  /** Null for the top. */
  readonly parent: MailboxName | null;
  readonly role: Role | null;
  readonly isSubscribed: boolean;
}

/** `begin` is called before anything can have changed. Answers the mailbox as it is listed then. */
export async function createMailbox(
  { session, isWarm }: Lease<ImapSession>,
  wish: NewMailbox,
  begin: () => void,
  timings: Timings,
): Promise<Result<ListedMailbox>> {
  return timed(timings, 'store', async () => {
    if (isWarm) await session.wakeUp();
    const before = await listWithSubscriptions(session);
    const place = placeBelow(session, before, wish.parent);
    if (!place.ok) return place;
    const name = nameAt(place.value, ownNameOf(wish.name, session), session);
    if (!name.ok) return name;
    if (isInUse(before, name.value)) return err({ kind: 'mailbox-exists', field: 'name' });
    const use = useOf(session, before, name.value, place.value, wish.role);
    if (!use.ok) return use;
    begin();
    const created = await attempt(() => session.exec('CREATE', [tokenOf(session, name.value), ...use.value]));
    if (!created.ok) return err(await explained(session, created.failure, name.value, wish.role));
    if (wish.isSubscribed) await setSubscribed(session, [name.value], true);
    return madeMailbox(session, name.value);
  });
}

/** What follows the name in CREATE. A name that stands for the role by itself needs nothing. */
function useOf(
  session: ImapSession,
  before: Listed,
  name: string,
  { delimiter }: Place,
  role: Role | null,
): Result<CompilableToken[]> {
  if (role === null) return ok([]);
  if (before.rolePaths.has(role)) return err({ kind: 'mailbox-exists', field: 'role' });
  if (session.has('CREATE-SPECIAL-USE')) return ok([[atom('USE'), [atom(flagOf(role))]]]);
  const { namespaces, entries } = before;
  const made = { name, delimiter, flags: new Set<string>() };
  const roles = rolesOf([...entries, made].map((entry) => namedOf(session, entry, namespaces)));
  if (roles.get(role) === pathOfName(name, session.nameEncoding)) return ok([]);
  return err({ kind: 'unsupported-by-server', feature: 'CREATE-SPECIAL-USE' });
}

/** `sent` is `\Sent`. */
const flagOf = (role: Role): string => `\\${role.charAt(0).toUpperCase()}${role.slice(1)}`;

const tokenOf = (session: ImapSession, name: string): CompilableToken => mailboxToken(name, session.nameEncoding);

/** Servers say by a code or not at all that a name is taken, or that they do not like it. */
async function explained(
  session: ImapSession,
  failure: MailFailure,
  name: string,
  role: Role | null,
): Promise<MailFailure> {
  if (failure.kind === 'mailbox-not-found') return { kind: 'mailbox-not-found', field: 'parentId' };
  if (failure.kind !== 'command-refused') return failure;
  if (failure.responseCode === 'USEATTR') {
    return { kind: 'unsupported-by-server', feature: `a mailbox with the role ${role ?? 'asked for'}` };
  }
  return explainedName(session, failure, name);
}

/** The same for CREATE and RENAME: somebody else may have taken the name in the meantime. */
export async function explainedName(session: ImapSession, failure: MailFailure, name: string): Promise<MailFailure> {
  if (failure.kind !== 'command-refused') return failure;
  const { responseCode } = failure;
  if (responseCode === 'ALREADYEXISTS') return { kind: 'mailbox-exists', field: 'name' };
  if (responseCode !== null && responseCode !== 'CANNOT') return failure;
  if (isInUse(await listWithSubscriptions(session), name)) return { kind: 'mailbox-exists', field: 'name' };
  return { kind: 'unsupported-by-server', feature: 'a mailbox of this name in this place' };
}

/** The mailbox of this name as the server lists it now. */
export async function madeMailbox(session: ImapSession, name: string): Promise<Result<ListedMailbox>> {
  const listed = await listWithSubscriptions(session);
  const entry = listed.entries.find((entry) => entry.name === name);
  // One that was made and may not be seen, or that somebody else has renamed already.
  if (entry === undefined) return err({ kind: 'mailbox-not-found' });
  return ok(await detailed(session, entry, listed, { size: false, myRights: false }));
}
