/**
 * What is new in the mailboxes of a real server?
 */
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { listening } from '../../scripts/listening.ts';
import { fullAccess } from '../../src/core/access.ts';
import { accountParts } from '../../src/core/account-parts.ts';
import { parseKeyring } from '../../src/core/seal.ts';
import { parseMailServer } from '../../src/core/server.ts';
import { opened } from '../../src/core/vouch.ts';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import type { Settings } from '../../src/watch/subscription.ts';
import { imapStage } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { newsStage, told } from '../support/news/follower.ts';
import { type Caller, testKey } from '../support/postern.ts';
import { changesOf } from '../support/sync-client.ts';

const stage = imapStage();
const news = newsStage(() => [stage.host.dovecot.ca]);

it('tells of each message that arrives once, and of none that was there', async () => {
  const caller = await stage.callerWith([letter('old')]);
  const follower = await news.begun(caller);
  await stage.deliver(caller, 'INBOX', letter('one'), letter('two'));
  const [first] = await news.drain(caller, follower);
  expect(first).toMatchObject({
    type: 'message.received',
    data: { message: { from: [{ email: expect.any(String) }] } },
  });
  await stage.deliver(caller, 'INBOX', letter('three'));
  await news.drain(caller, follower);
  expect(told(follower.told)).toEqual(['received INBOX 2', 'received INBOX 3', 'received INBOX 4']);
  expect(new Set(follower.told.map(({ id }) => id)).size).toBe(3);
});

it('tells of what is marked otherwise and of what is gone', async () => {
  const caller = await stage.callerWith([letter('one'), letter('two'), letter('three')]);
  const follower = await news.begun(caller);
  const program = await stage.program(caller);
  await program.command('UID STORE 2 +FLAGS (\\Seen)');
  await program.expunge(1);
  const events = await news.drain(caller, follower);
  expect(told(events)).toEqual(['updated INBOX 2', 'deleted INBOX 1']);
  expect(events[0]?.data['message']).toMatchObject({ keywords: { $seen: true } });
  expect(await news.look(caller, follower)).toMatchObject({ events: [], isSameKnown: true });
});

it('leaves what is known exactly as it is when nothing has happened', async () => {
  const caller = await stage.callerWith([letter('one')]);
  for (const mailboxes of [['inbox'], ['*'], ['archive', 'inbox']]) {
    const follower = await news.begun(caller, { settings: { mailboxes } });
    expect(await news.look(caller, follower), mailboxes.join()).toMatchObject({
      events: [],
      hasMore: false,
      isSameKnown: true,
    });
  }
});

it('tells as many as it may, and the rest later', async () => {
  const caller = await stage.callerWith([]);
  const follower = await news.begun(caller, { settings: { events: ['message.received'] } });
  await stage.deliver(caller, 'INBOX', ...[1, 2, 3, 4, 5].map((n) => letter(`${n}`)));
  const first = await news.look(caller, follower, { mostEvents: 2 });
  expect(first).toMatchObject({ events: { length: 2 }, hasMore: true });
  await news.drain(caller, follower, { mostEvents: 2 });
  expect(told(follower.told)).toEqual([1, 2, 3, 4, 5].map((uid) => `received INBOX ${uid}`));
});

it('tells of a mailbox that is renamed, deleted and made anew, and goes on', async () => {
  const caller = await stage.callerWith([]);
  const program = await stage.program(caller);
  await program.command('CREATE Work');
  const all = await news.begun(caller, { settings: { mailboxes: ['*'] } });
  const one = await news.begun(caller, { settings: { mailboxes: [mailboxIdOf('Work')] } });
  await stage.deliver(caller, 'Work', letter('one'));
  await news.lookTogether(caller, [all, one]);
  await program.command('RENAME Work Play');
  await stage.deliver(caller, 'Play', letter('two'));
  await news.lookTogether(caller, [all, one]);
  await news.lookTogether(caller, [all, one]);
  await program.command('RENAME Play Work');
  await stage.deliver(caller, 'Work', letter('three'));
  await news.lookTogether(caller, [all, one]);
  await program.command('DELETE Work');
  await news.lookTogether(caller, [all, one]);
  await program.command('CREATE Work');
  await stage.deliver(caller, 'Work', letter('four'));
  await news.lookTogether(caller, [all, one]);
  await stage.deliver(caller, 'Work', letter('five'));
  await news.lookTogether(caller, [all, one]);
  expect(told(all.told)).toEqual([
    'received Work 1',
    'reset mailbox-renamed Work Play',
    'received Play 2',
    'reset mailbox-renamed Play Work',
    'received Work 3',
    'reset mailbox-not-found Work',
    'reset uidvalidity-changed Work',
    'received Work 2',
  ]);
  expect(told(one.told)).toEqual([
    'received Work 1',
    'reset mailbox-not-found Work',
    'received Work 2',
    'received Work 3',
    'reset mailbox-not-found Work',
    'reset uidvalidity-changed Work',
    'received Work 2',
  ]);
});

