/**
 * Programs that read a mailbox by its changes, by an export and by its events: behind a fault, is anything left out?
 */
import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import type { z } from 'zod';
import { limits } from '../../src/core/limits.ts';
import { ChangesSchema } from '../../src/mailbox/schema/changes.ts';
import { ExportLineSchema } from '../../src/mailbox/schema/export.ts';
import { alterInbox, extendInbox, messagesIn, type Placed } from './cutting-accounts.ts';
import { kindOf, problemIn } from './cutting-answers.ts';
import { meetFault } from './cutting-fault.ts';
import type { Fault } from './cutting-relay.ts';
import type { Ended } from './cutting-runs.ts';
import type { CuttingStage, Run } from './cutting-stage.ts';
import { type EventReader, listen, StreamRefused } from './event-reader.ts';
import { letter } from './mail.ts';
import { sha256Of } from './maildir.ts';
import { changesOf, changesPath } from './sync-client.ts';

const readInbox: readonly Placed[] = ['', 'S', 'T', 'F', 'S'].map((flags, index) => ({
  bytes: letter(`letter ${index + 1}`),
  flags,
}));

const line = `${'All work and no play makes a long letter. '.repeat(2).trim()}\r\n`;

/** Small messages are fetched with others at once: in `large` there are two of them, a large one, and two more. */
export const exports = {
  small: readInbox,
  large: readInbox.map((placed, index) =>
    index === 2 ? { ...placed, bytes: letter('large', line.repeat(2_400_000 / line.length)) } : placed,
  ),
} as const;

/** How changes are found out, and what the server is to have kept quiet about for that. */
export const syncWays = [
  { name: 'QRESYNC', hidden: [] },
  { name: 'CONDSTORE', hidden: ['QRESYNC'] },
  { name: 'all flags', hidden: ['QRESYNC', 'CONDSTORE'] },
] as const;

type Hidden = readonly string[];
type Changes = z.output<typeof ChangesSchema>;

/** A state, since when another program has changed something; and what has changed. Nothing is connected. */
async function alteredSince(run: Run, way: { fault: Fault | null; hidden: Hidden }) {
  run.relay.open({ ...way, fault: null });
  const { newState } = await changesOf(run.postern, run.caller);
  await run.relay.settled();
  alterInbox(run.maildir);
  run.relay.open(way);
  const [created, updated, destroyed] = [6, 2, 1].map((uid) => [`${run.uidValidity}.${uid}`]);
  return { since: newState, wanted: { created, updated, destroyed } };
}

/** One run: what has changed with the fault, and once more without. */
export const tellChanges = (stage: CuttingStage, hidden: Hidden, fault: Fault | null): Promise<Ended> =>
  stage.run({ fault: null, hidden, messages: readInbox }, async (run) => {
    const { since, wanted } = await alteredSince(run, { fault, hidden });
    const { answer, ...met } = await meetFault(
      run,
      fault,
      () => changesUnderFault(run, since),
      (told) => (typeof told === 'string' ? [told] : []),
    );
    const again = await changesOf(run.postern, run.caller, 'inbox', since);
    for (const told of typeof answer === 'string' ? [again] : [answer, again]) {
      expect(told).toMatchObject({ ...wanted, oldState: since, hasMoreChanges: false });
      const rest = await changesOf(run.postern, run.caller, 'inbox', told.newState);
      expect(rest, 'what has changed since').toMatchObject({ created: [], updated: [], destroyed: [] });
    }
    return { ...met, how: typeof answer === 'string' ? answer : 'done' };
  });

/** The kind of what went wrong, if anything did. */
async function changesUnderFault({ postern, caller }: Run, since: string): Promise<Changes | string> {
  const response = await postern.call(caller, `${changesPath('inbox')}?since=${since}`);
  return response.ok ? ChangesSchema.parse(await response.json()) : problemIn(response);
}

interface Piece {
  /** `done`, or the kind of what went wrong. */
  readonly how: string;
  /** Of the messages that came whole. */
  readonly ids: readonly string[];
}

/** One run: an export with the fault, and the rest of it without. */
export const exportAll = (stage: CuttingStage, messages: readonly Placed[], fault: Fault | null): Promise<Ended> =>
  stage.run({ fault, hidden: [], messages }, async (run) => {
    const digests = new Map(messagesIn(run.maildir, 'INBOX').map(({ id, digest }) => [id ?? '', digest]));
    const { answer, ...met } = await meetFault(
      run,
      fault,
      () => exported(run, digests, null),
      ({ how }) => (how === 'done' ? [] : [how]),
    );
    const ids = [...answer.ids];
    if (answer.how !== 'done') {
      const rest = await exported(run, digests, ids.at(-1) ?? null);
      expect(rest.how, 'the rest').toBe('done');
      ids.push(...rest.ids);
    }
    expect(ids, 'every message once').toEqual(messages.map((_, index) => `${run.uidValidity}.${index + 1}`));
    return { ...met, how: `${answer.how} after ${answer.ids.length} messages` };
  });

