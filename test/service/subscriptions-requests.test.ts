/**
 * Is everything that is wrong with a subscription told at once, by its field and with a remedy, before anything is dialled?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeafServer, startDeafServer } from '../support/deaf-server.ts';
import { type Postern, startPostern } from '../support/postern.ts';

const subscriptions = '/v1/subscriptions';
const url = 'https://hooks.example.com/mail';

let postern: Postern;
let outside: Postern;
let misconfigured: Postern;
let server: DeafServer;
beforeAll(async () => {
  server = await startDeafServer();
  [postern, outside, misconfigured] = await Promise.all([
    startPostern({ variables: { LEAST_POLL_SECONDS: '30' } }),
    startPostern({ development: false }),
    startPostern({ variables: { LEAST_POLL_SECONDS: 'often' } }),
  ]);
});
afterAll(async () => {
  await Promise.all([postern.stop(), outside.stop(), misconfigured.stop(), server.stop()]);
});

type Case = readonly [what: string, body: object, field: string, remedy: string];

const both: readonly Case[] = [
  ['no URL', {}, 'url', 'Give the URL that events are to be sent to.'],
  ['what is no URL', { url: 'hooks.example.com' }, 'url', 'Give an absolute URL'],
  ['a URL with a line break', { url: `${url}\r\nX: y` }, 'url', 'Give an absolute URL'],
  ['a URL that is too long', { url: `${url}/${'x'.repeat(2_048)}` }, 'url', 'Give at most 2048 characters.'],
  ['a member that there is not', { url, hookUrl: url }, 'hookUrl', 'There is no such field; leave it out.'],
  ['an event that there is not', { url, events: ['message.read'] }, 'events.0', 'Give types out of message.received,'],
  ['no event at all', { url, events: [] }, 'events', 'Name a type of event'],
  ['a sender that is none', { url, from: ['@ok.example', 'weaver'] }, 'from.1', 'Give an address'],
  ['sizes the wrong way round', { url, minBytes: 10, maxBytes: 9 }, 'maxBytes', 'Give no less than `minBytes`.'],
  ['half an octet', { url, minBytes: 0.5 }, 'minBytes', 'Give a whole number of octets.'],
  ['to be looked at too often', { url, pollSeconds: 29 }, 'pollSeconds', 'Give 30 or more'],
  [
    'to be looked at too seldom',
    { url, pollSeconds: 86_401 },
    'pollSeconds',
    'Give a whole number of seconds, at most 86400.',
  ],
  [
    'slower that is faster',
    { url, pollSeconds: 60, slowestPollSeconds: 59 },
    'slowestPollSeconds',
    'Give no less than',
  ],
  ['another mode', { url, mode: 'push' }, 'mode', 'Give poll or live.'],
  ['another order', { url, order: 'none' }, 'order', 'Give parallel or in-order.'],
  [
    'another member of include',
    { url, include: { body: true } },
    'include.body',
    'There is no such field; leave it out.',
  ],
  ['include as a list', { url, include: ['text'] }, 'include', 'Give an object'],
  [
    'too much text',
    { url, include: { maxBodyBytes: 262_145 } },
    'include.maxBodyBytes',
    'Give a whole number from 0 to 262144.',
  ],
  ['a state of another account', { url, since: 'AAAA' }, 'since', 'Give the newState or state'],
  [
    'a secret without its prefix',
    { url, secret: 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
    'secret',
    'Give whsec_ and the base64',
  ],
  ['a secret that is too short', { url, secret: 'whsec_AAAA' }, 'secret', 'Give whsec_ and the base64'],
  ['a secret without padding', { url, secret: `whsec_${'A'.repeat(35)}` }, 'secret', 'Give whsec_ and the base64'],
  ['a secret that is too long', { url, secret: `whsec_${'AAAA'.repeat(22)}` }, 'secret', 'Give whsec_ and the base64'],
];

const ofMailboxes: readonly Case[] = [
  [
    'a mailbox that can be none',
    { url, mailboxes: ['Inbox'] },
    'mailboxes.0',
    'Give the id of a mailbox, a role such as inbox',
  ],
  ['all mailboxes and one', { url, mailboxes: ['*', 'inbox'] }, 'mailboxes', 'Give * alone'],
  ['no mailbox at all', { url, mailboxes: [] }, 'mailboxes', 'Name a mailbox, or leave it out'],
  ['a search that is not understood', { url, q: 'colour:red' }, 'q', 'Character 1: there is no operator colour:'],
];

const ofMaildrops: readonly Case[] = [
  ['mailboxes', { url, mailboxes: ['inbox'] }, 'mailboxes', 'A maildrop has no mailboxes; leave it out.'],
  ['a search', { url, q: 'from:grace' }, 'q', 'POP3 cannot search. Use `from`'],
  ['changes of messages', { url, events: ['message.updated'] }, 'events', 'Nothing is changed in a maildrop'],
  ['to wait on an open connection', { url, mode: 'live' }, 'mode', 'A POP3 server does not tell news by itself.'],
];

describe.each([
  ['imap', [...both, ...ofMailboxes]],
  ['pop3', [...both, ...ofMaildrops]],
] as const)('a subscription of an %s account is refused', (protocol, cases) => {
  it.each(cases)('%s', async (_what, body, field, remedy) => {
    const before = server.connections;
    const problem = await postern.problem('request-invalid', server.caller(protocol), subscriptions, { body });
    expect(problem.errors).toEqual([{ in: 'body', field, message: expect.stringContaining(remedy) }]);
    expect(server.connections).toBe(before);
  });

  it.each(cases.filter(([, body]) => 'url' in body && !('since' in body) && !('secret' in body)))(
    '%s, also when it is changed',
    async (_what, body, field, remedy) => {
      const call = { method: 'PATCH', body };
      const problem = await postern.problem('request-invalid', server.caller(protocol), `${subscriptions}/x`, call);
      expect(problem.errors).toEqual([{ in: 'body', field, message: expect.stringContaining(remedy) }]);
    },
  );
});

it('tells all that is wrong, not the first alone', async () => {
  const body = { url: 'hooks', mailboxes: ['x', '*'], q: 'colour:red', from: ['x'], pollSeconds: 1 };
  const problem = await postern.problem('request-invalid', server.caller('imap'), subscriptions, { body });
  expect(problem.errors?.map(({ field }) => field)).toEqual([
    'url',
    'mailboxes',
    'mailboxes.0',
    'q',
    'from.0',
    'pollSeconds',
  ]);
});

it('a state is of one mailbox alone', async () => {
  const body = { url, since: 'AAAA', mailboxes: ['inbox', 'archive'] };
  const problem = await postern.problem('request-invalid', server.caller('imap'), subscriptions, { body });
  expect(problem.errors).toEqual([
    { in: 'body', field: 'since', message: expect.stringContaining('Name the one mailbox') },
  ]);
});

describe('a webhook', () => {
  const caller = { user: 'ada@example.com', password: 'nothing', mailServer: 'imaps://imap.example.com' };

  it.each([
    ['http://hooks.example.com/mail', 'cleartext'],
    ['https://hooks.example.com:8443/mail', 'port'],
    ['https://ada:lovelace@hooks.example.com/', 'credentials'],
    ['https://127.0.0.1/', 'address'],
    ['https://[::ffff:7f00:1]/', 'address'],
    ['https://169.254.169.254/latest/meta-data/', 'address'],
    ['https://2130706433/', 'address'],
    ['https://metadata.google.internal/', 'address'],
    ['https://localhost/', 'address'],
  ])('is nothing that leads inwards or is not to be trusted: %s', async (forbidden, reason) => {
    for (const [method, path] of [
      ['POST', subscriptions],
      ['PATCH', `${subscriptions}/x`],
    ] as const) {
      const call = { method, body: { url: forbidden } };
      expect(await outside.problem('target-forbidden', caller, path, call)).toMatchObject({ status: 403, reason });
    }
  });
});

it('nothing is looked at when the operator’s least cannot be understood', async () => {
  const problem = await misconfigured.problem('misconfigured', server.caller('imap'), subscriptions, { body: { url } });
  expect(JSON.stringify(problem)).toContain('LEAST_POLL_SECONDS');
});

describe('deliveries are refused', () => {
  it.each([
    ['limit=0', 'limit', 'Give a whole number from 1 to 500.'],
    ['cursor=x', 'cursor', 'Give the nextCursor of the page before, as it came.'],
    ['cursor=-1', 'cursor', 'Give the nextCursor of the page before, as it came.'],
    ['status=lost', 'status', 'Give one of pending, delivered, dead, cancelled.'],
    ['state=dead', 'state', 'There is no such field; leave it out.'],
  ])('by %s', async (query, field, message) => {
    const path = `${subscriptions}/x/deliveries?${query}`;
    const problem = await postern.problem('request-invalid', server.caller('imap'), path);
    expect(problem.errors).toEqual([{ in: 'query', field, message }]);
  });
});

describe('a replay is refused', () => {
  const from = '2026-11-16T00:00:00Z';
  it.each([
    ['without a beginning', { to: from }, 'from', 'Give a moment as RFC 3339 writes it (2026-11-16T08:30:00Z).'],
    [
      'by a day alone',
      { from: '2026-11-15', to: from },
      'from',
      'Give a moment as RFC 3339 writes it (2026-11-16T08:30:00Z).',
    ],
    ['backwards', { from, to: '2026-11-15T00:00:00Z' }, 'to', 'Give a moment behind `from`.'],
    [
      'over more than a week',
      { from, to: '2026-11-23T00:00:01Z' },
      'to',
      'Give a moment at most 7 days behind `from`.',
    ],
  ])('%s', async (_what, body, field, message) => {
    const problem = await postern.problem('request-invalid', server.caller('imap'), `${subscriptions}/x/replay`, {
      body,
    });
    expect(problem.errors).toEqual([{ in: 'body', field, message }]);
  });
});

describe('another secret is refused', () => {
  it.each([
    ['that is none', { secret: 'whsec_short' }, 'secret', 'Give whsec_ and the base64'],
    [
      'beside older ones for more than a week',
      { keepOldSeconds: 604_801 },
      'keepOldSeconds',
      'Give a whole number of seconds from 0 to 604800.',
    ],
  ])('%s', async (_what, body, field, message) => {
    const path = `${subscriptions}/x/secrets`;
    const problem = await postern.problem('request-invalid', server.caller('imap'), path, { body });
    expect(problem.errors).toEqual([{ in: 'body', field, message: expect.stringContaining(message) }]);
  });
});
