/**
 * `GET …/threads` and `…/threads/{threadId}` over a real server.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { FoundThreadSchema, ThreadPageSchema, threadFieldNames } from '../../src/mailbox/schema/thread.ts';
import { canarySubject } from '../support/canary.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage } from '../support/imap-stage.ts';
import type { Caller } from '../support/postern.ts';
import { seeded } from '../support/random.ts';

type ThreadPage = z.output<typeof ThreadPageSchema>;

const stages = {
  REFS: imapStage(),
  REFERENCES: imapStage({ extraConfig: announcing('UIDPLUS ESEARCH THREAD=REFERENCES') }),
  local: imapStage({ extraConfig: announcing('UIDPLUS') }),
};
const stage = stages.REFS;
const threadsPath = '/v1/imap/mailboxes/inbox/threads';

/** Dovecot still does what it does not announce. */
function announcing(capabilities: string): string {
  return `protocol imap {\n  imap_capability = IMAP4rev1 LITERAL+ SASL-IR ${capabilities}\n}`;
}

/** The message `id`, which answers `answered`. */
function answer(id: string, answered: readonly string[] = [], subject = id): Uint8Array {
  const idOf = (name: string): string => `<${name}@threads.example>`;
  const fields = [
    `From: ${id.toUpperCase()} <${id.slice(0, 1)}@threads.example>`,
    `Subject: ${canarySubject} ${subject}`,
    'Date: Mon, 16 Nov 2026 09:30:00 +0100',
    `Message-ID: ${idOf(id)}`,
    ...(answered.length === 0 ? [] : [`References: ${answered.map(idOf).join(' ')}`]),
  ];
  return Buffer.from([...fields, '', `This is ${id}.`, ''].join('\r\n'));
}

const pageOf = (caller: Caller, query = ''): Promise<ThreadPage> =>
  stage.postern.json(ThreadPageSchema, caller, threadsPath + query);
const uidsOf = ({ threads }: ThreadPage): number[][] =>
  threads.map(({ emailIds = [] }) => emailIds.map((id) => Number(id.split('.')[1])));

describe.each(['REFS', 'REFERENCES', 'local'] as const)('with %s', (method) => {
  const stage = stages[method];

  it('gives each conversation what a list shows of it, that with the newest message first', async () => {
    const caller = await stage.callerWith([]);
    const { dovecot } = stage.host;
    const deliver = (bytes: Uint8Array, isSeen: boolean, receivedAt: string) =>
      dovecot.deliver(caller.user, 'INBOX', bytes, {
        flags: isSeen ? ['\\Seen'] : [],
        receivedAt: new Date(receivedAt),
      });
    await deliver(answer('a'), true, '2026-11-01T00:00:00Z');
    await deliver(answer('b'), false, '2026-11-03T00:00:00Z');
    await deliver(answer('c', ['a'], 'Re: a'), false, '2026-11-02T00:00:00Z');
    const page = await stage.postern.json(ThreadPageSchema, caller, threadsPath);
    const idOf = (uid: number): unknown => expect.stringMatching(new RegExp(`^\\d+\\.${uid}$`));
    expect(page).toEqual({
      method,
      isComplete: true,
      total: 2,
      nextCursor: null,
      threads: [
        {
          id: idOf(1),
          emailIds: [idOf(1), idOf(3)],
          totalEmails: 2,
          unreadEmails: 1,
          subject: `${canarySubject} a`,
          participants: [
            { name: 'A', email: 'a@threads.example' },
            { name: 'C', email: 'c@threads.example' },
          ],
          latestReceivedAt: '2026-11-02T00:00:00.000Z',
        },
        {
          id: idOf(2),
          emailIds: [idOf(2)],
          totalEmails: 1,
          unreadEmails: 1,
          subject: `${canarySubject} b`,
          participants: [{ name: 'B', email: 'b@threads.example' }],
          latestReceivedAt: '2026-11-03T00:00:00.000Z',
        },
      ],
    });
  });

  it('gives an empty mailbox as an empty list', async () => {
    const caller = await stage.callerWith([]);
    const page = await stage.postern.json(ThreadPageSchema, caller, threadsPath);
    expect(page).toEqual({ threads: [], total: 0, nextCursor: null, method, isComplete: true });
  });
});

it('leads through all conversations in pages, each exactly once', async () => {
  const messages = Array.from({ length: 40 }, (_, index) =>
    answer(`m${index}`, index % 3 === 0 ? [] : [`m${index % 7}`]),
  );
  const caller = await stage.callerWith(messages);
  const whole = uidsOf(await pageOf(caller, '?limit=100'));
  expect(whole.flat().sort((one, other) => one - other)).toEqual(messages.map((_, index) => index + 1));
  const seen: number[][] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = await pageOf(caller, `?limit=3&fields=emailIds${cursor === '' ? '' : `&cursor=${cursor}`}`);
    seen.push(...uidsOf(page));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(whole);
});

