/**
 * `GET /v1/imap/search`: in several mailboxes, the newest first.
 */
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { FoundEmailsSchema } from '../../src/mailbox/schema/search.ts';
import { startImapServer } from '../support/imap-script.ts';
import { imapStage } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';
import { seeded } from '../support/random.ts';

const stage = imapStage();
const day = (number: number): Date => new Date(Date.UTC(2026, 9, number, 12));
const across = (caller: Caller, q: string, more = '') =>
  stage.postern.json(FoundEmailsSchema, caller, `/v1/imap/search?q=${encodeURIComponent(q)}${more}`);

type Found = z.output<typeof FoundEmailsSchema>;
const labels = ({ messages }: Found): string[] => messages.map(({ messageId }) => messageId?.[0]?.split('@')[0] ?? '');
const inMailboxes = ({ messages }: Found): string[] =>
  messages.flatMap(({ mailboxIds }) => Object.keys(mailboxIds ?? {}));

async function someMail(): Promise<Caller> {
  const caller = await stage.callerWith([]);
  const { dovecot } = stage.host;
  const deliver = (mailbox: string, label: string, receivedAt: Date) =>
    dovecot.deliver(caller.user, mailbox, letter(label), { receivedAt });
  await deliver('INBOX', 'a1', day(1));
  await deliver('Archive', 'b2', day(2));
  await deliver('INBOX', 'a3', day(3));
  await deliver('Trash', 't4', day(4));
  await deliver('Junk', 'j5', day(5));
  await deliver('Projects/2026', 'c6', day(6));
  await deliver('Archive', 'b7', day(7));
  return caller;
}

describe('a search in all mailboxes', () => {
  it('finds everywhere but in junk and trash, the newest first, and says where', async () => {
    const caller = await someMail();
    const found = await across(caller, 'from:grace');
    expect(labels(found)).toEqual(['b7', 'c6', 'a3', 'b2', 'a1']);
    expect(inMailboxes(found)).toEqual(['Archive', 'Projects/2026', 'INBOX', 'Archive', 'INBOX'].map(mailboxIdOf));
    expect(found).toMatchObject({ total: 5, nextCursor: null, failed: [], search: 'FROM "grace"' });
    const id = found.messages[1]?.id;
    const path = `/v1/imap/mailboxes/${mailboxIdOf('Projects/2026')}/messages/${id}`;
    expect((await stage.read(caller, path)).messageId).toEqual(['c6@weaver.example']);
  });

  it('finds in those that are named, by id and by role, junk and trash too', async () => {
    const caller = await someMail();
    const ids = `trash,${mailboxIdOf('Archive')},junk,archive`;
    expect(labels(await across(caller, 'from:grace', `&mailboxes=${ids}`))).toEqual(['b7', 'j5', 't4', 'b2']);
  });

  it('finds what fits alone, in all of them', async () => {
    const caller = await someMail();
    expect(labels(await across(caller, 'after:2026-10-02T12:00:00Z before:2026-10-06'))).toEqual(['a3', 'b2']);
    expect(labels(await across(caller, 'subject:c6 OR subject:a1'))).toEqual(['c6', 'a1']);
    expect(await across(caller, 'subject:nothing')).toMatchObject({ messages: [], total: 0, nextCursor: null });
  });

  it('tells of a mailbox that cannot be searched, and gives what the others have', async () => {
    const caller = await someMail();
    const gone = mailboxIdOf('Nowhere');
    const found = await across(caller, 'from:grace', `&mailboxes=inbox,${gone}`);
    expect(labels(found)).toEqual(['a3', 'a1']);
    expect(found.failed).toEqual([
      { mailboxId: gone, problem: expect.objectContaining({ type: '/problems/mailbox-not-found', status: 404 }) },
    ]);
  });

  it('is a problem when none of them can be searched', async () => {
    const caller = await someMail();
    const path = `/v1/imap/search?q=a&mailboxes=${mailboxIdOf('Nowhere')}`;
    expect((await stage.postern.problem('mailbox-not-found', caller, path)).status).toBe(404);
  });

  it('gives just the fields that are asked for', async () => {
    const { messages } = await across(await someMail(), 'subject:c6', '&fields=subject');
    expect(messages).toEqual([{ id: expect.any(String), subject: expect.stringContaining('c6') }]);
  });

  it('does not take the cursor of another search, or of other mailboxes', async () => {
    const caller = await someMail();
    const { nextCursor } = await across(caller, 'from:grace', '&limit=2');
    for (const query of ['q=from:weaver', 'q=from:grace&mailboxes=inbox']) {
      const problem = await stage.postern.problem(
        'request-invalid',
        caller,
        `/v1/imap/search?${query}&cursor=${nextCursor}`,
      );
      expect(problem.errors?.[0]).toMatchObject({ field: 'cursor' });
    }
  });
});

