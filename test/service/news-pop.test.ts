/**
 * What is new in a maildrop, of a real server?
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { canarySubject } from '../support/canary.ts';
import { letter, type MailHost, startMailHost } from '../support/mail.ts';
import { filesIn, flagsIn } from '../support/maildir.ts';
import { lookStage } from '../support/maildrop-looks/looker.ts';
import { aged, daysAgo } from '../support/pop-aged.ts';
import type { Caller } from '../support/postern.ts';
import { startRelay } from '../support/relay.ts';

let host: MailHost;
beforeAll(async () => {
  host = await startMailHost();
});
afterAll(() => host.stop());
const stage = lookStage();

async function somebody(...messages: readonly Uint8Array[]): Promise<Caller> {
  const caller = await host.caller('pop3', 'cleartext');
  await deliver(caller, ...messages);
  return caller;
}
async function deliver({ user }: Caller, ...messages: readonly Uint8Array[]): Promise<void> {
  for (const message of messages) await host.dovecot.deliver(user, 'INBOX', message);
}
const subjectsOf = (events: readonly { readonly data: object }[]) =>
  events.map(({ data }) => ('message' in data ? data.message : data));

it('tells of a message that has come, as a listing shows it, and of none that was there before', async () => {
  const caller = await somebody(letter('old'));
  const looker = stage.looker(caller);
  expect(await looker.news()).toEqual([]);
  await deliver(caller, letter('new'));
  const nowMs = Date.now();
  const [event, ...others] = await looker.news({ nowMs });
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    id: expect.stringMatching(/^evt_[\w-]{43}$/),
    type: 'message.received',
    atMs: nowMs,
    ref: { protocol: 'pop3', occurrence: null },
    data: {
      message: {
        subject: `${canarySubject} new`,
        from: [{ name: 'Grace Weaver', email: 'grace@weaver.example' }],
        size: letter('new').length,
        sentAt: '2026-11-16T09:30:00+01:00',
      },
    },
  });
  expect(event?.ref).toMatchObject({ uidl: Object(event?.data['message']).uidl });
  expect(await looker.news()).toEqual([]);
});

it('finds the same event again as long as it is not stored', async () => {
  const caller = await somebody();
  const looker = stage.looker(caller);
  await looker.look();
  await deliver(caller, letter('one'), letter('two'));
  const lost = await looker.look({ isStored: false });
  const found = await looker.look();
  expect(found.events.map(({ id }) => id)).toEqual(lost.events.map(({ id }) => id));
  expect(new Set(found.events.map(({ id }) => id)).size).toBe(2);
});

it('knows the very same octets when nothing has changed, after three round trips', async () => {
  const { user, password } = await somebody(letter('one'), letter('two'));
  const relay = await startRelay(host.dovecot.ports.pop3);
  try {
    const mailServer = `pop3://127.0.0.1:${relay.port}?security=none`;
    const looker = stage.looker({ user, password, mailServer });
    expect((await looker.look()).isSame).toBe(false);
    await relay.settled();
    const before = relay.turns;
    expect((await looker.look()).isSame).toBe(true);
    // CAPA, the login, and UIDL with LIST.
    expect(relay.turns - before).toBe(3);
  } finally {
    await relay.stop();
  }
});

it('leaves what it tells of unmarked', async () => {
  const caller = await somebody();
  const looker = stage.looker(caller);
  await looker.look();
  await deliver(caller, letter('one'));
  const [event] = await looker.news();
  if (event === undefined) throw new Error('No event');
  expect(await looker.read(event, { text: true, raw: true })).toMatchObject({ ok: true });
  await looker.look();
  expect(Object.values(await flagsIn(host.dovecot.maildir(caller.user)))).toEqual(['']);
});

it('tells which message is gone, whoever has deleted it, to those who want to know', async () => {
  const caller = await somebody(letter('one'), letter('two'));
  const looker = stage.looker(caller, { events: ['message.received', 'message.deleted'] });
  const unasked = stage.looker(caller);
  for (const one of [looker, unasked]) await one.look();
  const maildir = host.dovecot.maildir(caller.user);
  const [first = ''] = await filesIn(maildir);
  await rm(join(maildir, first));
  await deliver(caller, letter('three'));
  const [gone, come] = await looker.news();
  expect(gone).toMatchObject({ type: 'message.deleted', data: { message: { id: expect.any(String) } } });
  expect(Object.keys(Object(gone?.data['message']))).toEqual(['id']);
  expect(come).toMatchObject({ type: 'message.received' });
  expect(subjectsOf(await unasked.news())).toEqual([come?.data['message']]);
});

/** As when the mail is moved to another server: everything is there, and nothing is called as it was. */
async function renameAll({ user }: Caller): Promise<void> {
  const maildir = host.dovecot.maildir(user);
  const uids = join(maildir, 'dovecot-uidlist');
  await writeFile(uids, (await readFile(uids, 'utf8')).replace(/ V\d+ /, ' V1785230400 '));
  for (const name of await readdir(maildir)) if (name.startsWith('dovecot.index')) await rm(join(maildir, name));
}

it('tells once that all messages have other names, and then only of those that came after the last look', async () => {
  const caller = await somebody(...[9, 8, 7].map((days) => aged(`old ${days}`, { received: days })));
  const relay = await startRelay(host.dovecot.ports.pop3);
  try {
    const looker = stage.looker({ ...caller, mailServer: `pop3://127.0.0.1:${relay.port}?security=none` });
    await looker.look();
    // Until then it may still write down which names it has given.
    await relay.settled();
    await renameAll(caller);
    await deliver(caller, aged('new', { received: 0 }));
    const { events, hasMore } = await looker.look();
    expect(events).toMatchObject([{ type: 'mailbox.reset', ref: null, data: { reason: 'uidvalidity-changed' } }]);
    expect(hasMore).toBe(true);
    expect(subjectsOf(await looker.news())).toMatchObject([{ subject: `${canarySubject} new` }]);
    expect((await looker.look()).isSame).toBe(true);
  } finally {
    await relay.stop();
  }
});

it('takes new mail for new mail where somebody has taken all that was known', async () => {
  const caller = await somebody(...[3, 2, 1].map((days) => aged(`old ${days}`, { received: days })));
  const looker = stage.looker(caller);
  await looker.look();
  const maildir = host.dovecot.maildir(caller.user);
  for (const name of await filesIn(maildir)) await rm(join(maildir, name));
  await deliver(caller, aged('new', { received: 0, date: daysAgo(30) }), letter('undated by any server'));
  expect((await looker.news()).map(({ type }) => type)).toEqual(['message.received', 'message.received']);
});