it.each([1, 2, 3])(
  'skips no conversation that stays as it is, and repeats none, while others come, grow and go (seed %i)',
  async (seed) => {
    const random = seeded(seed);
    const messages = Array.from({ length: 40 }, (_, index) =>
      answer(`m${index}`, index < 20 ? [] : [`m${index - 20}`]),
    );
    const caller = await stage.callerWith(messages);
    const program = await stage.program(caller);
    const touched = new Set<number>();
    const seen: number[][] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await pageOf(
        caller,
        `?limit=${1 + random.below(3)}&fields=emailIds${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...uidsOf(page));
      cursor = page.nextCursor;
      const other = random.below(20);
      touched.add(other + 1);
      if (random.chance(0.5)) await program.append('INBOX', answer('grown', [`m${other}`]));
      else await program.expunge(other + 21);
    }
    const untouched = Array.from({ length: 20 }, (_, index) => index + 1).filter((root) => !touched.has(root));
    expect(untouched.length).toBeGreaterThan(2);
    for (const root of untouched) expect(seen.filter(([uid]) => uid === root)).toEqual([[root, root + 20]]);
  },
);

it('says where the next page is in a Link header', async () => {
  const caller = await stage.callerWith([answer('a'), answer('b')]);
  const response = await stage.postern.call(caller, `${threadsPath}?limit=1`);
  const { nextCursor } = ThreadPageSchema.parse(await response.json());
  expect(response.headers.get('link')).toBe(`<${threadsPath}?limit=1&cursor=${nextCursor}>; rel="next"`);
});

it.each(threadFieldNames)('gives nothing but the id and %s when only that is asked for', async (name) => {
  const caller = await stage.callerWith([answer('a'), answer('b', ['a'])]);
  const whole = first((await pageOf(caller, `?fields=${threadFieldNames.join(',')}`)).threads);
  expect(whole.messages?.map(({ messageId }) => messageId)).toEqual([['a@threads.example'], ['b@threads.example']]);
  expect(first((await pageOf(caller, `?fields=${name}`)).threads)).toEqual({ id: whole.id, [name]: whole[name] });
});

it('gives one conversation with its messages, by its id and by that of any message in it', async () => {
  const caller = await stage.callerWith([answer('a'), answer('b'), answer('c', ['a'])]);
  const { messages } = await stage.page(caller);
  const listed = (await pageOf(caller, `?fields=${threadFieldNames.join(',')}`)).threads[0];
  for (const id of [listed?.id, messages[0]?.id]) {
    const found = await stage.postern.json(FoundThreadSchema, caller, `${threadsPath}/${id}`);
    expect(found).toEqual({ thread: listed, method: 'REFS', isComplete: true });
    expect(found.thread.messages).toEqual([messages[2], messages[0]]);
  }
});

it('keeps the id of a conversation that grows', async () => {
  const caller = await stage.callerWith([answer('a')]);
  const { id } = first((await pageOf(caller)).threads);
  await stage.deliver(caller, 'INBOX', answer('b', ['a']));
  expect((await pageOf(caller)).threads).toMatchObject([{ id, totalEmails: 2 }]);
});

it('reads conversations that branch deeper than a parser would go, as anybody can write them', async () => {
  const messages = Array.from({ length: 300 }, (_, index) => [
    answer(`deep${index}`, index === 0 ? [] : [`deep${index - 1}`]),
    answer(`side${index}`, [`deep${index}`]),
  ]).flat();
  const caller = await stage.callerWith(messages);
  const said = await (await stage.program(caller)).command('UID THREAD REFS UTF-8 ALL');
  expect(said).toContain(')'.repeat(200));
  const { threads, total, method } = await pageOf(caller);
  expect([total, method]).toEqual([1, 'REFS']);
  expect(threads).toMatchObject([{ totalEmails: 600, unreadEmails: 600 }]);
});

it('asks four things for a warm list: for news, in one go for all conversations and what is unread, and for what a page shows', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([answer('a'), answer('b', ['a'])]));
  await pageOf(caller);
  const before = relay.commands.length;
  await pageOf(caller);
  const verbs = relay.commands.slice(before).map((command) => command.replace(/^(UID )?(\w+).*$/, '$1$2'));
  expect(verbs).toEqual(['NOOP', 'UID THREAD', 'UID SEARCH', 'UID FETCH']);
  await pageOf(caller, '?fields=id,unreadEmails');
  expect(relay.commands.slice(before + 4)).toHaveLength(3);
  await relay.stop();
});

describe('a request that cannot be answered', () => {
  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['fields=colour', 'fields.0'],
    ['cursor=abc', 'cursor'],
    ['sort=subject', 'sort'],
  ])('?%s is refused, and the field is named', async (query, field) => {
    const caller = await stage.callerWith([]);
    const problem = await stage.postern.problem('request-invalid', caller, `${threadsPath}?${query}`);
    expect(problem.errors).toEqual([{ in: 'query', field, message: expect.stringMatching(/\w{4}/) }]);
  });

  it.each(['nonsense', 'a%20b', '17'])('for the conversation %s is told that there is none', async (id) => {
    const caller = await stage.callerWith([answer('a')]);
    expect((await stage.postern.problem('thread-not-found', caller, `${threadsPath}/${id}`)).status).toBe(404);
  });

  it('for a conversation whose messages are gone is told so', async () => {
    const caller = await stage.callerWith([answer('a')]);
    const { id } = first((await pageOf(caller)).threads);
    await (await stage.program(caller)).expunge(1);
    await stage.postern.problem('thread-not-found', caller, `${threadsPath}/${id}`);
  });

  it('with names from another UIDVALIDITY is told that its state is gone', async () => {
    const caller = await stage.callerWith([answer('a'), answer('b')]);
    const { nextCursor } = await pageOf(caller, '?limit=1');
    const [validity, uid] = (nextCursor ?? '').split('.');
    const other = `${Number(validity) + 1}.${uid}`;
    await stage.postern.problem('state-gone', caller, `${threadsPath}?cursor=${other}`);
    await stage.postern.problem('state-gone', caller, `${threadsPath}/${other}`);
  });
});
