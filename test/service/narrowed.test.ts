/**
 * Does a capsule of some mailboxes stay in them, in every operation that there is?
 *
 * Each operation is told of each way in which it can be asked for a mailbox; one that is not listed here fails.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApp } from '../../src/app.ts';
import { documentInfo } from '../../src/http/operation.ts';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { ChangesSchema } from '../../src/mailbox/schema/changes.ts';
import { FoundEmailsSchema } from '../../src/mailbox/schema/search.ts';
import { ThreadPageSchema } from '../../src/mailbox/schema/thread.ts';
import { allowed } from '../support/capsules.ts';
import { accountOf, consolidations } from '../support/consolidation.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Call, Caller } from '../support/postern.ts';

/** In whatever is in a mailbox that is not granted, and in its name. */
const secret = 'Secret-Yk4Tn';
const stage = imapStage();

/** A mailbox as it is called in a request, and something that is in it. */
interface Place {
  readonly mailbox: string;
  readonly id: string;
  readonly state: string;
  readonly threadId: string;
}

interface Asked extends Call {
  readonly path: string;
}

/** One way in which an operation is asked for a mailbox; `own` is one that is granted. */
type Way = (asked: Place, own: Place) => Asked | Promise<Asked>;

const eml = { 'Content-Type': 'message/rfc822' };
const message = (label: string): Call => ({ method: 'POST', bytes: letter(label), headers: eml });
const at = ({ mailbox }: Place): string => `/v1/imap/mailboxes/${mailbox}`;
const one = (place: Place): string => `${messagesPath(place.mailbox)}/${place.id}`;
const patch = (place: Place, body: object): Asked => ({ path: one(place), method: 'PATCH', body });
const batch = (place: Place, body: object): Asked => ({
  path: `${messagesPath(place.mailbox)}/batch`,
  body: { ids: [place.id], ...body },
});
const subscriptions = '/v1/subscriptions';
/** Where nobody listens; nothing is sent there while this runs. */
const nowhere = 'http://127.0.0.1:9/';
const keyed = { 'Idempotency-Key': '"once"' };

/** By operationId. */
const ways: Readonly<Record<string, Readonly<Record<string, Way>>>> = {
  getMailbox: { path: (asked) => ({ path: at(asked) }) },
  getQuota: { query: ({ mailbox }) => ({ path: `/v1/imap/quota?mailbox=${mailbox}` }) },
  listMessages: { path: ({ mailbox }) => ({ path: messagesPath(mailbox) }) },
  appendMessage: {
    path: ({ mailbox }) => ({ path: messagesPath(mailbox), ...message('added') }),
    'path, with keywords': ({ mailbox }) => ({ path: `${messagesPath(mailbox)}?keywords=$seen`, ...message('seen') }),
    'path, with a key': ({ mailbox }) => ({
      path: messagesPath(mailbox),
      ...message('once'),
      headers: { ...eml, ...keyed },
    }),
  },
  searchMessages: {
    path: ({ mailbox }) => ({ path: `${messagesPath(mailbox)}/search`, body: { filter: { text: 'weaver' } } }),
  },
  searchMailboxes: {
    mailboxes: ({ mailbox }) => ({ path: `/v1/imap/search?q=weaver&mailboxes=${mailbox}` }),
    'mailboxes, the second': ({ mailbox }, own) => ({
      path: `/v1/imap/search?q=weaver&mailboxes=${own.mailbox},${mailbox}`,
    }),
    cursor: async (asked, own) => ({ path: await nextPage(asked, own) }),
  },
  getMessage: { path: (asked) => ({ path: one(asked) }) },
  updateMessage: {
    path: (asked) => patch(asked, { keywords: { $flagged: true } }),
    'path, to one that is granted': (asked, own) => patch(asked, { mailboxId: own.mailbox }),
    mailboxId: ({ mailbox }, own) => patch(own, { mailboxId: mailbox }),
    'mailboxId, with keywords': ({ mailbox }, own) => patch(own, { mailboxId: mailbox, keywords: { $seen: true } }),
  },
  deleteMessage: {
    path: (asked) => ({ path: one(asked), method: 'DELETE' }),
    'path, for good': (asked) => ({ path: `${one(asked)}?permanent=true`, method: 'DELETE' }),
  },
  replaceDraft: { path: (asked) => ({ path: one(asked), ...message('draft'), method: 'PUT' }) },
  listThreads: { path: (asked) => ({ path: `${at(asked)}/threads` }) },
  getThread: { path: (asked) => ({ path: `${at(asked)}/threads/${asked.threadId}` }) },
  getMessageRaw: { path: (asked) => ({ path: `${one(asked)}/raw` }) },
  getMessagePart: { path: (asked) => ({ path: `${one(asked)}/parts/1` }) },
  exportMailbox: {
    path: (asked) => ({ path: `${at(asked)}/export?format=mbox` }),
    'path, numbers alone': (asked) => ({ path: `${at(asked)}/export?format=ndjson`, method: 'HEAD' }),
  },
  copyMessage: {
    path: (asked, own) => ({ path: `${one(asked)}/copy`, body: { mailboxId: own.mailbox } }),
    mailboxId: ({ mailbox }, own) => ({ path: `${one(own)}/copy`, body: { mailboxId: mailbox } }),
    'mailboxId, with a key': ({ mailbox }, own) => ({
      path: `${one(own)}/copy`,
      body: { mailboxId: mailbox },
      headers: keyed,
    }),
  },
  listChanges: {
    path: (asked) => ({ path: `${at(asked)}/changes` }),
    'path, since': (asked) => ({ path: `${at(asked)}/changes?since=${asked.state}` }),
    'path, waiting': (asked) => ({ path: `${at(asked)}/changes?since=${asked.state}&wait=1` }),
  },
  changeMessages: {
    'path, to mark': (asked) => batch(asked, { patch: { keywords: { $flagged: true } } }),
    'path, to move': (asked, own) => batch(asked, { patch: { mailboxId: own.mailbox } }),
    'path, to copy': (asked, own) => batch(asked, { copyTo: own.mailbox }),
    'path, to the trash': (asked) => batch(asked, { delete: 'trash' }),
    'path, for good': (asked) => batch(asked, { delete: 'permanent' }),
    mailboxId: ({ mailbox }, own) => batch(own, { patch: { mailboxId: mailbox } }),
    copyTo: ({ mailbox }, own) => batch(own, { copyTo: mailbox }),
  },
  listNewMessages: {
    mailbox: ({ mailbox }) => ({ path: `/v1/triggers/messages?mailbox=${mailbox}` }),
    'mailbox, searching': ({ mailbox }) => ({ path: `/v1/triggers/messages?q=weaver&mailbox=${mailbox}` }),
  },
  listenToMailbox: {
    path: (asked) => ({ path: `${at(asked)}/events` }),
    'path, from a state': (asked) => ({ path: `${at(asked)}/events`, headers: { 'Last-Event-ID': asked.state } }),
  },
  createSubscription: {
    mailboxes: ({ mailbox }) => ({ path: subscriptions, body: { url: nowhere, mailboxes: [mailbox] } }),
    'mailboxes, the second': ({ mailbox }, own) => ({
      path: subscriptions,
      body: { url: nowhere, mailboxes: [own.mailbox, mailbox] },
    }),
  },
  updateSubscription: {
    mailboxes: ({ mailbox }) => ({ path: subscription, method: 'PATCH', body: { mailboxes: [mailbox] } }),
  },
  consolidateMaildrops: {
    mailboxId: ({ mailbox }) => ({
      path: consolidations,
      body: { from: [accountOf(maildrop)], into: { token: narrow.token, mailboxId: mailbox }, keep: true },
    }),
  },
};

