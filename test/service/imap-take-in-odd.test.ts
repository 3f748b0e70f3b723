/**
 * Messages get in once, or it is said that they did not, with servers that have ways of their own.
 */
import { Buffer } from 'node:buffer';
import { afterAll, describe, expect, it } from 'vitest';
import { type StoreScript, type StoreServer, startStoreServer } from '../support/imap-store.ts';
import { letter } from '../support/mail.ts';
import { takeInStage } from '../support/take-in.ts';
import { told, withoutMessageId } from '../support/take-in-dovecot.ts';

const stage = takeInStage();
const servers: StoreServer[] = [];
afterAll(async () => {
  for (const server of servers) await server.stop();
});

async function serve(script: StoreScript): Promise<StoreServer> {
  const server = await startStoreServer(script);
  servers.push(server);
  return server;
}

const [one, two] = [letter('one'), letter('two')] as const;
const nameless = withoutMessageId(letter('three'));
/** As Exchange and mailutils do. */
const altered = (bytes: Uint8Array): Uint8Array => Buffer.concat([Buffer.from('X-Stored: yes\r\n'), bytes]);
/** Not as long as `one`. */
const another = letter('something-else');

describe('searches', () => {
  describe.each(['all messages', 'nothing', 'NO'] as const)('that find %s', (finds) => {
    it.each([
      ['with a Message-ID', one],
      ['without one', nameless],
    ])('do not keep a message %s from being found, nor lead to another', async (_, bytes) => {
      const server = await serve({ finds, messages: [another, bytes, two] });
      expect(await stage.takeIn(server.caller(), [bytes, letter('new')])).toMatchObject([
        { outcome: 'there-already', message: { uid: 2 } },
        { outcome: 'stored', message: { uid: 4 } },
      ]);
      expect(server.inbox).toHaveLength(4);
    });
  });

  it('are not believed when no message of the mailbox can show that they can be', async () => {
    const server = await serve({
      finds: 'nothing',
      messages: [nameless, one, ...Array.from({ length: 12 }, () => nameless)],
    });
    expect(told(await stage.takeIn(server.caller(), [one]))).toEqual([[0, 'there-already']]);
  });

  it('are asked for once at most, and the mailbox is not gone through, when they are as they should be', async () => {
    const server = await serve({ messages: [another, two] });
    await stage.takeIn(server.caller(), [one, nameless, letter('four'), letter('five')]);
    const named = (pattern: RegExp) => server.commands.filter((command) => pattern.test(command)).length;
    // Two of them to see whether they can be believed.
    expect(named(/^UID SEARCH/)).toBeLessThanOrEqual(7);
    expect(named(/^FETCH 1:/)).toBe(2);
  });
});

describe('without UIDPLUS', () => {
  it.each([
    ['in an empty mailbox', {}],
    ['among others', { messages: [another, two], before: [another] }],
    ['where UIDs are numbered anew each time', { messages: [another], before: [another], renumbers: true }],
    ['where nothing tells the next UID', { messages: [another], before: [another], hasUidNext: false }],
    ['and altered', { messages: [another], alter: altered }],
    ['and altered, among others', { messages: [another], before: [two, nameless], alter: altered }],
    ['and altered, where UIDs are numbered anew', { messages: [another], renumbers: true, alter: altered }],
    ['and altered, where nothing tells the next UID', { messages: [another], hasUidNext: false, alter: altered }],
  ] satisfies [string, StoreScript][])('a message is found that was stored %s', async (_, script) => {
    const server = await serve({ ...script, capabilities: '' });
    const [slip] = await stage.takeIn(server.caller(), [one]);
    const isIt = ({ bytes }: { bytes: Uint8Array }) =>
      Buffer.from(bytes).toString().endsWith(Buffer.from(one).toString());
    const uid = server.inbox.find(isIt)?.uid;
    expect(slip).toMatchObject({ outcome: 'stored', message: { uid } });
    expect(told(await stage.takeIn(server.caller(), [one]))).toEqual([[0, 'there-already']]);
    expect(server.inbox.filter(isIt)).toHaveLength(1);
  });

  it.each([
    ['another came with its Message-ID', { before: [altered(altered(one))], alter: altered }, one],
    ['it is altered, has no Message-ID, and another came', { before: [another], alter: altered }, nameless],
    ['it is not there', { alter: () => another, before: [another] }, one],
  ] satisfies [string, StoreScript, Uint8Array][])(
    'it is not said to be stored when %s, and not added again',
    async (_, script, bytes) => {
      const server = await serve({ ...script, messages: [two], capabilities: '' });
      for (const _call of [1, 2]) {
        expect(told(await stage.takeIn(server.caller(), [bytes]))).toEqual([[0, 'storing-in-doubt']]);
      }
      expect(server.commands.filter((command) => command.startsWith('APPEND'))).toHaveLength(1);
    },
  );
});