it('is asked of one mailbox alone on Gmail, where it holds all mail', async () => {
  const server = await startImapServer({
    capabilities: ['X-GM-EXT-1'],
    messages: [letter('1')],
    answer: (command) => {
      if (command.startsWith('LIST')) return '* LIST () "/" INBOX\r\n* LIST (\\All) "/" Trash\r\n$ OK done\r\n';
      return command.startsWith('UID SEARCH') ? '* SEARCH\r\n$ OK done\r\n' : undefined;
    },
  });
  server.trash.push({ uid: 1, bytes: letter('1'), flags: new Set() });
  await across(server.caller(), 'from:grace');
  expect(server.commands.filter((command) => command.startsWith('SELECT'))).toEqual(['SELECT "Trash"']);
  await server.stop();
});

it('says that there are more mailboxes than are searched', async () => {
  const list = Array.from({ length: 51 }, (_, index) => `* LIST () "/" M${index}\r\n`).join('');
  const server = await startImapServer({
    answer: (command) => (command.startsWith('LIST') ? `${list}$ OK done\r\n` : undefined),
  });
  const problem = await stage.postern.problem('search-too-broad', server.caller(), '/v1/imap/search?q=a');
  expect([problem.status, problem['of'], problem['limit']]).toEqual([422, 'mailboxes', 50]);
  expect(server.commands.filter((command) => command.startsWith('SELECT'))).toEqual([]);
  await server.stop();
});

it('skips and repeats nothing that is there all along, while mail comes and goes in all of them (300 steps)', async () => {
  const random = seeded(21);
  const caller = await stage.callerWith([]);
  const names = ['INBOX', 'Archive', 'Drafts'] as const;
  const programs = await Promise.all(names.map((name) => stage.program(caller, name)));
  const staying = new Set<string>();
  const passing: { readonly at: number; readonly uid: number }[] = [];
  const add = async (isStaying: boolean): Promise<void> => {
    const at = random.below(names.length);
    const uid = (await programs[at]?.append(names[at] ?? '', letter(`m${random.below(1_000_000)}`))) ?? 0;
    if (isStaying) staying.add(`${mailboxIdOf(names[at] ?? '')} ${uid}`);
    else passing.push({ at, uid });
  };
  for (let count = 0; count < 50; count++) await add(random.chance(0.5));
  let steps = 0;
  const disturb = async (): Promise<void> => {
    steps += 1;
    const leaving = random.chance(0.5) ? passing.splice(random.below(passing.length), 1)[0] : undefined;
    if (leaving === undefined) await add(false);
    else await programs[leaving.at]?.expunge(leaving.uid);
  };
  while (steps < 300) {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const limit = 3 + random.below(9);
      const page: Found = await across(
        caller,
        'from:grace',
        `&limit=${limit}&fields=id,mailboxIds${cursor && `&cursor=${cursor}`}`,
      );
      expect(page.messages.length).toBeLessThanOrEqual(limit);
      seen.push(
        ...page.messages.map(({ id, mailboxIds }) => `${Object.keys(mailboxIds ?? {})[0]} ${id.split('.')[1]}`),
      );
      cursor = page.nextCursor;
      await disturb();
      await disturb();
      await disturb();
    }
    expect(new Set(seen).size, 'messages that were found twice').toBe(seen.length);
    expect(
      [...staying].filter((name) => !seen.includes(name)),
      'messages that were there and not found',
    ).toEqual([]);
  }
});