/** Nothing for a capsule of some mailboxes, whichever. */
const ofAccount: Readonly<Record<string, Asked>> = {
  createMailbox: { path: '/v1/imap/mailboxes', body: { name: 'New' } },
  updateMailbox: { path: '/v1/imap/mailboxes/inbox', method: 'PATCH', body: { isSubscribed: true } },
  deleteMailbox: { path: '/v1/imap/mailboxes/inbox', method: 'DELETE' },
};

/** This server has no QUOTA, which is told only of a mailbox that is granted. */
const withoutQuota = 422;

/** They name no mailbox; what they tell has tests of its own. */
const withoutMailbox = [
  'getAccount',
  'listMailboxes',
  'listSubscriptions',
  'getSubscription',
  'deleteSubscription',
  'addSigningSecret',
  'testSubscription',
  'listDeliveries',
  'replayDelivery',
  'replayDeliveries',
];

const Document = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ operationId: z.string(), security: z.array(z.record(z.string(), z.unknown())).default([]) }),
    ),
  ),
});
const document = Document.parse(createApp({ openapiYaml: '' }).getOpenAPI31Document(documentInfo));
const reaching = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.values(methods)
    .filter(({ security }) => security.some((way) => 'capsule' in way) && !path.startsWith('/v1/pop'))
    .map(({ operationId }) => operationId),
);

let caller: Caller;
let maildrop: Caller;
/** Whose capsule is for INBOX and Work. */
let narrow: Caller;
let own: Place;
let hidden: Place;
let before: unknown;
/** The path of one that was made with the narrow capsule. */
let subscription: string;
const work = mailboxIdOf('Work');
const messagesOfWork: string[] = [];

async function placeOf(mailbox: string): Promise<Place> {
  const { json } = stage.postern;
  const { threads } = await json(ThreadPageSchema, caller, `/v1/imap/mailboxes/${mailbox}/threads`);
  const { newState } = await json(ChangesSchema, caller, `/v1/imap/mailboxes/${mailbox}/changes`);
  const { messages } = await stage.page(caller, '?fields=id', mailbox);
  return { mailbox, id: first(messages).id, state: newState, threadId: first(threads).id };
}

