/**
 * A download that goes on where another ended: by a state, or by the ids of what was kept of a stream that was lost.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AcknowledgedSchema, DownloadLineSchema } from '../../src/maildrop/schema/download.ts';
import { letter } from '../support/mail.ts';
import { digestsIn, sha256Of } from '../support/maildir.ts';
import { type Download, downloaded, type MessageLine } from '../support/pop-client.ts';
import { instead, withPopServer } from '../support/pop-script.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';
import { type Relay, startRelay } from '../support/relay.ts';
import { vouchedFor } from '../support/sealed-state.ts';

const stage = popStage();
const downloads = '/v1/pop/downloads';
const letters = (...labels: readonly string[]) => labels.map((label) => letter(label));
const raw = (caller: Caller, body: object = {}) => downloaded(stage.postern, caller, { format: 'raw', ...body });
const digests = ({ messages }: Download) => messages.map(({ sha256 }) => sha256);
const digestsOf = (...labels: readonly string[]) => letters(...labels).map(sha256Of);
const since = ({ receipt }: Download) => ({ since: receipt?.state ?? 'none' });
const acknowledged = (caller: Caller, { receipt }: Download) =>
  stage.postern.json(AcknowledgedSchema, caller, '/v1/pop/downloads/ack', { body: { receipt: receipt?.receipt } });

/** The messages that came whole to somebody who hangs up after so many octets. */
async function linesUntilLeaving(caller: Caller, octets: number): Promise<MessageLine[]> {
  const leaving = new AbortController();
  const { signal } = leaving;
  const response = await stage.postern.call(caller, downloads, { body: { format: 'raw' }, signal });
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > octets) break;
  }
  leaving.abort();
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => DownloadLineSchema.parse(JSON.parse(line))).filter((line) => line.type === 'message');
}

describe('since a state', () => {
  it('sends exactly the rest, piece by piece, whatever is acknowledged and delivered in between', async () => {
    const caller = await stage.callerWith(letters('1', '2', '3', '4', '5'));
    const first = await raw(caller, { limit: 2 });
    expect(digests(first)).toEqual(digestsOf('1', '2'));
    const second = await raw(caller, { ...since(first), maxBytes: 1 });
    expect([digests(second), second.receipt?.count]).toEqual([digestsOf('3'), 1]);
    expect(second.messages.map(({ index, count }) => [index, count])).toEqual([[0, 1]]);
    expect(await acknowledged(caller, first)).toMatchObject({ deleted: 2 });
    await stage.deliver(caller, letter('6'));
    const third = await raw(caller, since(second));
    expect(digests(third)).toEqual(digestsOf('4', '5', '6'));
    const fourth = await raw(caller, since(third));
    expect([digests(fourth), fourth.errors, fourth.receipt?.count]).toEqual([[], [], 0]);
    // What was told as known is still there, and so it is by the state of a download that sent nothing.
    await stage.deliver(caller, letter('7'));
    expect(digests(await raw(caller, since(fourth)))).toEqual(digestsOf('7'));
    expect(await digestsIn(stage.host.dovecot.maildir(caller.user))).toEqual(digestsOf('3', '4', '5', '6', '7'));
  });

  it('sends once more what failed before', async () => {
    const messages = ['a', 'b', 'c'].map((uidl) => ({ uidl, bytes: letter(uidl) }));
    let answer = instead('RETR 2', '-ERR [SYS/TEMP] not now\r\n');
    await withPopServer({ messages, answer: (...said) => answer(...said) }, async (server) => {
      const first = await raw(server.caller());
      expect(digests(first)).toEqual(digestsOf('a', 'c'));
      expect(first.errors).toMatchObject([{ uidl: 'b', index: 1, count: 3 }]);
      expect(first.messages.map(({ index, bytesDone }) => [index, bytesDone])).toEqual([
        [0, letter('a').length],
        [2, first.messages[0]?.bytesTotal],
      ]);
      answer = () => undefined;
      expect(digests(await raw(server.caller(), since(first)))).toEqual(digestsOf('b'));
    });
  });

  it('gets past what can never be had, which no receipt covers', async () => {
    const messages = ['a', 'b', 'c'].map((uidl) => ({ uidl, bytes: letter(uidl) }));
    await withPopServer({ messages, answer: instead('RETR 1', '-ERR damaged\r\n') }, async (server) => {
      const first = await raw(server.caller(), { limit: 1 });
      expect([digests(first), first.receipt?.count]).toEqual([[], 0]);
      const skip = first.errors.map(({ id = '' }) => id);
      const second = await raw(server.caller(), { ...since(first), limit: 1, skip });
      expect([digests(second), second.errors]).toEqual([digestsOf('b'), []]);
      const third = await raw(server.caller(), { ...since(second), skip });
      expect([digests(third), third.errors]).toEqual([digestsOf('c'), []]);
      for (const download of [second, third]) await acknowledged(server.caller(), download);
      expect(server.messages.map(({ uidl }) => uidl)).toEqual(['a']);
    });
  });

  it('sends nothing for the state of another account, a state that was changed, or what is none', async () => {
    const caller = await stage.callerWith(letters('mine'));
    const other = await stage.callerWith(letters('theirs'));
    const foreign = (await raw(other)).receipt?.state ?? '';
    const own = (await raw(caller)).receipt?.state ?? '';
    const changed = `${own.startsWith('A') ? 'B' : 'A'}${own.slice(1)}`;
    for (const state of [foreign, changed, own.slice(0, -1), `${own}A`, 'none']) {
      const problem = await stage.postern.problem('request-invalid', caller, downloads, { body: { since: state } });
      expect([problem.status, problem.errors?.map(({ field }) => field)]).toEqual([400, ['since']]);
    }
  });
});

