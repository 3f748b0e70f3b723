/**
 * Several maildrops into one mailbox: is every message there exactly once, and gone from where it came from, or still there?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { consolidations, gathered, gathering, heldBy } from '../support/consolidation.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { popStage } from '../support/pop-stage.ts';

const digestsOf = (...messages: readonly Uint8Array[]): string[] => messages.map(sha256Of).sort();
const nobody = { stored: 0, thereAlready: 0, deleted: 0, failed: 0, isComplete: true };
const large = letter('large', `${'x'.repeat(76)}\r\n`.repeat(80_000));

describe('several maildrops', () => {
  const stage = popStage();
  const held = (...callers: Parameters<typeof heldBy>[1][]) => heldBy(stage.host.dovecot, ...callers);
  const mailbox = async (...messages: readonly Uint8Array[]) => {
    const caller = await stage.host.caller('imap');
    await stage.deliver(caller, ...messages);
    return caller;
  };

  it('become one mailbox, every message octet for octet, and are empty then', async () => {
    const [one, two, three] = [[letter('1a'), letter('1b')], [letter('2a'), large], [letter('3a')]];
    const from = await Promise.all([one, two, three].map((messages = []) => stage.callerWith(messages)));
    const into = await mailbox(letter('before'));
    const { lines, end, of } = await gathered(stage.postern, from, into);
    expect(end).toEqual({ type: 'end', stored: 5, thereAlready: 0, deleted: 5, failed: 0, isComplete: true });
    expect(await held(into, ...from)).toEqual([
      digestsOf(letter('before'), letter('1a'), letter('1b'), letter('2a'), large, letter('3a')),
      [],
      [],
      [],
    ]);
    const each = ['start', 'message', 'message', 'deleted'];
    expect(lines.map(({ type }) => type)).toEqual([...each, ...each, 'start', 'message', 'deleted', 'end']);
    expect(of('start').map(({ from, total, count }) => [from, total, count])).toEqual([
      [0, 2, 2],
      [1, 2, 2],
      [2, 1, 1],
    ]);
    const second = of('message').filter(({ from }) => from === 1);
    const bytesTotal = letter('2a').length + large.length;
    expect(second.map(({ index, count, bytesDone }) => [index, count, bytesDone])).toEqual([
      [0, 2, letter('2a').length],
      [1, 2, bytesTotal],
    ]);
  });

  it('tell where each message is now, unread and dated as it was received', async () => {
    const received = Buffer.concat([
      Buffer.from('Received: from a.example by b.example (c; d); Tue, 3 Nov 2026 10:11:12 -0500 (EST)\r\n'),
      letter('received'),
    ]);
    const into = await mailbox();
    const { of } = await gathered(stage.postern, [await stage.callerWith([received, letter('sent')])], into);
    const { messages } = await stage.postern.json(EmailPageSchema, into, '/v1/imap/mailboxes/inbox/messages');
    expect(messages.map(({ id }) => id).reverse()).toEqual(of('message').map(({ newId }) => newId));
    expect(messages.map(({ receivedAt }) => receivedAt)).toEqual([
      '2026-11-16T08:30:00.000Z',
      '2026-11-03T15:11:12.000Z',
    ]);
    expect(messages.map(({ keywords }) => keywords)).toEqual([{}, {}]);
  });

  it('leave nothing to do for a second call', async () => {
    const from = [await stage.callerWith([letter('once')])];
    const into = await mailbox();
    await gathered(stage.postern, from, into);
    const { lines } = await gathered(stage.postern, from, into);
    expect(lines).toEqual([
      { type: 'start', from: 0, total: 0, count: 0, bytesTotal: 0 },
      { type: 'end', ...nobody },
    ]);
  });

  it('add nothing that the mailbox has octet for octet, and keep what may be that itself', async () => {
    const [known, twice] = [letter('known'), letter('twice')];
    const from = [await stage.callerWith([known, twice, twice]), await stage.callerWith([twice])];
    const into = await mailbox(letter('other'), known);
    const { end, of } = await gathered(stage.postern, from, into);
    expect(
      of('deleted').map(({ deleted, notDeleted }) => [deleted, notDeleted.map(({ problem }) => problem.type)]),
    ).toEqual([
      [2, ['/problems/copy-unproven']],
      [0, ['/problems/copy-unproven']],
    ]);
    expect(end).toMatchObject({ stored: 1, thereAlready: 3, deleted: 2, failed: 0, isComplete: false });
    expect(await held(into, ...from)).toEqual([
      digestsOf(letter('other'), known, twice),
      digestsOf(known),
      digestsOf(twice),
    ]);
  });

  it('lose also what the mailbox had before when the caller says that they may', async () => {
    const [known, twice] = [letter('known'), letter('twice')];
    const from = [await stage.callerWith([known, twice]), await stage.callerWith([twice])];
    const into = await mailbox(letter('other'), known);
    const { end, of } = await gathered(stage.postern, from, into, { alreadyThere: 'delete' });
    expect(of('message').map(({ outcome }) => outcome)).toEqual(['there-already', 'stored', 'there-already']);
    expect(end).toEqual({ type: 'end', stored: 1, thereAlready: 2, deleted: 3, failed: 0, isComplete: true });
    expect(await held(into, ...from)).toEqual([digestsOf(letter('other'), known, twice), [], []]);
  });

  it('keep what cannot be stored, and hand over the rest', async () => {
    const nul = Buffer.concat([letter('nul'), Buffer.from('a \0 in it\r\n')]);
    const from = await stage.callerWith([letter('good'), nul, letter('better')]);
    const into = await mailbox();
    const { end, troubles, of } = await gathered(stage.postern, [from], into);
    expect(troubles).toEqual(['0: request-invalid']);
    expect(of('error')[0]).toMatchObject({ index: 1, count: 3 });
    expect(end).toEqual({ type: 'end', stored: 2, thereAlready: 0, deleted: 2, failed: 1, isComplete: false });
    expect(await held(into, from)).toEqual([digestsOf(letter('good'), letter('better')), digestsOf(nul)]);
  });

  it('are read in the order of the request, and no further than the limit', async () => {
    const from = [
      await stage.callerWith([letter('1'), letter('2')]),
      await stage.callerWith([letter('3'), letter('4')]),
    ];
    const into = await mailbox();
    const { end, of } = await gathered(stage.postern, from, into, { limit: 3 });
    expect(end).toMatchObject({ stored: 3, deleted: 3, isComplete: false });
    expect(of('start').map(({ total, count }) => [total, count])).toEqual([
      [2, 2],
      [2, 1],
    ]);
    expect(await held(into, ...from)).toEqual([
      digestsOf(letter('1'), letter('2'), letter('3')),
      [],
      digestsOf(letter('4')),
    ]);
    expect((await gathered(stage.postern, from, into)).end).toMatchObject({ stored: 1, isComplete: true });
  });

  it('are told one by one when they cannot be opened, and the others go on', async () => {
    const [first, last] = [await stage.callerWith([letter('first')]), await stage.callerWith([letter('last')])];
    const refused = { ...(await stage.callerWith([letter('behind a door')])), password: 'wrong' };
    const into = await mailbox();
    const { end, troubles } = await gathered(stage.postern, [first, refused, last], into);
    expect(troubles).toEqual(['1: login-refused']);
    expect(end).toMatchObject({ stored: 2, deleted: 2, isComplete: false });
    expect(await held(into, refused)).toEqual([
      digestsOf(letter('first'), letter('last')),
      digestsOf(letter('behind a door')),
    ]);
  });

  it('are not opened when the mailbox cannot be', async () => {
    const from = [await stage.callerWith([letter('untouched')])];
    const into = await mailbox();
    const call = (caller: typeof into, mailboxId = 'inbox') => ({ body: gathering(from, caller, { mailboxId }) });
    const logins = stage.postern.log.filter((line) => line.includes('"protocol":"pop3"')).length;
    await stage.postern.problem('login-refused', null, consolidations, call({ ...into, password: 'wrong' }));
    await stage.postern.problem('mailbox-not-found', null, consolidations, call(into, 'mb_Tm93aGVyZQ'));
    await stage.postern.problem('mailbox-not-found', null, consolidations, call(into, 'nowhere'));
    expect(stage.postern.log.filter((line) => line.includes('"protocol":"pop3"'))).toHaveLength(logins);
    expect(await held(...from)).toEqual([digestsOf(letter('untouched'))]);
  });
});

describe('maildrops that are kept', () => {
  const stage = popStage();

  it('give each message once, to whoever gives their state back', async () => {
    const from = await stage.callerWith([letter('1'), letter('2')]);
    const into = await stage.host.caller('imap');
    const first = await gathered(stage.postern, [from], into, { keep: true });
    expect(first.end).toMatchObject({ stored: 2, deleted: 0, isComplete: true });
    await stage.deliver(from, letter('3'));
    const since = [first.of('kept').at(-1)?.state];
    const second = await gathered(stage.postern, [from], into, { keep: true, since });
    expect(second.of('start')).toMatchObject([{ total: 3, count: 1 }]);
    expect(second.end).toMatchObject({ stored: 1, thereAlready: 0 });
    const third = await gathered(stage.postern, [from], into, { keep: true, since: [second.of('kept').at(-1)?.state] });
    expect(third.of('start')).toMatchObject([{ total: 3, count: 0 }]);
    expect(third.of('kept')).toHaveLength(1);
    const all = digestsOf(letter('1'), letter('2'), letter('3'));
    expect(await heldBy(stage.host.dovecot, into, from)).toEqual([all, all]);
  });

  it('give nothing twice to whoever has lost the state', async () => {
    const from = await stage.callerWith([letter('1'), letter('2')]);
    const into = await stage.host.caller('imap');
    await gathered(stage.postern, [from], into, { keep: true });
    const { end } = await gathered(stage.postern, [from], into, { keep: true });
    expect(end).toMatchObject({ stored: 0, thereAlready: 2, isComplete: true });
    const both = digestsOf(letter('1'), letter('2'));
    expect(await heldBy(stage.host.dovecot, into, from)).toEqual([both, both]);
  });

  it('are emptied by a later call, which knows what it has stored', async () => {
    const from = await stage.callerWith([letter('1'), letter('2')]);
    const into = await stage.host.caller('imap');
    await gathered(stage.postern, [from], into, { keep: true });
    const { end } = await gathered(stage.postern, [from], into);
    expect(end).toMatchObject({ stored: 0, thereAlready: 2, deleted: 2, isComplete: true });
    expect(await heldBy(stage.host.dovecot, into, from)).toEqual([digestsOf(letter('1'), letter('2')), []]);
  });

  it('have what failed neither in their state nor deleted', async () => {
    const nul = Buffer.concat([letter('nul'), Buffer.from('\0\r\n')]);
    const from = await stage.callerWith([nul, letter('good')]);
    const into = await stage.host.caller('imap');
    const first = await gathered(stage.postern, [from], into, { keep: true });
    const again = await gathered(stage.postern, [from], into, { keep: true, since: [first.of('kept').at(-1)?.state] });
    expect(again.of('start')).toMatchObject([{ total: 2, count: 1 }]);
    expect(again.troubles).toEqual(['0: request-invalid']);
  });

  it('move only what is new since their state when they are kept no longer', async () => {
    const from = await stage.callerWith([letter('old')]);
    const into = await stage.host.caller('imap');
    const kept = await gathered(stage.postern, [from], into, { keep: true });
    await stage.deliver(from, letter('new'));
    const { end } = await gathered(stage.postern, [from], into, { since: [kept.of('kept').at(-1)?.state] });
    expect(end).toMatchObject({ stored: 1, deleted: 1, isComplete: true });
    expect(await heldBy(stage.host.dovecot, from)).toEqual([digestsOf(letter('old'))]);
  });
});