/** A search that was begun in a mailbox that is granted, to be continued in another. */
async function nextPage(asked: Place, { mailbox }: Place): Promise<string> {
  const query = `/v1/imap/search?q=weaver&mailboxes=${mailbox}&limit=1`;
  const { nextCursor } = await stage.postern.json(FoundEmailsSchema, narrow, query);
  const [, digest] = (nextCursor ?? '').split('.');
  const path = asked.mailbox.startsWith('mb_')
    ? Buffer.from(asked.mailbox.slice(3), 'base64url').toString()
    : asked.mailbox;
  const positions = [[path, Number(asked.id.split('.')[0]), 2 ** 32]];
  return `${query}&cursor=${Buffer.from(JSON.stringify(positions)).toString('base64url')}.${digest}`;
}

beforeAll(async () => {
  caller = await stage.callerWith([letter('in the inbox')]);
  const { dovecot } = stage.host;
  await dovecot.createMailboxes(caller.user, ['Work', `Work/${secret}`, secret]);
  for (const mailbox of ['Archive', 'Trash', secret, `Work/${secret}`])
    await stage.deliver(caller, mailbox, letter(`${secret} in ${mailbox}`, `${secret} of weaver`));
  const { length } = Object.values(ways).flatMap((named) => Object.keys(named));
  const program = await stage.program(caller, 'Work');
  // Drafts, so that each may be replaced.
  for (let count = 0; count <= length; count += 1) {
    await program.append('Work', letter(`work ${count}`));
  }
  await program.command('UID STORE 1:* +FLAGS (\\Draft)');
  messagesOfWork.push(...(await stage.page(caller, '?limit=500&fields=id', work)).messages.map(({ id }) => id));
  narrow = await allowed(caller, { mailboxes: ['inbox', work] });
  maildrop = stage.host.as(await stage.host.caller('pop3'), 'pop3');
  const made = await stage.postern.call(narrow, subscriptions, { body: { url: nowhere, mailboxes: [work] } });
  subscription = made.headers.get('location') ?? '';
  await made.body?.cancel();
  own = await placeOf(work);
  hidden = await placeOf(mailboxIdOf(secret));
  before = await hiddenMail();
});

/** With a message of Work that nobody has touched before. */
const fresh = (place: Place): Place => ({ ...place, id: messagesOfWork.pop() ?? '' });

interface Told {
  readonly status: number;
  readonly text: string;
}

async function ask({ path, ...call }: Asked, as = narrow): Promise<Told> {
  const response = await stage.postern.call(path === consolidations ? null : as, path, call);
  const isEndless = response.headers.get('content-type') === 'text/event-stream';
  if (isEndless) await response.body?.cancel();
  const text = isEndless ? '' : await response.text();
  expect(text).not.toContain(secret);
  expect(text).not.toContain(mailboxIdOf(secret));
  return { status: response.status, text };
}

/** What there is in mailboxes that are not granted. */
async function hiddenMail(): Promise<unknown> {
  const found: unknown[] = [];
  for (const path of ['Archive', secret, `Work/${secret}`])
    found.push((await stage.page(caller, '?fields=id,keywords', mailboxIdOf(path))).messages);
  return found;
}

it('knows of every operation that may reach a mailbox how', () => {
  const known = [...Object.keys(ways), ...Object.keys(ofAccount), ...withoutMailbox, 'consolidateMaildrops'];
  expect([...new Set([...reaching, 'consolidateMaildrops'])].sort()).toEqual([...new Set(known)].sort());
});

const all = Object.entries(ways).flatMap(([operation, named]) =>
  Object.entries(named).map(([how, way]) => [operation, how, way] as const),
);

/** How mailboxes may be called that are not granted; the last three are none. */
const others = [
  mailboxIdOf(secret),
  mailboxIdOf(`Work/${secret}`),
  'archive',
  'trash',
  'flagged',
  mailboxIdOf('Workshop'),
  mailboxIdOf('WORK'),
];

describe.each(all)('%s by %s', (operation, how, way) => {
  it('is done in a mailbox that is granted', async () => {
    const mine = fresh(own);
    const to = how.startsWith('mailboxId') || how === 'copyTo' ? { ...mine, mailbox: 'inbox' } : mine;
    const { status, text } = await ask(await way(to, mine));
    if (operation === 'getQuota') expect(status, text).toBe(withoutQuota);
    else expect(status, text).toBeLessThan(300);
  });

  it('is refused in any other, whether or not there is one', async () => {
    const answers = new Set<string>();
    for (const mailbox of others) {
      const { status, text } = await ask(await way({ ...hidden, mailbox }, own));
      expect(status, text).toBe(403);
      answers.add(text);
    }
    // The same word for word, or who asks could tell.
    expect(answers.size).toBe(1);
    const [answer = ''] = answers;
    if (answer !== '') expect(JSON.parse(answer)).toMatchObject({ type: '/problems/mailbox-not-granted', status: 403 });
  });
});

it('and nothing of all that has changed anything in another', async () => {
  expect(await hiddenMail()).toEqual(before);
});

it.each(Object.entries(ofAccount))('%s is nothing for a capsule of some mailboxes', async (_operation, asked) => {
  const { status, text } = await ask(asked);
  expect({ status, ...JSON.parse(text) }).toMatchObject({ status: 403, type: '/problems/mailbox-not-granted' });
});