it('sends nothing when it cannot be told what is new, and says that the state is gone', async () => {
  const caller = await stage.callerWith(letters('1'));
  const body = { since: await vouchedFor(caller, new Uint8Array([0, 1, 2])) };
  expect((await stage.postern.problem('state-gone', caller, downloads, { body })).status).toBe(410);
});

describe('a stream that was lost', () => {
  let relay: Relay;
  beforeAll(async () => {
    relay = await startRelay(stage.host.dovecot.ports.pop3);
  });
  afterAll(() => relay.stop());

  it('is gone on with by the ids of what was kept: nothing comes twice, and the receipt is for all of it', async () => {
    const caller = await stage.callerWith(letters('1', '2', '3', '4'));
    const lost = await raw(caller, { limit: 2 });
    const have = lost.messages.map(({ id }) => id);
    const rest = await raw(caller, { have: [...have, ...have], limit: 1 });
    expect(digests(rest)).toEqual(digestsOf('3'));
    expect(rest.messages.map(({ index, count }) => [index, count])).toEqual([[0, 1]]);
    expect(rest.receipt).toMatchObject({ count: 3, haveCovered: 2, haveIgnored: 0 });
    expect(await acknowledged(caller, rest)).toMatchObject({ deleted: 3, alreadyGone: 0, notDeleted: [] });
    expect(await digestsIn(stage.host.dovecot.maildir(caller.user))).toEqual(digestsOf('4'));
    // Of those that are gone now the receipt tells how many they are, and the state knows those that it covers.
    const last = await raw(caller, { have });
    expect(last.receipt).toMatchObject({ count: 1, haveCovered: 0, haveIgnored: 2 });
  });

  it('by a caller who left in the middle is gone on with by whatever lines came whole', async () => {
    const labels = Array.from({ length: 40 }, (_, index) => String(index));
    const all = labels.map((label) => letter(label, `${label} `.repeat(10_000)));
    const caller = await stage.callerWith(all);
    const kept = await linesUntilLeaving(caller, 200_000);
    expect(kept.length).toBeGreaterThan(1);
    expect(kept.length).toBeLessThan(40);
    const rest = await raw(caller, { have: kept.map(({ id }) => id) });
    expect([...kept, ...rest.messages].map(({ sha256 }) => sha256)).toEqual(all.map(sha256Of));
    expect(await acknowledged(caller, rest)).toEqual({ deleted: 40, alreadyGone: 0, notDeleted: [] });
  });

  it('is known to the state as well: what the caller had is not sent again', async () => {
    const caller = await stage.callerWith(letters('1', '2', '3'));
    const { messages } = await raw(caller, { limit: 1 });
    const rest = await raw(caller, { have: messages.map(({ id }) => id), limit: 1 });
    expect(digests(rest)).toEqual(digestsOf('2'));
    expect(digests(await raw(caller, since(rest)))).toEqual(digestsOf('3'));
  });

  it('is refused when an id is none, and says which', async () => {
    const caller = await stage.callerWith([]);
    const problem = await stage.postern.problem('request-invalid', caller, downloads, {
      body: { have: ['YQ', 'no id', 'YQ', 'Y'] },
    });
    expect(problem.errors?.map(({ field }) => field)).toEqual(['have.1', 'have.3']);
  });

  it.each(['json', 'raw'] as const)(
    'ends with a receipt and a state for what was whole when the mail server is cut off midway (%s)',
    async (format) => {
      const caller = await stage.callerWith(letters('1', '2', '3', '4', '5'), 'cleartext');
      const away = { ...caller, mailServer: `pop3://127.0.0.1:${relay.port}?security=none` };
      const reached = relay.stopAt({ session: 1, verb: 'RETR', nth: 3, at: 'middle' });
      const download = downloaded(stage.postern, away, { format });
      await reached;
      relay.cut();
      const { messages, errors, receipt } = await download;
      const total = letters('1', '2', '3', '4', '5').reduce((sum, { length }) => sum + length, 0);
      expect(messages.map(({ index, count, bytesTotal }) => [index, count, bytesTotal])).toEqual([
        [0, 5, total],
        [1, 5, total],
      ]);
      expect(errors).toMatchObject([
        { index: 2, count: 5, bytesTotal: total, problem: { type: '/problems/connection-lost' } },
      ]);
      expect(receipt?.count).toBe(2);
      const rest = await raw(away, { since: receipt?.state });
      expect(digests(rest)).toEqual(digestsOf('3', '4', '5'));
    },
  );
});
