/**
 * How often is the mail server waited for?
 *
 * The numbers of docs/performance.md. A server on the other side of the world takes a quarter of a second each time, so
 * one more is felt. What counts as one is said in `test/support/distant-server.ts`; the TCP handshake is one, TLS another
 * (a full handshake of TLS 1.3), the greeting a third.
 */
import { describe, expect, it } from 'vitest';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { type DistantServer, startDistantServer } from '../support/distant-server.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter, type Security } from '../support/mail.ts';
import { aged, pruned } from '../support/pop-aged.ts';
import { downloaded } from '../support/pop-client.ts';
import type { Caller } from '../support/postern.ts';
import { type Relay, startRelay } from '../support/relay.ts';

const stage = imapStage();
const oneWayMs = 6;
const inbox = messagesPath('inbox');
const ack = '/v1/pop/downloads/ack';

/** By how the connection is secured: with TLS from the start, with STARTTLS or STLS, or not at all. */
type BySecurity = Readonly<Record<Security, number>>;

const expected = {
  imap: {
    firstList: { 'implicit TLS': 6, STARTTLS: 8, cleartext: 5 },
    firstRead: { 'implicit TLS': 7, STARTTLS: 9, cleartext: 6 },
    warm: { list: 2, page: 3, mailboxes: 2, read: 2, raw: 1, part: 2, keywords: 1 },
  },
  pop: {
    firstList: { 'implicit TLS': 6, STARTTLS: 7, cleartext: 5 },
    firstListWithHeaders: { 'implicit TLS': 7, STARTTLS: 8, cleartext: 6 },
    warmRaw: 1,
    download100: { pipelined: 6, 'one at a time': 106 },
    acknowledge100: { pipelined: 7, 'one at a time': 107 },
    prune100: { pipelined: 8, 'one at a time': 207 },
  },
} as const satisfies Record<string, Record<string, number | BySecurity | Readonly<Record<string, number>>>>;

const securities = ['implicit TLS', 'STARTTLS', 'cleartext'] as const;
const plural = (count: number): string => `${count} round trip${count === 1 ? '' : 's'}`;

/** The same account, far away. */
async function distant(
  protocol: 'imap' | 'pop3',
  security: Security,
  caller: Caller,
): Promise<{ server: DistantServer; caller: Caller }> {
  const { mailServer } = stage.host.as(caller, protocol, security);
  const server = await startDistantServer(Number(new URL(mailServer).port), oneWayMs);
  return { server, caller: { ...caller, mailServer: mailServer.replace(/:\d+/, `:${server.port}`) } };
}

async function get(caller: Caller, path: string): Promise<void> {
  const response = await stage.postern.call(caller, path);
  expect(response.status).toBe(200);
  await response.arrayBuffer();
}

/** One line for each number, for docs/performance.md. */
const report = (what: string, count: number): void => console.log(`${what}: ${plural(count)}`);

describe.each(securities)('IMAP over %s, from connecting', (security) => {
  it.each([
    ['a first list', 'firstList', ''],
    ['a first read', 'firstRead', '/{id}'],
  ] as const)('to the end of %s takes as many round trips as documented', async (what, key, suffix) => {
    const known = await stage.callerWith([letter('1'), letter('2')]);
    const path = suffix === '' ? inbox : first(await stage.paths(known));
    const { server, caller } = await distant('imap', security, known);
    const count = await server.count(() => get(caller, path));
    report(`IMAP over ${security}, ${what}`, count);
    expect(count).toBe(expected.imap[key][security]);
    expect(server.connections).toBe(1);
    await server.stop();
  });
});