async function exported(
  { postern, caller }: Run,
  digests: ReadonlyMap<string, string>,
  cursor: string | null,
): Promise<Piece> {
  const query = cursor === null ? '' : `?cursor=${cursor}`;
  const response = await postern.call(caller, `/v1/imap/mailboxes/inbox/export${query}`);
  if (!response.ok) return { how: await problemIn(response), ids: [] };
  // Whatever happens to the mail server, what Postern itself says has an end.
  const text = await response.text();
  expect(text.at(-1)).toBe('\n');
  const lines = text
    .slice(0, -1)
    .split('\n')
    .map((line) => ExportLineSchema.parse(JSON.parse(line)));
  const ids = lines.flatMap((line) => {
    if (line.type !== 'message') return [];
    expect([line.sha256, sha256Of(Buffer.from(line.raw, 'base64'))], line.id).toEqual(
      Array.from({ length: 2 }, () => digests.get(line.id)),
    );
    return [line.id];
  });
  const last = lines.at(-1);
  const kinds = [...new Set(lines.flatMap((line) => (line.type === 'error' ? [kindOf(line.problem)] : [])))];
  if (last?.type === 'end') {
    expect([kinds, last.count, last.nextCursor]).toEqual([[], ids.length, null]);
    return { how: 'done', ids };
  }
  expect(last?.type, 'the last line of what is not whole').toBe('error');
  expect(kinds, 'what went wrong').toHaveLength(1);
  return { how: kinds.join(), ids };
}

/** What passes by itself when a server is lost at the wrong moment. */
const passing = [502, 503, 504];

/** One run: somebody listens with the fault, and again after it, until all is told; then something more happens. */
export const followEvents = (stage: CuttingStage, fault: Fault | null): Promise<Ended> =>
  stage.run({ fault: null, hidden: [], messages: readInbox }, async (run) => {
    const { since, wanted } = await alteredSince(run, { fault, hidden: [] });
    const follower = new Follower(run, since);
    const started = Date.now();
    const deadline = setTimeout(() => follower.giveUp(), limits.requestMs);
    await follower.until(({ created }) => created.size === 1);
    extendInbox(run.maildir);
    await follower.until(({ created }) => created.size === 2);
    clearTimeout(deadline);
    const { passed, passedByLogin, hasFailed } = run.relay;
    follower.leave();
    const next = `${run.uidValidity}.7`;
    expect({
      created: [...follower.told.created],
      updated: [...follower.told.updated],
      destroyed: [...follower.told.destroyed],
    }).toEqual({ ...wanted, created: [...(wanted.created ?? []), next] });
    return { how: 'told', slowestMs: Date.now() - started, passed, passedBefore: passedByLogin, hasFailed };
  });

class Follower {
  readonly told = { created: new Set<string>(), updated: new Set<string>(), destroyed: new Set<string>() };
  readonly #run: Run;
  #state: string;
  #reader: EventReader | null = null;
  #isLate = false;

  constructor(run: Run, since: string) {
    this.#run = run;
    this.#state = since;
  }

  leave(): void {
    this.#reader?.leave();
  }

  giveUp(): void {
    this.#isLate = true;
    this.leave();
  }

  async until(isTold: (told: Follower['told']) => boolean): Promise<void> {
    while (!isTold(this.told)) {
      if (this.#isLate) throw new Error('something was never told');
      this.#reader ??= await this.#connected();
      const event = await this.#reader?.next();
      if (event?.kind === 'changes') this.#apply(event.changes);
      else if (event?.kind === 'problem') expect(passing, event.problem.type).toContain(event.problem.status);
      else this.#reader = null;
    }
  }

  async #connected(): Promise<EventReader | null> {
    const { postern, caller } = this.#run;
    try {
      return await listen(postern, caller, { lastEventId: this.#state });
    } catch (error) {
      if (error instanceof StreamRefused && passing.includes(error.status)) return null;
      throw error;
    }
  }

  #apply({ oldState, newState, created, updated, destroyed }: Changes): void {
    expect(oldState, 'the state gone on from').toBe(this.#state);
    for (const id of created) this.told.created.add(id);
    for (const id of updated) this.told.updated.add(id);
    for (const id of destroyed) this.told.destroyed.add(id);
    this.#state = newState;
  }
}
