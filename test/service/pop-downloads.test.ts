/**
 * `POST /v1/pop/downloads` over a real server: what comes, and that it stays where it is.
 */
import { describe, expect, it } from 'vitest';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { encrypted, letter } from '../support/mail.ts';
import { digestsIn, sha256Of } from '../support/maildir.ts';
import { downloaded } from '../support/pop-client.ts';
import { withPopServer } from '../support/pop-script.ts';
import { popStage } from '../support/pop-stage.ts';

const stage = popStage();

describe.each(encrypted)('over %s', (security) => {
  it('gives every message as an Email, then a receipt for all of them, and removes none', async () => {
    const letters = [letter('one'), letter('two'), letter('three')];
    const caller = await stage.callerWith(letters, security);
    const { messages, errors, receipt } = await downloaded(stage.postern, caller);
    expect(errors).toEqual([]);
    expect(messages.map(({ index, count, size }) => [index, count, size])).toEqual(
      letters.map(({ length }, index) => [index, 3, length]),
    );
    expect(messages.map(({ message }) => message?.text)).toEqual([
      'This is one.\n',
      'This is two.\n',
      'This is three.\n',
    ]);
    expect(messages.map(({ message }) => [message?.id, message?.uidl, message?.size])).toEqual(
      messages.map(({ id, uidl, size }) => [id, uidl, size]),
    );
    expect(messages.every((line) => line.raw === undefined && line.sha256 === undefined)).toBe(true);
    expect(receipt?.count).toBe(3);
    expect(await digestsIn(stage.host.dovecot.maildir(caller.user))).toEqual(letters.map(sha256Of));
  });

  it('gives every message whole, with its digest, when raw is asked for', async () => {
    const letters = [letter('raw'), Buffer.from('Subject: \xff\r\n\r\n..\r\n.\r\n\0\r\n', 'latin1')];
    const caller = await stage.callerWith(letters, security);
    const { messages, receipt } = await downloaded(stage.postern, caller, { format: 'raw' });
    expect(messages.map(({ raw = '' }) => sha256Of(Buffer.from(raw, 'base64')))).toEqual(letters.map(sha256Of));
    expect(messages.map(({ sha256 }) => sha256)).toEqual(letters.map(sha256Of));
    expect(messages.every(({ message }) => message === undefined)).toBe(true);
    expect(receipt?.count).toBe(2);
  });
});

it('gives the oldest messages when there are more than the limit', async () => {
  const letters = [letter('oldest'), letter('older'), letter('newest')];
  const caller = await stage.callerWith(letters);
  const { messages, receipt } = await downloaded(stage.postern, caller, { limit: 2, format: 'raw' });
  expect(messages.map(({ sha256 }) => sha256)).toEqual(letters.slice(0, 2).map(sha256Of));
  expect(messages.map(({ index, count }) => [index, count])).toEqual([
    [0, 2],
    [1, 2],
  ]);
  expect(receipt?.count).toBe(2);
});

it('tells with each line how far it is, by the sizes that the server tells', async () => {
  const letters = [letter('one'), letter('of three'), letter('three', 'long\r\n'.repeat(100))];
  const bytesTotal = letters.reduce((sum, { length }) => sum + length, 0);
  const caller = await stage.callerWith(letters);
  for (const format of ['json', 'raw'] as const) {
    const { messages } = await downloaded(stage.postern, caller, { format });
    let bytesDone = 0;
    for (const [index, message] of messages.entries()) {
      bytesDone += letters[index]?.length ?? 0;
      expect(message).toMatchObject({ index, count: 3, bytesDone, bytesTotal });
    }
    expect(bytesDone).toBe(bytesTotal);
  }
});

it('gives a receipt below 32 KB for 1,000 messages, by which all of them are deleted', async () => {
  const messages = Array.from({ length: 1000 }, (_, index) => ({
    uidl: `${'x'.repeat(60)}${index}`,
    bytes: letter(String(index)),
  }));
  await withPopServer({ messages, capabilities: ['PIPELINING', 'UIDL', 'TOP'] }, async (server) => {
    const { receipt } = await downloaded(stage.postern, server.caller(), { limit: 1000, format: 'raw' });
    expect(receipt?.count).toBe(1000);
    expect(receipt?.receipt.length).toBeLessThan(32_000);
    const call = { body: { receipt: receipt?.receipt } };
    const answer = await stage.postern.json(AcknowledgedSchema, server.caller(), '/v1/pop/downloads/ack', call);
    expect(answer).toEqual({ deleted: 1000, alreadyGone: 0, notDeleted: [] });
    expect(server.messages).toEqual([]);
  });
});

it('stops before maxBytes is exceeded, and gives one message however large it is', async () => {
  const letters = ['a', 'b', 'c'].map((label) => letter(label, label.repeat(1000)));
  const size = letters[0]?.length ?? 0;
  const caller = await stage.callerWith(letters);
  for (const [maxBytes, count] of [
    [1, 1],
    [size, 1],
    [2 * size - 1, 1],
    [2 * size, 2],
    [10 * size, 3],
  ]) {
    const { messages, receipt } = await downloaded(stage.postern, caller, { maxBytes });
    expect(messages, `maxBytes ${maxBytes}`).toHaveLength(count ?? 0);
    expect(receipt?.count).toBe(count);
  }
});

it('has no receipt for a message whose text it would have to cut, and says how to get it whole', async () => {
  const text = 'A line of a very long letter, seventy characters wide or nearly so.\r\n'.repeat(80_000);
  const caller = await stage.callerWith([letter('long', text), letter('short')]);
  const { messages, errors, receipt } = await downloaded(stage.postern, caller);
  expect(messages.map(({ message }) => message?.text)).toEqual(['This is short.\n']);
  expect(errors).toMatchObject([{ problem: { type: '/problems/too-large-for-json', status: 422 } }]);
  expect(receipt?.count).toBe(1);
  const raw = await downloaded(stage.postern, caller, { format: 'raw' });
  expect([raw.messages.length, raw.receipt?.count]).toEqual([2, 2]);
});

it('gives a receipt for nothing when the maildrop is empty', async () => {
  const { messages, errors, receipt } = await downloaded(stage.postern, await stage.callerWith([]));
  expect([messages, errors]).toEqual([[], []]);
  expect(receipt?.count).toBe(0);
});

it('says until when the receipt is good: for a day', async () => {
  const before = Date.now();
  const { receipt } = await downloaded(stage.postern, await stage.callerWith([letter('day')]));
  const seconds = (Date.parse(receipt?.expiresAt ?? '') - before) / 1000;
  expect(seconds).toBeGreaterThan(24 * 3600 - 2);
  expect(seconds).toBeLessThan(24 * 3600 + 60);
});

it('takes an empty object for a wish without particulars, and two downloads at once for two', async () => {
  const caller = await stage.callerWith([letter('twice')]);
  const both = await Promise.all([downloaded(stage.postern, caller), downloaded(stage.postern, caller, {})]);
  expect(both.map(({ messages }) => messages.length)).toEqual([1, 1]);
});
