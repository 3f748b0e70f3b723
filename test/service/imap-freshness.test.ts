/**
 * Does a warm session ever answer with what was true a moment ago?
 */
import { describe, expect, it } from 'vitest';
import { PatchedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { ThreadPageSchema } from '../../src/mailbox/schema/thread.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage } from '../support/imap-stage.ts';
import { encrypted, letter } from '../support/mail.ts';

const stage = imapStage();

describe.each(encrypted)('over %s', (security) => {
  it('lists a message that was delivered since the same call a moment ago, 20 times in a row', async () => {
    const caller = await stage.callerWith([letter('0')], security);
    expect((await stage.page(caller)).total).toBe(1);
    for (let count = 1; count <= 20; count++) {
      await stage.deliver(caller, 'INBOX', letter(`${count}`));
      const page = await stage.page(caller);
      expect(page.total).toBe(count + 1);
      expect(page.messages[0]?.messageId).toEqual([`${count}@weaver.example`]);
    }
  });
});

it('answers those calls from one session', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([letter('0')]));
  for (let count = 1; count <= 5; count++) {
    expect((await stage.page(caller)).total).toBe(count);
    await stage.deliver(caller, 'INBOX', letter(`${count}`));
  }
  expect(relay.connections).toBe(1);
  await relay.stop();
});

it('no longer lists a message that another program expunged, and shows the flags that it set', async () => {
  const caller = await stage.callerWith([letter('1'), letter('2'), letter('3')]);
  const program = await stage.program(caller);
  const uids = async () => (await stage.page(caller)).messages.map(({ id }) => Number(id.split('.')[1]));
  expect(await uids()).toEqual([3, 2, 1]);
  await program.expunge(2);
  expect(await uids()).toEqual([3, 1]);
  await program.command('UID STORE 3 +FLAGS.SILENT (\\Flagged $Later)');
  expect((await stage.page(caller)).messages[0]?.keywords).toEqual({ $flagged: true, $later: true });
});

it('reads a message that was delivered a moment ago, and does not find one that was expunged', async () => {
  const caller = await stage.callerWith([letter('1')]);
  const path = first(await stage.paths(caller));
  const nextPath = path.replace(/1$/, '2');
  await stage.postern.problem('message-not-found', caller, nextPath);
  await stage.deliver(caller, 'INBOX', letter('2'));
  expect((await stage.read(caller, nextPath)).messageId).toEqual(['2@weaver.example']);
  const program = await stage.program(caller);
  await program.expunge(1);
  await stage.postern.problem('message-not-found', caller, path);
});

it('finds nothing of a message that another program expunged a moment ago, 20 times in a row', async () => {
  const caller = await stage.callerWith(Array.from({ length: 20 }, (_, index) => letter(`${index}`)));
  const program = await stage.program(caller);
  const oldestFirst = (await stage.paths(caller)).toReversed();
  for (const [index, path] of oldestFirst.entries()) {
    await program.expunge(index + 1);
    await stage.postern.problem('message-not-found', caller, `${path}?fields=keywords,subject`);
  }
});

it('shows in the next read what a PATCH has changed, by whichever session', async () => {
  const caller = await stage.callerWith([letter('1')]);
  const path = first(await stage.paths(caller));
  await Promise.all([1, 2, 3].map(() => stage.page(caller)));
  for (let round = 0; round < 10; round++) {
    const value = round % 2 === 0 ? true : null;
    const options = { method: 'PATCH', body: { keywords: { $flagged: value } } };
    await stage.postern.json(PatchedEmailSchema, caller, path, options);
    const answers = await Promise.all([1, 2, 3].map(() => stage.read(caller, `${path}?fields=keywords`)));
    for (const { keywords } of answers) expect(keywords).toEqual(value === true ? { $flagged: true } : {});
  }
});

it('exports a message that was delivered since the same call a moment ago, 20 times in a row', async () => {
  const caller = await stage.callerWith([letter('0')]);
  for (let count = 1; count <= 20; count++) {
    const response = await stage.postern.call(caller, '/v1/imap/mailboxes/inbox/export');
    const lines = (await response.text()).trim().split('\n');
    expect([response.headers.get('Export-Total'), lines.length - 2]).toEqual([String(count), count]);
    await stage.deliver(caller, 'INBOX', letter(`${count}`));
  }
});

it('has in its conversations what arrived in the place of what was expunged, 20 times in a row', async () => {
  const caller = await stage.callerWith([letter('1'), letter('2'), letter('3')]);
  const program = await stage.program(caller);
  const threads = '/v1/imap/mailboxes/inbox/threads?fields=emailIds';
  for (let oldest = 1; oldest <= 20; oldest++) {
    const page = await stage.postern.json(ThreadPageSchema, caller, threads);
    const uids = page.threads.flatMap(({ emailIds = [] }) => emailIds.map((id) => Number(id.split('.')[1])));
    expect(uids).toEqual([oldest + 2, oldest + 1, oldest]);
    await program.expunge(oldest);
    await stage.deliver(caller, 'INBOX', letter(`${oldest + 3}`));
  }
});
