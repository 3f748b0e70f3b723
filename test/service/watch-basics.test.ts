/**
 * Does mail that arrives reach the receiver, once, signed, and no older mail with it?
 */
import { expect, it } from 'vitest';
import { letter } from '../support/mail.ts';
import { toldBy, watchStage } from '../support/watch-stage.ts';

const stage = watchStage();

it.each(['imap', 'pop3'] as const)(
  'a message that arrives is told once, and none that was there (%s)',
  async (protocol) => {
    const caller = await stage.caller(protocol);
    await stage.deliver(caller, 'INBOX', letter('old'));
    const { id } = await stage.subscribe(caller);
    await stage.deliver(caller, 'INBOX', letter('first'), letter('second'));
    const told = [await stage.receiver.next(), await stage.receiver.next()].map(toldBy);
    expect(told.map(({ type }) => type)).toEqual(['message.received', 'message.received']);
    expect(told.map(({ data }) => data.subscriptionId)).toEqual([id, id]);
  },
);
