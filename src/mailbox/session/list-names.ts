/**
 * LIST as the server can do it (RFC 9051 §6.3.9)
 *
 * In one round trip with subscriptions, counts and rights where it knows LIST-EXTENDED, LIST-STATUS and LIST-MYRIGHTS (RFC
 * 5258, RFC 5819, RFC 8440), by LIST, LSUB and more questions for each mailbox where it does not.
 */
import { ListAnswer, type ListedName } from './list-answer.ts';
import { type Details, fillIn, statusItems, unlessRefused } from './list-details.ts';
import { isSelectable } from './mailbox-roles.ts';
import type { ImapSession } from './session.ts';
import { atom, type CompilableToken, mailboxToken, quoted } from './tokens.ts';

/** What lies below `reference`, the namespace prefix on the wire, or everything for `''`. */
export async function listNames(session: ImapSession, reference: string, details: Details): Promise<ListedName[]> {
  const root = [mailboxToken(reference, session.nameEncoding), quoted('*')];
  const extended = session.has('LIST-EXTENDED') ? await tryExtended(session, root, details) : null;
  const listed = extended ?? (await listPlainly(session, root, details));
  const isToldOf = (capability: 'LIST-STATUS' | 'LIST-MYRIGHTS') => extended !== null && session.has(capability);
  await fillIn(session, listed, {
    counts: details.counts && !isToldOf('LIST-STATUS'),
    size: details.size && !isToldOf('LIST-STATUS'),
    rights: details.rights && !isToldOf('LIST-MYRIGHTS'),
    ...(details.progress === undefined || isToldOf('LIST-STATUS') ? {} : { progress: details.progress }),
  });
  return listed;
}

/** Null when the server takes back with BAD what it has announced. */
async function tryExtended(
  session: ImapSession,
  root: readonly CompilableToken[],
  details: Details,
): Promise<ListedName[] | null> {
  const wanted: CompilableToken[] = [atom('SUBSCRIBED')];
  // Asked for one thing, some servers leave out what they would have told unasked.
  if (session.has('SPECIAL-USE')) wanted.push(atom('SPECIAL-USE'));
  if (session.has('CHILDREN')) wanted.push(atom('CHILDREN'));
  const items = statusItems(session, details);
  if (items.length > 0 && session.has('LIST-STATUS')) wanted.push(atom('STATUS'), items);
  if (details.rights && session.has('LIST-MYRIGHTS')) wanted.push(atom('MYRIGHTS'));
  const answer = new ListAnswer(session);
  const isDone = await unlessRefused(() =>
    session.exec('LIST', [...root, atom('RETURN'), wanted], answer.handlersFor('LIST')),
  );
  return isDone ? answer.all() : null;
}

async function listPlainly(
  session: ImapSession,
  root: readonly CompilableToken[],
  { subscriptions }: Details,
): Promise<ListedName[]> {
  const answer = new ListAnswer(session);
  await session.exec('LIST', root, answer.handlersFor('LIST'));
  const listed = answer.all();
  if (subscriptions !== true) return listed;
  const subscribed = new ListAnswer(session);
  const isKnown = await unlessRefused(() => session.exec('LSUB', root, subscribed.handlersFor('LSUB')));
  // One that knows no subscriptions shows all mailboxes to everybody.
  if (!isKnown) return listed.map((entry) => ({ ...entry, isSubscribed: true }));
  const flagsByName = new Map(subscribed.all().map(({ name, flags }) => [name, flags]));
  for (const entry of listed) {
    // `\Noselect` of one that can be selected: not itself is subscribed, but something that lies in it (RFC 3501 §6.3.9).
    const flags = flagsByName.get(entry.name);
    entry.isSubscribed = flags !== undefined && (isSelectable(flags) || !isSelectable(entry.flags));
  }
  return listed;
}
