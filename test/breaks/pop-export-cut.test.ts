/**
 * The connection to the mail server is cut at every stage of a backup: does whoever reads it see that, in each format, and does nobody
 * miss a message who goes on from what came whole?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flagsIn, sha256Of } from '../support/maildir.ts';
import { exportedIn, exportLinesIn, exportPath } from '../support/pop-export.ts';
import { flavours, letters, stageName } from '../support/pop-points.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';
import { type Point, type Relay, startRelay } from '../support/relay.ts';

const digests = letters.map(sha256Of);
/** A few are asked for beforehand, to see whether TOP is exact. */
const tops = letters.length + Math.min(letters.length, 4);
const points: readonly Point[] = [
  ['GREETING', 1],
  ['UIDL', 1],
  ['LIST', 1],
  ...Array.from({ length: tops }, (_, index) => ['TOP', index + 1] as const),
].flatMap(([verb, nth]) =>
  (['command', 'reply', 'middle', 'end'] as const)
    .filter((at) => verb !== 'GREETING' || at !== 'command')
    .map((at) => ({ session: 1, verb: String(verb), nth: Number(nth), at })),
);

describe.each(flavours)('$name', (flavour) => {
  const stage = popStage();
  let relay: Relay;
  let caller: Caller;
  beforeAll(async () => {
    relay = await startRelay(stage.host.dovecot.ports.pop3, flavour.hidden);
    const mailServer = `pop3://127.0.0.1:${relay.port}?security=none`;
    caller = { ...(await stage.callerWith(letters, 'cleartext')), mailServer };
  });
  afterAll(() => relay.stop());

  async function textOf(query: string): Promise<{ text: string; isWhole: boolean }> {
    try {
      const response = await stage.postern.call(caller, `${exportPath}${query}`);
      return { text: response.ok ? await response.text() : '', isWhole: response.ok };
    } catch (error) {
      // What `fetch` throws when an answer breaks off, be it before its head is written or behind that.
      if (!(error instanceof TypeError)) throw error;
      return { text: '', isWhole: false };
    }
  }

  /** What came until the cut; `isWhole` is what the format itself says. */
  async function cutAt(point: Point, query: string): Promise<{ text: string; isWhole: boolean }> {
    const reached = relay.stopAt(point);
    const answer = textOf(query);
    await Promise.race([reached, answer]);
    relay.cut();
    const came = await answer;
    await relay.settled();
    return came;
  }

  it.each(points.map((point) => [stageName(point), point] as const))('is seen: %s', async (_name, point) => {
    // Behind the last octet of the last message nothing is left to be cut.
    const isOver = point.verb === 'TOP' && point.nth === tops && point.at === 'end' && flavour.hidden.length > 0;
    for (const format of ['mbox', 'zip']) {
      const { isWhole } = await cutAt(point, `?format=${format}`);
      expect([format, isWhole]).toEqual([format, isOver]);
    }
    const { text } = await cutAt(point, '');
    const lines = exportLinesIn(text);
    const last = lines.at(-1);
    expect(last?.type ?? 'error').toBe(isOver ? 'end' : 'error');
    const came = exportedIn(lines);
    const cursor = came.at(-1)?.id;
    const rest = await stage.postern.call(caller, `${exportPath}${cursor === undefined ? '' : `?cursor=${cursor}`}`);
    const all = [...came, ...exportedIn(exportLinesIn(await rest.text()))];
    expect(all.map(({ sha256 }) => sha256)).toEqual(digests);
    expect(Object.values(await flagsIn(stage.host.dovecot.maildir(caller.user)))).toEqual(letters.map(() => ''));
  });
});
