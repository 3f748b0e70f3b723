/**
 * Which mailboxes does a subscription mean, of those that there are and that it may see?
 *
 * Pure: what was listed is given.
 */
import { err, ok, type Result } from '../../core/failure.ts';
import type { MailboxName, Role } from '../../mailbox/answers.ts';
import { mailboxNameOf } from '../../mailbox/rules.ts';
import { type GrantedPath, grantIn, grantsByRole, isByRole } from '../../mailbox/session/granted-path.ts';
import type { Listed } from '../../mailbox/session/list-mailboxes.ts';
import { receivingMailboxes } from '../../mailbox/session/receiving-mailboxes.ts';
import type { ImapSession } from '../../mailbox/session/session.ts';
import type { Subscription } from '../subscription.ts';

export interface Place {
  /** Null when no mailbox has that role. */
  readonly path: GrantedPath | null;
  /** Null when it was not named by its role. */
  readonly role: Role | null;
}

export interface Places {
  readonly isAll: boolean;
  /** Each mailbox once. */
  readonly places: readonly Place[];
}

type Wish = Pick<Subscription, 'settings' | 'access'>;

/** Without a word about mailboxes it is the one where mail is received by everybody. */
export const namedIn = ({ settings }: Pick<Subscription, 'settings'>): readonly string[] =>
  settings.mailboxes ?? ['inbox'];

export const isOfAll = (subscription: Pick<Subscription, 'settings'>): boolean => namedIn(subscription).includes('*');

/** Whether it has to be known which mailboxes there are. */
export const needsList = (subscription: Wish): boolean =>
  isOfAll(subscription) ||
  grantsByRole(subscription.access) ||
  namedIn(subscription).some((id) => {
    const name = mailboxNameOf(id);
    return name !== null && isByRole(name);
  });

/** Fails with `mailbox-not-granted`, and with `mailbox-not-found` for what is no name of a mailbox. */
export function placesOf(
  session: Pick<ImapSession, 'nameEncoding'>,
  subscription: Wish,
  listed: Listed | null,
): Result<Places> {
  const { access } = subscription;
  if (isOfAll(subscription)) {
    const paths = listed === null ? [] : receivingMailboxes(session, access, listed);
    return ok({ isAll: true, places: paths.map((path) => ({ path, role: null })) });
  }
  const places: Place[] = [];
  for (const id of namedIn(subscription)) {
    const name = mailboxNameOf(id);
    if (name === null) return err({ kind: 'mailbox-not-found' });
    const path = grantIn(access, name, session.nameEncoding, listed?.rolePaths ?? new Map());
    if (!path.ok) return path;
    const isThere = path.value !== null && places.some((place) => place.path === path.value);
    if (!isThere) places.push({ path: path.value, role: roleIn(name) });
  }
  return ok({ isAll: false, places });
}

/** INBOX is what it is by its name. */
const roleIn = (name: MailboxName): Role | null => ('role' in name && isByRole(name) ? name.role : null);
