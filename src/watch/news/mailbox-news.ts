/**
 * What is new in the mailboxes of an account, for all subscriptions that look with one credential?
 *
 * One look for all of them: how far each mailbox is that somebody means, in a round trip or two, and then into those that have moved.
 */

import { limits } from '../../core/limits.ts';
import type { GrantedPath } from '../../mailbox/session/granted-path.ts';
import { pathOfName } from '../../mailbox/session/mailbox-name.ts';
import type { ImapSession } from '../../mailbox/session/session.ts';
import { type Survey, type SurveyWish, survey } from '../../mailbox/session/survey.ts';
import { Asker } from './mailbox-asker.ts';
import { isOfAll, needsList, placesOf } from './mailbox-places.ts';
import { type Errand, visit } from './mailbox-visit.ts';
import type { Look, NewsOfEach, Watched } from './news.ts';

/** Throws Failed when the session is lost. A look that finds nothing costs one round trip, or two. */
export async function mailboxNews(session: ImapSession, watched: readonly Watched[], look: Look): Promise<NewsOfEach> {
  const askers = watched.map((one) => new Asker(one, look));
  const surveyed = await survey(session, wishOf(session, askers));
  const paths = listedPaths(session, surveyed);
  for (const asker of askers) await asker.begin(session, surveyed, paths);
  const errands = inTurn([...errandsOf(askers)], look.nowMs);
  for (const [path, some] of errands.slice(0, limits.newsMailboxes)) {
    const open = some.filter(({ asker, course }) => asker.isOpen(course));
    for (const { asker, course } of open) if (asker.room === 0) asker.leave(course);
    await visit(
      session,
      path,
      open.filter(({ asker }) => asker.room > 0),
    );
  }
  for (const [, some] of errands.slice(limits.newsMailboxes)) for (const { asker, course } of some) asker.leave(course);
  return new Map(askers.map((asker) => [asker.watched.subscription.id, asker.news()]));
}

function wishOf(session: ImapSession, askers: readonly Asker[]): SurveyWish {
  const subscriptions = askers.map(({ watched }) => watched.subscription);
  const isOfEverything = subscriptions.some((one) => isOfAll(one) && one.access.mailboxes === null);
  return {
    list: isOfEverything ? 'all' : subscriptions.some(needsList) ? 'names' : 'nothing',
    modseq: askers.some(({ wants }) => wants.updated),
    meant: (listed) =>
      subscriptions.flatMap((one) => {
        const places = placesOf(session, one, listed);
        return places.ok ? places.value.places.flatMap(({ path }) => path ?? []) : [];
      }),
  };
}

const listedPaths = ({ nameEncoding }: ImapSession, { listed }: Survey): ReadonlySet<string> | null =>
  listed === null ? null : new Set(listed.entries.map(({ name }) => pathOfName(name, nameEncoding)));

/** Who has to look into which mailbox. */
function errandsOf(askers: readonly Asker[]): Map<GrantedPath, Errand[]> {
  const errands = new Map<GrantedPath, Errand[]>();
  for (const asker of askers) {
    for (const course of asker.courses) {
      if (course.look === null || !asker.isOpen(course)) continue;
      const { path } = course.look;
      errands.set(path, [...(errands.get(path) ?? []), { asker, course }]);
    }
  }
  return errands;
}

type Errands = readonly (readonly [GrantedPath, readonly Errand[]])[];

/**
 * Those first in which there surely is something new. Where a server does not tell enough, all others have to be looked into each time: they
 * have their turn from somewhere else with each look, so that none is left for the next one for ever.
 */
function inTurn(errands: Errands, nowMs: number): Errands {
  if (errands.length <= limits.newsMailboxes) return errands;
  const from = nowMs % errands.length;
  const turned = [...errands.slice(from), ...errands.slice(0, from)];
  return [...turned.filter(isUrgent), ...turned.filter((errand) => !isUrgent(errand))];
}

const isUrgent = ([, errands]: Errands[number]): boolean =>
  errands.some(({ asker: { wants }, course: { known, look } }) => {
    const hasNoState = known.state === null && (wants.updated || wants.deleted);
    return hasNoState || known.mark === 0 || (look?.progress.uidNext ?? 0) > known.mark;
  });