it('has a message once that is altered, and knows it by what it was made into', async () => {
  const server = await serve({ messages: [another], alter: altered });
  expect(told(await stage.takeIn(server.caller(), [one, one]))).toEqual([
    [0, 'stored'],
    [1, 'there-already'],
  ]);
  expect(server.inbox).toHaveLength(2);
});

it('does not take a message for another that the server has in its place', async () => {
  const other = Buffer.concat([one, Buffer.from('And more.\r\n')]);
  const server = await serve({ messages: [another, other], hasOnce: true });
  for (const _call of [1, 2]) {
    expect(told(await stage.takeIn(server.caller(), [one, two]))).toMatchObject([
      [0, 'storing-in-doubt'],
      [1, expect.any(String)],
    ]);
  }
  expect(server.inbox).toHaveLength(3);
});

it.each([
  ['UIDPLUS', (bytes: Uint8Array) => bytes, 'stored'],
  ['', (bytes: Uint8Array) => bytes, 'stored'],
  // Whether it is that message in another form, or another one, nobody can tell.
  ['UIDPLUS', altered, 'storing-in-doubt'],
] as const)('tells what became of a message whose answer got lost (%s, %s)', async (capabilities, alter, outcome) => {
  const onStored = (count: number, socket: { destroy(): void }) => {
    if (count !== 1) return undefined;
    socket.destroy();
    return null;
  };
  const server = await serve({ messages: [another], capabilities, alter, onStored });
  expect(told(await stage.takeIn(server.caller(), [one, two]))).toEqual([
    [0, outcome],
    [1, 'stored'],
  ]);
  const again = told(await stage.takeIn(server.caller(), [one]));
  expect(again).toEqual([[0, outcome === 'stored' ? 'there-already' : outcome]]);
  expect(server.inbox).toHaveLength(3);
});

describe('refusals', () => {
  const takeFour = (server: StoreServer) =>
    stage.takeIn(
      server.caller(),
      ['1', '2', '3', '4'].map((label) => letter(label)),
    );

  it.each([
    ['NO [OVERQUOTA]', 'over-quota'],
    ['NO [CANNOT]', 'command-refused'],
  ])('of one message with %s leave the others as they are', async (said, kind) => {
    const server = await serve({ onAppend: (count) => (count === 2 ? `$ ${said} no\r\n` : undefined) });
    expect(told(await takeFour(server))).toEqual([
      [0, 'stored'],
      [1, kind],
      [2, 'stored'],
      [3, 'stored'],
    ]);
    expect(told(await stage.takeIn(server.caller(), [letter('2')]))).toEqual([[0, 'stored']]);
  });

  it.each([
    ['over-quota', 3, 'NO [OVERQUOTA]'],
    ['mailbox-not-found', 1, 'NO [TRYCREATE]'],
    ['permission-denied', 1, 'NO [NOPERM]'],
    ['server-busy', 1, 'NO [UNAVAILABLE]'],
  ])('that hold for all (%s) end it', async (kind, tries, said) => {
    const server = await serve({ onAppend: (count) => (count > 1 ? `$ ${said} no\r\n` : undefined) });
    const failed = Array.from({ length: tries }, (_, index) => [index + 1, kind]);
    expect(told(await takeFour(server))).toEqual([[0, 'stored'], ...failed, [null, kind]]);
  });

  it('come before anything is sent when the server tells how much it takes', async () => {
    const server = await serve({ capabilities: 'UIDPLUS APPENDLIMIT=1000' });
    const [large, small] = await stage.takeIn(server.caller(), [letter('large', 'x'.repeat(1000)), one]);
    expect(large).toMatchObject({ failure: { kind: 'message-too-large', limitBytes: 1000 } });
    expect(small).toMatchObject({ outcome: 'stored' });
    expect(server.commands.filter((command) => command.startsWith('APPEND'))).toHaveLength(1);
  });
});
