/**
 * How often is the mail server waited for in a look, behind the login?
 *
 * What counts as a round trip is said in `test/support/distant-server.ts`.
 */
import { expect, it } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { startDistantServer } from '../support/distant-server.ts';
import { startHidingRelay } from '../support/imap-hiding.ts';
import { imapStage } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { type Follower, newsStage } from '../support/news/follower.ts';

const stage = imapStage();
const news = newsStage();

const names = Array.from({ length: 50 }, (_, index) => `Box${index}`);
const received = ['message.received', 'mailbox.reset'] as const;
const all = [...received, 'message.updated', 'message.deleted'] as const;

it('waits once or twice for 50 mailboxes in which nothing has happened, and a few times more for each with news', async () => {
  const near = await stage.callerWith([], 'cleartext');
  await stage.host.dovecot.createMailboxes(near.user, names);
  const relay = await startHidingRelay(stage.host.dovecot.ports.imap, {
    capabilities: ['LIST-STATUS'],
    commands: /^$/,
  });
  const server = await startDistantServer(stage.host.dovecot.ports.imap, 30);
  const plain = await startDistantServer(relay.port, 30);
  const by = (port: number) => ({ ...near, mailServer: `imap://127.0.0.1:${port}?security=none` });
  const counts: Record<string, number> = {};
  const count = async (name: string, distant: typeof server, follower?: Follower) => {
    const look = () => news.lookTogether(by(distant.port), follower === undefined ? [] : [follower]);
    counts[name] = (await distant.count(look)) - (counts['login'] ?? 0);
    console.log(`IMAP, a look, ${name}: ${counts[name]} round trips`);
  };
  await count('login', server);
  const named = names.map(mailboxIdOf);
  const followers = {
    'named, changes as well': await news.begun(near, { settings: { mailboxes: named, events: all } }),
    'by role': await news.begun(near, { settings: { mailboxes: ['inbox', 'archive'], events: received } }),
    all: await news.begun(near, { settings: { mailboxes: ['*'], events: received } }),
    'all, changes as well': await news.begun(near, { settings: { mailboxes: ['*'], events: all } }),
  };
  for (const [name, follower] of Object.entries(followers)) {
    await count(name, server, follower);
    expect((await news.look(near, follower)).isSameKnown, name).toBe(true);
  }
  await count('all, without LIST-STATUS', plain, followers.all);
  await stage.deliver(near, 'Box7', letter('1'));
  await count('all, one arrival', server, followers.all);
  await count('all, one arrival, changes as well', server, followers['all, changes as well']);
  expect(counts).toEqual({
    login: expect.any(Number),
    'named, changes as well': 1,
    'by role': 2,
    all: 1,
    'all, changes as well': 1,
    'all, without LIST-STATUS': 2,
    'all, one arrival': 4,
    'all, one arrival, changes as well': 6,
  });
  await Promise.all([server.stop(), plain.stop(), relay.stop()]);
});
