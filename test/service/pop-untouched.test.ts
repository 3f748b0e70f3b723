/**
 * Does reading leave a maildrop as it was?
 */
import { expect, it } from 'vitest';
import { MaildropEmailSchema, MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { letter } from '../support/mail.ts';
import { flagsIn, messagesIn, treeOf } from '../support/maildir.ts';
import { downloaded } from '../support/pop-client.ts';
import { startPopServer } from '../support/pop-script.ts';
import { popStage } from '../support/pop-stage.ts';

const stage = popStage();
const reads = ['', '/raw', '/parts/1'];

it('leaves messages and flags on disk as they were, whatever is read', async () => {
  const caller = await stage.callerWith([letter('one'), letter('two')]);
  const maildir = stage.host.dovecot.maildir(caller.user);
  const before = { flags: await flagsIn(maildir), messages: await messagesIn(maildir) };
  expect(Object.values(before.flags)).toEqual(['', '']);
  const { messages } = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages?headers=true');
  for (const { id } of messages) {
    for (const what of reads) {
      const response = await stage.postern.call(caller, `/v1/pop/messages/${id}${what}`);
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
  }
  // A new session sees what the last one left behind, and the server has written it down by then.
  await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
  expect({ flags: await flagsIn(maildir), messages: await messagesIn(maildir) }).toEqual(before);
});

it.each([
  ['a listing with headers', '/v1/pop/messages?headers=true'],
  ['a backup as lines', '/v1/pop/export?format=ndjson'],
  ['a backup as mbox', '/v1/pop/export?format=mbox'],
  ['a backup as zip', '/v1/pop/export?format=zip'],
  ['a manifest', '/v1/pop/export?format=manifest'],
  ['what has changed', '/v1/pop/changes'],
  ['a prune that is only tried', '/v1/pop/prune', { olderThanDays: 1, keepNewest: 1, dryRun: true }],
] as const)(
  'leaves every file of the maildrop as it was, its own index aside: %s',
  async (_what, path, body?: object) => {
    const caller = await stage.callerWith([letter('one'), letter('two')]);
    const maildir = stage.host.dovecot.maildir(caller.user);
    // The server makes its index, and moves what is new to where it has been seen by a session.
    await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
    const before = await treeOf(maildir);
    expect(Object.keys(before).filter((name) => name.startsWith('cur/'))).toHaveLength(2);
    const response = await stage.postern.call(caller, path, body === undefined ? {} : { body });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
    expect(await treeOf(maildir)).toEqual(before);
  },
);

it('changes no octet by a download that nobody acknowledges, which is a RETR to the server, and marked as such', async () => {
  const caller = await stage.callerWith([letter('one'), letter('two')]);
  const maildir = stage.host.dovecot.maildir(caller.user);
  await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
  const before = await treeOf(maildir);
  await downloaded(stage.postern, caller, { format: 'raw' });
  await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
  const asFetched = Object.entries(before).map(([name, digest]) => [name.replace(/:2,$/, ':2,S'), digest]);
  expect(await treeOf(maildir)).toEqual(Object.fromEntries(asFetched));
});

it('reads by TOP, and neither RETR nor QUIT is ever sent for it', async () => {
  const server = await startPopServer({ messages: [{ uidl: 'a', bytes: letter('top') }] });
  const caller = server.caller();
  const { messages } = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages?headers=true');
  for (const what of reads) {
    await (await stage.postern.call(caller, `/v1/pop/messages/${messages[0]?.id}${what}`)).arrayBuffer();
  }
  // Ends the session that read, in whatever way it ends.
  await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
  expect(server.commands).toContain('TOP 1 0');
  expect(server.commands.filter((command) => command === 'TOP 1 99999999')).toHaveLength(reads.length);
  expect(server.commands.filter((command) => /^(RETR|DELE|QUIT|RSET)/.test(command))).toEqual([]);
  await server.stop();
});

it('reads by RETR where the server has no TOP, and does not end that session with QUIT', async () => {
  const bytes = letter('retr');
  const server = await startPopServer({
    messages: [{ uidl: 'a', bytes }],
    answer: (command) => (command.startsWith('TOP') ? '-ERR what?\r\n' : undefined),
  });
  const path = `/v1/pop/messages/${Buffer.from('a').toString('base64url')}`;
  await stage.postern.json(MaildropEmailSchema, server.caller(), path);
  const raw = await stage.postern.call(server.caller(), `${path}/raw`);
  expect(Buffer.from(await raw.arrayBuffer())).toEqual(bytes);
  expect(server.commands.filter((command) => command === 'RETR 1')).toHaveLength(2);
  const problem = await stage.postern.problem(
    'unsupported-by-server',
    server.caller(),
    '/v1/pop/messages?headers=true',
  );
  expect(problem).toMatchObject({ status: 422, feature: 'TOP' });
  expect(server.connections).toBeGreaterThan(1);
  expect(server.commands).not.toContain('QUIT');
  await server.stop();
});

it('sends no QUIT after a download that nobody acknowledges, and leaves every message there', async () => {
  const server = await startPopServer({ messages: [{ uidl: 'a', bytes: letter('kept') }] });
  expect((await downloaded(stage.postern, server.caller())).messages).toHaveLength(1);
  await stage.postern.json(MaildropPageSchema, server.caller(), '/v1/pop/messages');
  expect(server.commands).not.toContain('QUIT');
  expect(server.messages).toHaveLength(1);
  await server.stop();
});
