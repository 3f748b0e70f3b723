/**
 * A download that goes on where another ended, with every POP3 server: by its state, and by what was kept of it.
 */
import { describe, expect, it } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { letter } from '../support/mail.ts';
import { type Download, downloaded } from '../support/pop-client.ts';
import type { Caller } from '../support/postern.ts';
import { popExpectations } from '../support/server-expectations.ts';
import { maildropOf } from '../support/server-programs.ts';
import { serverStage } from '../support/server-stage.ts';

const labels = ['1', '2', '3', '4', '5'];
const labelsIn = ({ messages }: Download) =>
  messages.map(({ message }) => message?.text?.match(/This is (\S+)\./)?.[1] ?? 'none');

describe.each(popExpectations)('$name', (expected) => {
  const stage = serverStage('pop3', startPeer[expected.name]);
  const download = (caller: Caller, body: object = {}) => downloaded(stage.postern, caller, body);
  const acknowledged = (caller: Caller, { receipt }: Download) =>
    stage.postern.json(AcknowledgedSchema, caller, '/v1/pop/downloads/ack', { body: { receipt: receipt?.receipt } });

  it('sends exactly the rest since a state, also when some were acknowledged and others have come', async () => {
    const caller = await stage.callerWith(...labels.map((label) => letter(label)));
    const first = await download(caller, { limit: 2 });
    const second = await download(caller, { limit: 1, since: first.receipt?.state });
    expect([first, second].map(labelsIn)).toEqual([['1', '2'], ['3']]);
    expect(await acknowledged(caller, first)).toEqual({ deleted: 2, alreadyGone: 0, notDeleted: [] });
    await stage.deliver(caller, letter('6'));
    const third = await download(caller, { since: second.receipt?.state });
    expect(labelsIn(third)).toEqual(['4', '5', '6']);
    expect(labelsIn(await download(caller, { since: third.receipt?.state }))).toEqual([]);
    expect(await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages')).toMatchObject({ total: 4 });
  });

  it('sends what a caller has not, and its receipt is for all of it', async () => {
    const caller = await stage.callerWith(...labels.map((label) => letter(label)));
    const kept = (await download(caller, { limit: 3 })).messages.map(({ id }) => id);
    const rest = await download(caller, { have: kept });
    expect(labelsIn(rest)).toEqual(['4', '5']);
    expect(rest.receipt).toMatchObject({ count: 5, haveCovered: 3, haveIgnored: 0 });
    expect(await acknowledged(caller, rest)).toEqual({ deleted: 5, alreadyGone: 0, notDeleted: [] });
    expect(await maildropOf(stage.port, caller)).toEqual([]);
  });

  it('tells how far it is by sizes that add up', async () => {
    const caller = await stage.callerWith(...labels.map((label) => letter(label, `${label}\r\n`.repeat(100))));
    const { messages } = await download(caller, { format: 'raw' });
    const sizes = messages.map(({ size }) => size);
    const sumOf = (count: number) => sizes.slice(0, count).reduce((sum, size) => sum + size, 0);
    expect(messages.map(({ index, bytesDone, bytesTotal }) => [index, bytesDone, bytesTotal])).toEqual(
      sizes.map((_, index) => [index, sumOf(index + 1), sumOf(5)]),
    );
  });
});
