/**
 * Which of these few messages fit a condition?
 *
 * What can be seen in them is looked at here, whatever the server makes of it. Only for the rest is it asked.
 */
import type { Access } from '../../core/access.ts';
import type { FetchedEmail, Uid } from '../answers.ts';
import type { Condition } from '../search/condition.ts';
import { fits } from '../search/fits.ts';
import { isExact, type Program, programOf } from '../search/program.ts';
import { among, checkAnswerable, dialectOf, factsOf } from './find-messages.ts';
import { searchUids } from './search.ts';
import type { ImapSession } from './session.ts';

/** Throws Failed when this server, or the selected mailbox, can never answer it. */
export async function fittingUids(
  session: ImapSession,
  access: Access,
  condition: Condition,
  emails: readonly FetchedEmail[],
): Promise<ReadonlySet<Uid>> {
  checkAnswerable(session, access, condition);
  const fitting = new Set<Uid>();
  const unsure: Uid[] = [];
  for (const email of emails) {
    const answer = fits(condition, factsOf(email));
    if (answer === true) fitting.add(email.uid);
    if (answer === null) unsure.push(email.uid);
  }
  if (unsure.length === 0) return fitting;
  const widest = programOf(condition, 'widest', dialectOf(session));
  const found = new Set(await searchUids(session, within(widest, unsure)));
  const candidates = unsure.filter((uid) => found.has(uid));
  const sure = isExact(condition, dialectOf(session)) ? candidates : await among(session, condition, candidates);
  for (const uid of sure) fitting.add(uid);
  return fitting;
}

function within(program: Program, uids: readonly Uid[]): Program {
  if (program === 'none') return program;
  const keys = program === 'all' ? [] : program;
  return [...keys, ['UID', uids.join(',')]];
}
