/**
 * Who has a maildrop while many of its messages are read for events?
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { letter } from '../support/mail.ts';
import { accepting, after } from '../support/receiver-behaviour.ts';
import { watchStage } from '../support/watch-stage.ts';

const stage = watchStage();
const messages = 30;

it('it is looked at while a receiver takes its time with one message after the other', async () => {
  const caller = await stage.caller('pop3');
  stage.receiver.behave(() => after(sleep(1_000), accepting));
  await stage.subscribe(caller, { include: { text: true }, order: 'in-order' });
  for (let at = 0; at < messages; at++) await stage.deliver(caller, 'INBOX', letter(`${at}`));
  const looks = (): number => stage.postern.log.filter((line) => line.includes('watch.looked')).length;
  for (let at = 0; at < 5; at++) await stage.receiver.next();
  const before = looks();
  for (let at = 5; at < messages - 1; at++) await stage.receiver.next();
  // Each time that the maildrop was given back; it is asked for every second.
  expect(looks() - before).toBeGreaterThanOrEqual(2);
});
