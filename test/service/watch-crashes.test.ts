/**
 * Is anything lost, told of old mail or told under another id when everything is killed?
 */
import { describe, expect, it } from 'vitest';
import { letter } from '../support/mail.ts';
import type { Received } from '../support/receiver.ts';
import { after, answering, silent } from '../support/receiver-behaviour.ts';
import { toldBy, watchStage } from '../support/watch-stage.ts';

const stage = watchStage();

const subjectOf = (received: Received): unknown => {
  const { data } = toldBy(received);
  return 'message' in data && 'subject' in data.message ? data.message.subject?.split(' ').at(-1) : null;
};

describe('when everything is killed', () => {
  it.each(['imap', 'pop3'] as const)(
    'right after a subscription was answered, mail that comes then is told, and no older (%s)',
    async (protocol) => {
      stage.receiver.behave(answering(204));
      const caller = await stage.caller(protocol);
      await stage.deliver(caller, 'INBOX', letter('old'));
      await stage.subscribe(caller);
      await stage.postern.crashAndRestart();
      await stage.deliver(caller, 'INBOX', letter('new'));
      expect(subjectOf(await stage.receiver.next())).toBe('new');
    },
  );

  it('with an event that is found and was not taken, it is sent under the same id', async () => {
    const caller = await stage.caller('imap');
    await stage.subscribe(caller);
    stage.receiver.behave(answering(500));
    await stage.deliver(caller, 'INBOX', letter('refused'));
    const { id } = await stage.receiver.next();
    await stage.postern.crashAndRestart();
    stage.receiver.behave(answering(204));
    const again = await stage.receiver.next(({ behaviour }) => behaviour.isAcceptance);
    expect(again.id).toBe(id);
    expect(subjectOf(again)).toBe('refused');
    stage.receiver.take();
  });

  it('while the receiver has the event in its hands, it is sent again under the same id', async () => {
    const caller = await stage.caller('pop3');
    await stage.subscribe(caller);
    stage.receiver.behave(silent);
    await stage.deliver(caller, 'INBOX', letter('in-between'));
    const { id } = await stage.receiver.next();
    await stage.postern.crashAndRestart();
    stage.receiver.behave(answering(204));
    const again = await stage.receiver.next();
    expect([again.id, subjectOf(again)]).toEqual([id, 'in-between']);
    expect(stage.receiver.take()).toEqual([]);
  });
});

it('a receiver that says nothing holds up neither looks nor other receivers', async () => {
  const caller = await stage.caller('imap');
  const heard = Promise.withResolvers<void>();
  stage.receiver.trusts('/slow', stage.receiver.secret);
  stage.receiver.behave(({ path }) => (path === '/slow' ? after(heard.promise, answering(204)) : answering(204)));
  await stage.subscribe(caller, { url: stage.receiver.url('/slow') });
  await stage.subscribe(caller);
  const isQuick = ({ path }: Received): boolean => path === '/hook';
  for (const label of ['one', 'two', 'three']) {
    await stage.deliver(caller, 'INBOX', letter(label));
    expect(subjectOf(await stage.receiver.next(isQuick))).toBe(label);
  }
  heard.resolve();
  for (const _ of ['one', 'two', 'three']) await stage.receiver.next(({ path }) => path === '/slow');
});