it('tells of what is wanted alone: by its sender, its size, and what the server finds in it', async () => {
  const caller = await stage.callerWith([]);
  const from = (address: string, label: string, body = '.') =>
    Buffer.from(Buffer.from(letter(label, body)).toString().replace('grace@weaver.example', address));
  const only = (settings: Partial<Settings>) =>
    news.begun(caller, { settings: { ...settings, events: ['message.received'] } });
  const followers = {
    address: await only({ from: ['ada@weaver.example'] }),
    domain: await only({ from: ['@weaver.example'] }),
    large: await only({ minBytes: 5_000 }),
    small: await only({ maxBytes: 5_000 }),
    text: await only({ q: 'subject:second' }),
    neither: await only({ q: '-subject:second is:unread' }),
    attached: await only({ q: 'has:attachment' }),
  };
  await stage.deliver(
    caller,
    'INBOX',
    from('Ada@Weaver.Example', 'first'),
    from('grace@weaver.example', 'second', 'x'.repeat(6_000)),
    from('ada@not-weaver.example', 'third'),
    from('ada@sub.weaver.example', 'fourth'),
  );
  await news.lookTogether(caller, Object.values(followers));
  const found = Object.entries(followers).map(([name, { told: events }]) => [
    name,
    events.map(({ ref }) => (ref?.protocol === 'imap' ? ref.uid : null)),
  ]);
  expect(Object.fromEntries(found)).toEqual({
    address: [1],
    domain: [1, 2],
    large: [2],
    small: [1, 3, 4],
    text: [2],
    neither: [1, 3, 4],
    attached: [],
  });
});

it('does not tell of old mail that is put into the mailbox, unless that is wanted', async () => {
  const caller = await stage.callerWith([]);
  const follower = await news.begun(caller);
  const older = await news.begun(caller, { settings: { includeOlder: true } });
  const program = await stage.program(caller);
  const bytes = Buffer.from(letter('old')).toString('latin1');
  const yesterday = new Date(Date.now() - 23 * 60 * 60_000).toUTCString();
  for (const date of ['01-Jan-2020 00:00:00 +0000', imapDate(yesterday)]) {
    await program.command(`APPEND INBOX () "${date}" {${bytes.length}+}\r\n${bytes}`);
  }
  await news.lookTogether(caller, [follower, older]);
  expect(told(follower.told)).toEqual(['received INBOX 2']);
  expect(told(older.told)).toEqual(['received INBOX 1', 'received INBOX 2']);
});

/** `Mon, 23 Nov 2026 10:00:00 GMT` as `23-Nov-2026 10:00:00 +0000`. */
const imapDate = (text: string): string => text.replace(/^\w+, (\d+) (\w+) (\d+) (\S+) GMT$/, '$1-$2-$3 $4 +0000');

it('finds with all mailboxes what arrives in one that was made since, and nothing in those where no mail is received', async () => {
  const caller = await stage.callerWith([]);
  const follower = await news.begun(caller, { settings: { mailboxes: ['*'], events: ['message.received'] } });
  const program = await stage.program(caller);
  await program.command('CREATE Later');
  await stage.deliver(caller, 'Later', letter('1'));
  for (const mailbox of ['Sent', 'Trash', 'Junk', 'Drafts']) await stage.deliver(caller, mailbox, letter(mailbox));
  await news.drain(caller, follower);
  expect(told(follower.told)).toEqual(['received Later 1']);
});

