/**
 * What is in mailboxes that LIST has only named, and what may be done with them? (STATUS, RFC 9051 §6.3.11; MYRIGHTS, RFC 4314
 * §3.5)
 *
 * One question or two for each mailbox, many on their way at once.
 */
import { Failed } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { ListAnswer, type ListedName, mergedTold, nothingTold, type Told } from './list-answer.ts';
import { isSelectable } from './mailbox-roles.ts';
import type { ImapSession } from './session.ts';
import { atom, type CompilableToken, mailboxToken } from './tokens.ts';

/** What is asked about mailboxes besides their names. */
export interface Details {
  readonly counts: boolean;
  /** In octets (STATUS=SIZE, RFC 8438); not told by servers without it. */
  readonly size: boolean;
  readonly rights: boolean;
  /** How far it is: how many messages it has, UIDVALIDITY and UIDNEXT, and HIGHESTMODSEQ where there is one and it is wanted as well. */
  readonly progress?: 'by uid' | 'by uid and modseq';
  /** What LIST-EXTENDED tells anyhow, and LSUB where it is missing. */
  readonly subscriptions?: boolean;
}

export const namesAlone: Details = { counts: false, size: false, rights: false };

export function statusItems(session: ImapSession, { counts, size, progress }: Details): CompilableToken[] {
  const items = counts ? ['MESSAGES', 'UNSEEN'] : [];
  if (size && session.has('STATUS=SIZE')) items.push('SIZE');
  if (progress !== undefined) items.push(...(counts ? [] : ['MESSAGES']), 'UIDVALIDITY', 'UIDNEXT');
  if (progress === 'by uid and modseq' && session.has('CONDSTORE')) items.push('HIGHESTMODSEQ');
  return items.map(atom);
}

/** Asks about each of `entries`; what the server does not tell, or refuses to, stays null. */
export async function fillIn(
  session: ImapSession,
  entries: readonly ListedName[],
  details: Details,
  mostAhead: number = limits.imapMailboxesAhead,
): Promise<void> {
  const rest = [...entries];
  while (rest.length > 0) {
    const batch = rest.splice(0, mostAhead);
    const answer = new ListAnswer(session);
    const asked = batch.map((entry) => questions(session, entry, details, answer));
    const areAnswered = await session.allTogether(asked.map((asks) => () => Promise.all(asks.map((ask) => ask()))));
    for (const [index, entry] of batch.entries()) {
      const isAnswered = areAnswered[index]?.some((one) => one) === true;
      const told = answer.toldOf(entry.name) ?? (isAnswered ? await askAlone(session, entry, details) : nothingTold);
      entry.told = mergedTold(entry.told, told);
    }
  }
}

/** A server that spells a name in another way has told of this mailbox when it is asked about no other. */
async function askAlone(session: ImapSession, entry: ListedName, details: Details): Promise<Told> {
  const answer = new ListAnswer(session);
  for (const ask of questions(session, entry, details, answer)) await ask();
  return answer.toldOf(entry.name) ?? answer.onlyTold ?? nothingTold;
}

function questions(
  session: ImapSession,
  { name, flags }: ListedName,
  details: Details,
  answer: ListAnswer,
): (() => Promise<boolean>)[] {
  const mailbox = mailboxToken(name, session.nameEncoding);
  const items = statusItems(session, details);
  const ask = (command: string, tokens: readonly CompilableToken[]) => () =>
    unlessRefused(() => session.exec(command, tokens, answer.detailHandlers));
  return [
    ...(items.length > 0 && isSelectable(flags) ? [ask('STATUS', [mailbox, items])] : []),
    ...(details.rights && session.has('ACL') ? [ask('MYRIGHTS', [mailbox])] : []),
  ];
}

/** A mailbox that may be seen and not read tells nothing more. */
export async function unlessRefused(command: () => Promise<unknown>): Promise<boolean> {
  try {
    await command();
    return true;
  } catch (error) {
    const isRefused =
      error instanceof Failed &&
      ['command-refused', 'permission-denied', 'mailbox-not-found', 'server-busy'].includes(error.failure.kind);
    if (!isRefused) throw error;
    return false;
  }
}
