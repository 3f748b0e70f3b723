/**
 * A program that empties a maildrop as one would write it: download, store, acknowledge, until nothing comes any more.
 *
 * What it has stored outlasts it. Nothing else does: not what it was about to do, and not whether its last call came through.
 */
import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import { AcknowledgedSchema, DownloadLineSchema } from '../../src/maildrop/schema/download.ts';
import { type Life, rethrowUnlessCut } from './kills.ts';
import { linesIn } from './line-reader.ts';
import { sha256Of } from './maildir.ts';
import { accountHeaders, type Caller } from './postern.ts';

/** On disk, as it were: what is in it is safe. */
export class Store {
  /** Digests by the ids of the messages. */
  readonly messages = new Map<string, string>();
  /** The ids of those that are gone from the maildrop, or were when it was asked. */
  readonly gone = new Set<string>();
  /** How often a message came that it had. */
  again = 0;

  put(id: string, digest: string): void {
    const known = this.messages.get(id);
    if (known !== undefined) expect(digest, 'what came again under the same id').toBe(known);
    this.again += known === undefined ? 0 : 1;
    this.messages.set(id, digest);
  }

  /** What is safe here and may be in the maildrop still. */
  get unfinished(): readonly string[] {
    return [...this.messages.keys()].filter((id) => !this.gone.has(id));
  }
}

export interface Habits {
  /** Messages that it asks for at a time. */
  readonly limit: number;
  /** Whether it tells what it has, so that this does not come again. */
  readonly tellsWhatItHas: boolean;
}

/** True when there was nothing to download and nothing that could not be. */
export async function emptyMaildrop(life: Life, caller: Caller, store: Store, habits: Habits): Promise<boolean> {
  const have = habits.tellsWhatItHas ? store.unfinished : [];
  const headers = accountHeaders(caller);
  const covered = new Set<string>(have);
  let receipt = '';
  let isEmpty = false;
  let hasErrors = false;
  try {
    const body = { format: 'raw', limit: habits.limit, have };
    const response = await life.call('download', '/v1/pop/downloads', { headers, body });
    if (!response.ok) return false;
    for await (const text of linesIn(response.body)) {
      const line = DownloadLineSchema.parse(JSON.parse(text));
      if (line.type === 'error') hasErrors = true;
      if (line.type === 'receipt') {
        expect(line.count, 'messages that the receipt covers').toBe(covered.size - have.length + line.haveCovered);
        ({ receipt } = line);
        isEmpty = line.count === 0;
      }
      if (line.type !== 'message') continue;
      const digest = sha256Of(Buffer.from(line.raw ?? '', 'base64'));
      expect(digest).toBe(line.sha256);
      await life.step('a message has come');
      store.put(line.id, digest);
      covered.add(line.id);
      await life.step('a message is stored');
    }
  } catch (error) {
    rethrowUnlessCut(error);
  }
  if (receipt === '' || isEmpty) return isEmpty && !hasErrors;
  await life.step('all is stored');
  await acknowledge(life, headers, receipt, covered, store);
  return false;
}

async function acknowledge(
  life: Life,
  headers: Record<string, string>,
  receipt: string,
  covered: ReadonlySet<string>,
  store: Store,
): Promise<void> {
  try {
    const response = await life.call('acknowledge', '/v1/pop/downloads/ack', { headers, body: { receipt } });
    if (!response.ok) return;
    const { notDeleted } = AcknowledgedSchema.parse(await response.json());
    await life.step('it is acknowledged');
    const left = new Set(notDeleted.map(({ id }) => id));
    for (const id of covered) if (!left.has(id)) store.gone.add(id);
  } catch (error) {
    rethrowUnlessCut(error);
  }
}