it('reaches the mailboxes alone that the subscription may see', async () => {
  const caller = await stage.callerWith([]);
  const program = await stage.program(caller);
  await program.command('CREATE Work');
  const access = { ...fullAccess, mailboxes: [mailboxIdOf('Work'), 'archive'] };
  const follower = await news.begun(caller, { access, settings: { mailboxes: ['*'] } });
  await stage.deliver(caller, 'INBOX', letter('1'));
  await stage.deliver(caller, 'Work', letter('2'));
  await stage.deliver(caller, 'Archive', letter('3'));
  await news.drain(caller, follower);
  expect(told(follower.told).sort()).toEqual(['received Archive 1', 'received Work 1']);
  const refused = news.follower({ access, settings: { mailboxes: ['inbox'] } });
  expect(await news.failure(caller, refused)).toEqual({ kind: 'mailbox-not-granted' });
  const missing = news.follower({ settings: { mailboxes: [mailboxIdOf('Nowhere')] } });
  expect(await news.failure(caller, missing)).toEqual({ kind: 'mailbox-not-found' });
});

it('begins where a state was given out, whenever that was, and with all changes since', async () => {
  const caller = await stage.callerWith([letter('1'), letter('2')]);
  const state = await stateOf(caller);
  const program = await stage.program(caller);
  const bytes = Buffer.from(letter('3')).toString('latin1');
  await program.command(`APPEND INBOX () "01-Jan-2020 00:00:00 +0000" {${bytes.length}+}\r\n${bytes}`);
  await program.command('UID STORE 1 +FLAGS (\\Flagged)');
  await program.expunge(2);
  const follower = news.follower({ since: state });
  await news.drain(caller, follower);
  expect(told(follower.told).sort()).toEqual(['deleted INBOX 2', 'received INBOX 3', 'updated INBOX 1']);
  // From now on old mail is old.
  await program.command(`APPEND INBOX () "01-Jan-2020 00:00:00 +0000" {${bytes.length}+}\r\n${bytes}`);
  expect(await news.drain(caller, follower)).toEqual([]);
  const other = news.follower({ since: state, settings: { mailboxes: ['archive'] } });
  expect(await news.failure(caller, other)).toEqual({ kind: 'state-gone' });
});

/** The octets of what a caller of the API gets as `state`. */
async function stateOf(caller: Caller): Promise<string> {
  const { newState } = await changesOf(stage.postern, caller);
  const keyring = parseKeyring(testKey);
  const server = parseMailServer(caller.mailServer);
  if (!server.ok || keyring === null) throw new Error('No mail server, or no key');
  const octets = await opened(keyring, 'state', accountParts({ server: server.value, user: caller.user }), newState);
  return Buffer.from(octets ?? []).toString('base64url');
}

it('tells in a session that has waited in the mailbox what has come there meanwhile', async () => {
  const caller = await stage.callerWith([letter('1')]);
  const follower = await news.begun(caller, { settings: { events: ['message.received'] } });
  const delivering = createServer(async (_, response) => {
    await stage.deliver(caller, 'INBOX', letter('2'));
    response.end();
  });
  const url = `http://127.0.0.1:${await listening(delivering)}/`;
  await news.look(caller, follower, { waited: { path: 'INBOX', url } });
  delivering.close();
  expect(told(follower.told)).toEqual(['received INBOX 2']);
});

it('begins anew and says so when what it knows cannot be read any more', async () => {
  const caller = await stage.callerWith([letter('1')]);
  const follower = await news.begun(caller);
  follower.known = Buffer.from([99, 1, 2]).toString('base64url');
  await stage.deliver(caller, 'INBOX', letter('2'));
  await news.drain(caller, follower);
  await stage.deliver(caller, 'INBOX', letter('3'));
  await news.drain(caller, follower);
  expect(told(follower.told)).toEqual(['reset state-lost INBOX', 'received INBOX 3']);
});

it('begins now with a mailbox that is added to the wish, and forgets one that is taken out', async () => {
  const caller = await stage.callerWith([]);
  const program = await stage.program(caller);
  await program.command('CREATE Work');
  const follower = await news.begun(caller, { settings: { mailboxes: ['inbox'] } });
  await stage.deliver(caller, 'Work', letter('1'));
  follower.wish = { settings: { mailboxes: ['*'] } };
  expect(await news.drain(caller, follower)).toEqual([]);
  await stage.deliver(caller, 'Work', letter('2'));
  expect(told(await news.drain(caller, follower))).toEqual(['received Work 2']);
  follower.wish = { settings: { mailboxes: ['inbox'] } };
  await news.drain(caller, follower);
  await stage.deliver(caller, 'Work', letter('3'));
  follower.wish = { settings: { mailboxes: ['inbox', mailboxIdOf('Work')] } };
  expect(await news.drain(caller, follower)).toEqual([]);
});
