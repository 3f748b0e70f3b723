/**
 * Can a tool that polls go over to webhooks, and back, without doing anything twice?
 */
import { expect, it } from 'vitest';
import { TriggerItemsSchema } from '../../src/watch/schema/trigger.ts';
import { letter } from '../support/mail.ts';
import { toldBy, watchStage } from '../support/watch-stage.ts';

const stage = watchStage();

it.each(['imap', 'pop3'] as const)(
  'is told the same of the same message by both, and by the same id: %s',
  async (protocol) => {
    const caller = await stage.caller(protocol);
    await stage.deliver(caller, 'INBOX', letter('old'));
    const { id: subscriptionId } = await stage.subscribe(caller);
    await stage.deliver(caller, 'INBOX', letter('new'));
    const received = await stage.receiver.next();
    const { data, type } = toldBy(received);
    const [item] = await stage.postern.json(TriggerItemsSchema, caller, '/v1/triggers/messages?limit=1');
    expect(item?.id).toBe(received.headers['webhook-id']);
    expect({ type: item?.type, data: { ...item?.data, subscriptionId } }).toEqual({ type, data });
  },
);
