/**
 * How is a change with an Idempotency-Key made once, however often it is asked for?
 *
 * Its answer is kept and given again. Before it can have happened it is written down as in doubt, with what lets it be
 * recognised; who finds it so looks first, and where nothing is certain, nothing is done.
 */
import type { Access } from '../../core/access.ts';
import { err, ok, type Result } from '../../core/failure.ts';
import type { KeptRequest } from '../../wire/kept-answers.ts';
import type { MessageName } from '../answers.ts';
import { arrivalsOf, type Place, placeOf, type Wanted, type WrittenPlace } from './arrivals.ts';
import { granted } from './grant.ts';
import { type GrantedPath, notGranted } from './granted-path.ts';
import type { ImapSession } from './session.ts';

export interface Doubt {
  readonly place: WrittenPlace;
  /** What was to come; null when it can be asked for again. */
  readonly wanted: readonly Wanted[] | null;
}

export type Once<Answer> = KeptRequest<Doubt, Answer>;

export interface OnceOnly<Answer> {
  /** False for an answer that leaves open what was done. */
  readonly isCertain?: (answer: Answer) => boolean;
  /** Whatever makes this request another than one with the same key. */
  readonly asked: string;
  /** The mailbox where something is to come. */
  readonly path: GrantedPath;
  readonly access: Access;
  /** Where an answer says that something is. */
  readonly placesIn: (answer: Answer) => readonly string[];
  /** What is to come, as it is now; null when that cannot be told. */
  readonly wanted: () => Promise<readonly Wanted[] | null>;
  /** The answer, when all that was wanted is there. */
  readonly answerOf: (found: readonly MessageName[], path: string) => Answer;
  /** `doubt` is to be awaited before the server can do it. */
  /** Fails only when nothing of it was done; throws when nobody knows. */
  readonly work: (doubt: (wanted: readonly Wanted[] | null) => Promise<void>) => Promise<Result<Answer>>;
}

const inProgress = err({ kind: 'idempotency-key-in-progress', retryAfterSeconds: 5 });
const reused = err({ kind: 'idempotency-key-reused' });

/** Fails as `work` does, and with what there is to be said about the key. */
export async function doOnce<Answer>(
  session: ImapSession,
  once: Once<Answer>,
  request: OnceOnly<Answer>,
): Promise<Result<Answer>> {
  if (!once.begin()) return inProgress;
  try {
    return await begun(session, once, request);
  } finally {
    once.end();
  }
}

async function begun<Answer>(
  session: ImapSession,
  once: Once<Answer>,
  request: OnceOnly<Answer>,
): Promise<Result<Answer>> {
  const { asked, path, access, placesIn, wanted, answerOf } = request;
  const fingerprint = once.hash(asked).digest('base64url');
  const kept = once.find();
  if (kept !== null && kept.fingerprint !== fingerprint) return reused;
  if (kept?.state.kind === 'done') {
    // A role may have been another mailbox's then.
    for (const place of placesIn(kept.state.answer)) {
      const allowed = await granted(session, access, { path: place });
      if (!allowed.ok) return allowed;
    }
    return ok(kept.state.answer);
  }
  if (kept !== null && kept.state.kind === 'doubt') {
    const { doubt } = kept.state;
    const there = await granted(session, access, { path: doubt.place.path });
    if (!there.ok) return there;
    if (there.value === null) return notGranted;
    const sought = doubt.wanted ?? (await wanted());
    if (sought === null) return err({ kind: 'idempotency-key-in-doubt' });
    const found = await arrivalsOf(
      session,
      { ...doubt.place, path: there.value },
      sought,
      () => once.hash(message),
      Date.now() - kept.atMs,
    );
    if (!found.ok) return found;
    if (found.value !== null) {
      const answer = answerOf(found.value, doubt.place.path);
      await once.keep(fingerprint, { kind: 'done', answer });
      return ok(answer);
    }
  }
  return carriedOut(once, fingerprint, await placeOf(session, path), request);
}

async function carriedOut<Answer>(
  once: Once<Answer>,
  fingerprint: string,
  place: Place,
  { work, isCertain = () => true }: OnceOnly<Answer>,
): Promise<Result<Answer>> {
  // What is thrown from here on, since the session has ended, leaves it in doubt.
  const result = await work((wanted) => once.keep(fingerprint, { kind: 'doubt', doubt: { place, wanted } }));
  if (result.ok && !isCertain(result.value)) return result;
  if (result.ok) await once.keep(fingerprint, { kind: 'done', answer: result.value });
  else once.forget();
  return result;
}

/** What a digest of a message begins with, so that it is none of anything else. */
export const message = 'message:';