it('asks as often as documented when its IMAP session is warm, and opens no other', async () => {
  const known = await stage.callerWith(Array.from({ length: 60 }, (_, index) => letter(`${index}`)));
  const { server, caller } = await distant('imap', 'implicit TLS', known);
  const { nextCursor } = await stage.page(caller);
  const path = first(await stage.paths(caller));
  const { call } = stage.postern;
  const works: Readonly<Record<keyof typeof expected.imap.warm, () => Promise<unknown>>> = {
    list: () => get(caller, inbox),
    page: () => get(caller, `${inbox}?cursor=${nextCursor}`),
    read: () => get(caller, path),
    raw: () => get(caller, `${path}/raw`),
    part: () => get(caller, `${path}/parts/1`),
    keywords: () => call(caller, path, { method: 'PATCH', body: { keywords: { $seen: true } } }),
    mailboxes: () => get(caller, '/v1/imap/mailboxes'),
  };
  const counts: Record<string, number> = {};
  // Once before, since a first listing of mailboxes asks for namespaces too.
  await works.mailboxes();
  for (const [name, work] of Object.entries(works)) {
    counts[name] = await server.count(work);
    report(`IMAP, warm, ${name}`, counts[name]);
  }
  expect(counts).toEqual(expected.imap.warm);
  expect(server.connections).toBe(1);
  await server.stop();
});

describe.each(securities)('POP3 over %s, from connecting', (security) => {
  it.each([
    ['a list', 'firstList', ''],
    ['a list with headers', 'firstListWithHeaders', '?headers=true'],
  ] as const)('to the end of %s takes as many round trips as documented', async (what, key, query) => {
    const known = await stage.callerWith([letter('1'), letter('2')]);
    const { server, caller } = await distant('pop3', security, known);
    const count = await server.count(() => get(caller, `/v1/pop/messages${query}`));
    report(`POP3 over ${security}, ${what}`, count);
    expect(count).toBe(expected.pop[key][security]);
    await server.stop();
  });
});

it('reads a message as often as documented when its POP3 session is warm', async () => {
  const known = await stage.callerWith([letter('1'), letter('2')]);
  const { server, caller } = await distant('pop3', 'implicit TLS', known);
  const { messages } = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
  const count = await server.count(() => get(caller, `/v1/pop/messages/${messages[0]?.id}/raw`));
  report('POP3, warm, raw', count);
  expect(count).toBe(expected.pop.warmRaw);
  expect(server.connections).toBe(1);
  await server.stop();
});

describe.each([
  ['pipelined', []],
  ['one at a time', ['PIPELINING']],
] as const)('POP3, %s', (how, hidden) => {
  it('downloads and acknowledges 100 messages in as many round trips as documented', async () => {
    const letters = Array.from({ length: 100 }, (_, index) => letter(`letter-${index}`));
    const known = await stage.callerWith(letters);
    // In cleartext, so that the server can be made to seem to lack PIPELINING (RFC 2449 §6.6).
    const relay: Relay = await startRelay(stage.host.dovecot.ports.pop3, hidden);
    const server = await startDistantServer(relay.port, oneWayMs);
    const caller = { ...known, mailServer: `pop3://127.0.0.1:${server.port}?security=none` };
    let receipt: string | undefined;
    const downloading = await server.count(async () => {
      const download = await downloaded(stage.postern, caller, { limit: 100 });
      expect(download.messages).toHaveLength(100);
      receipt = download.receipt?.receipt;
    });
    const acknowledging = await server.count(async () => {
      const answer = await stage.postern.json(AcknowledgedSchema, caller, ack, { body: { receipt } });
      expect(answer).toEqual({ deleted: 100, alreadyGone: 0, notDeleted: [] });
    });
    report(`POP3, ${how}, download of 100`, downloading);
    report(`POP3, ${how}, acknowledge of 100`, acknowledging);
    expect({ downloading, acknowledging }).toEqual({
      downloading: expected.pop.download100[how],
      acknowledging: expected.pop.acknowledge100[how],
    });
    await server.stop();
    await relay.stop();
  });

  it('prunes 100 messages for their age in as many round trips as documented', async () => {
    const letters = Array.from({ length: 100 }, (_, index) => aged(`${index}`, { received: 30 }));
    const known = await stage.callerWith(letters);
    const relay: Relay = await startRelay(stage.host.dovecot.ports.pop3, hidden);
    const server = await startDistantServer(relay.port, oneWayMs);
    const caller = { ...known, mailServer: `pop3://127.0.0.1:${server.port}?security=none` };
    const count = await server.count(async () => {
      expect(await pruned(stage.postern, caller, { olderThanDays: 7 })).toMatchObject({ deleted: 100 });
    });
    report(`POP3, ${how}, prune of 100`, count);
    expect(count).toBe(expected.pop.prune100[how]);
    await server.stop();
    await relay.stop();
  });
});
