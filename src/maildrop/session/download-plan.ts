/**
 * Which messages does a download send, and what is to be said of the others?
 *
 * The oldest of those that the caller neither knows nor has. Several with one UIDL are not sent, since no receipt could name
 * one of them; nor do they take the place of others. Nor do those that the caller leaves out: what can never be had would else be the
 * oldest for ever. Pure.
 */
import { Failed } from '../../core/failure.ts';
import type { SpooledMessage } from '../answers.ts';
import type { Progress } from '../frames.ts';
import type { MessageName } from '../rules.ts';
import { newSince } from '../sync/differences.ts';
import { textOf } from '../sync/state.ts';

export interface DownloadRequest {
  readonly limit: number;
  readonly maxBytes: number | null;
  /** What the caller knows (`sync/state.ts`); null for nothing. */
  readonly since: Uint8Array | null;
  /** What the caller has from a stream that was lost. */
  readonly have: readonly MessageName[];
  /** What the caller does not want now, without having it. */
  readonly skip: readonly MessageName[];
}

/** `progress` is null for a message that is only told of. */
export interface Planned<T> {
  readonly message: T;
  readonly progress: Progress | null;
}

export interface DownloadPlan<T> {
  readonly planned: readonly Planned<T>[];
  /** What the caller's state knows and is still there, by the names that a state has. */
  readonly known: readonly string[];
  /** UIDLs of `have` that are still there, each of one message alone. */
  readonly had: readonly string[];
}

/** Throws Failed with `state-gone`. */
export async function planOf<T extends SpooledMessage>(
  messages: readonly T[],
  { since, have, skip, ...most }: DownloadRequest,
): Promise<DownloadPlan<T>> {
  const unknown = since === null ? messages : await newSince(since, messages);
  if (unknown === null) throw new Failed({ kind: 'state-gone' });
  const news = new Set<SpooledMessage>(unknown);
  const haveUidls = new Set(have.filter(({ occurrence }) => occurrence === null).map(({ uidl }) => uidl));
  const isHad = ({ uidl, occurrence }: MessageName): boolean => occurrence === null && haveUidls.has(uidl);
  const skipped = new Set(skip.map(textOf));
  return {
    planned: plannedOf(
      messages.filter((message) => news.has(message) && !isHad(message) && !skipped.has(textOf(message))),
      most,
    ),
    known: messages.filter((message) => !news.has(message)).map(textOf),
    had: messages.filter(isHad).map(({ uidl }) => uidl),
  };
}

type Most = Pick<DownloadRequest, 'limit' | 'maxBytes'>;

function plannedOf<T extends SpooledMessage>(candidates: readonly T[], most: Most): readonly Planned<T>[] {
  const sendable = candidates.filter(({ occurrence }) => occurrence === null);
  const chosen = chosenFor(sendable, most);
  const next = sendable[chosen.length];
  const end = next === undefined ? candidates.length : candidates.indexOf(next);
  const bytesTotal = chosen.reduce((sum, { size }) => sum + size, 0);
  const planned: Planned<T>[] = [];
  let index = 0;
  let bytesDone = 0;
  let told = 0;
  for (const message of candidates.slice(0, end)) {
    if (message.occurrence === null) {
      bytesDone += message.size;
      planned.push({ message, progress: { index, count: chosen.length, bytesDone, bytesTotal } });
      index += 1;
    } else if (told < most.limit) {
      planned.push({ message, progress: null });
      told += 1;
    }
  }
  return planned;
}

/** The oldest messages, at most `limit`, and at most `maxBytes` of them, but always one. */
export function chosenFor<T extends SpooledMessage>(messages: readonly T[], { limit, maxBytes }: Most): readonly T[] {
  const oldest = messages.slice(0, limit);
  if (maxBytes === null) return oldest;
  let sum = 0;
  const firstBeyond = oldest.findIndex(({ size }) => {
    sum += size;
    return sum > maxBytes;
  });
  return firstBeyond < 0 ? oldest : oldest.slice(0, Math.max(1, firstBeyond));
}
