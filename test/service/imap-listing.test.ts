/**
 * `GET …/messages` over a real server, while nobody else touches the mailbox.
 */
import { describe, expect, it } from 'vitest';
import { summaryFieldNames } from '../../src/mailbox/schema/email.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { encrypted, letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
const inbox = messagesPath('inbox');
const mailboxIdOf = (path: string): string => `mb_${Buffer.from(path).toString('base64url')}`;
const letters = (count: number): Uint8Array[] => Array.from({ length: count }, (_, index) => letter(`${index + 1}`));
const newestFirst = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${count - index}@weaver.example`);

/** The Message-IDs of all pages, as the cursor leads through them. */
async function walk(caller: Caller, limit: number): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query = `?limit=${limit}&fields=messageId${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page = await stage.page(caller, query);
    expect(page.messages.length).toBeLessThanOrEqual(limit);
    seen.push(...page.messages.flatMap(({ messageId }) => messageId ?? []));
    cursor = page.nextCursor;
  }
  return seen;
}

describe.each(encrypted)('over %s', (security) => {
  it('gives each message what a list shows of it, newest first', async () => {
    const caller = await stage.callerWith([], security);
    const receivedAt = new Date('2026-03-04T05:06:07Z');
    const { dovecot } = stage.host;
    await dovecot.deliver(caller.user, 'INBOX', letter('old'), { flags: ['\\Seen', '\\Flagged'], receivedAt });
    await dovecot.deliver(caller.user, 'INBOX', letter('new'));
    const page = await stage.page(caller);
    expect(page).toMatchObject({ total: 2, nextCursor: null });
    const [recent, old] = page.messages;
    expect(recent).toMatchObject({ keywords: {}, messageId: ['new@weaver.example'] });
    expect(old).toEqual({
      id: expect.stringMatching(/^\d+\.1$/),
      mailboxIds: { [mailboxIdOf('INBOX')]: true },
      keywords: { $seen: true, $flagged: true },
      size: letter('old').length,
      receivedAt: receivedAt.toISOString(),
      subject: 'canary-subject-Kp3Vw old',
      from: [{ name: 'Grace Weaver', email: 'grace@weaver.example' }],
      sender: null,
      to: [{ name: null, email: 'ada@postern.example' }],
      cc: null,
      bcc: null,
      replyTo: null,
      messageId: ['old@weaver.example'],
      inReplyTo: null,
      references: null,
      sentAt: '2026-11-16T09:30:00+01:00',
      hasAttachment: false,
    });
  });

  it.each([1, 7, 500])('leads through 23 messages in pages of %i, each exactly once', async (limit) => {
    const caller = await stage.callerWith(letters(23), security);
    expect(await walk(caller, limit)).toEqual(newestFirst(23));
  });
});

it('leads through more messages than the largest page holds', async () => {
  const caller = await stage.callerWith(letters(1_100));
  expect(await walk(caller, 500)).toEqual(newestFirst(1_100));
});

it('says where the next page is in a Link header, and that there is none after a last page that is full', async () => {
  const caller = await stage.callerWith(letters(4));
  const response = await stage.postern.call(caller, `${inbox}?limit=2&fields=messageId`);
  const next = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1] ?? '';
  const { nextCursor } = EmailPageSchema.parse(await response.json());
  expect(next).toBe(`${inbox}?limit=2&fields=messageId&cursor=${nextCursor}`);
  const last = await stage.postern.call(caller, next);
  expect(last.headers.get('link')).toBeNull();
  const page = EmailPageSchema.parse(await last.json());
  expect(page.nextCursor).toBeNull();
  expect(page.messages.map(({ messageId }) => messageId)).toEqual([['2@weaver.example'], ['1@weaver.example']]);
});

it('gives an empty mailbox as an empty list', async () => {
  const caller = await stage.callerWith([]);
  expect(await stage.page(caller)).toMatchObject({ messages: [], total: 0, nextCursor: null });
});

// This server has no labels.
const served = summaryFieldNames.filter((name) => name !== 'labels');

it.each(served)('gives nothing but the id and %s when only that is asked for', async (name) => {
  const caller = await stage.callerWith([letter('fields')]);
  const whole = first((await stage.page(caller, `?fields=${served.join(',')}`)).messages);
  const { messages } = await stage.page(caller, `?fields=${name}`);
  expect(messages).toEqual([{ id: whole.id, [name]: whole[name] }]);
});

it('does not read from the server what is not asked for', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([letter('lazy')]));
  await stage.page(caller, '?fields=id,size');
  const fetchesOf = () => relay.commands.filter((command) => command.startsWith('FETCH'));
  expect(fetchesOf()).toHaveLength(1);
  expect(fetchesOf()[0]).not.toMatch(/BODY|ENVELOPE/);
  await stage.page(caller, '?fields=subject');
  expect(fetchesOf()[1]).toMatch(/BODY\.PEEK\[HEADER\.FIELDS/);
  expect(fetchesOf()[1]).not.toMatch(/BODYSTRUCTURE/);
  await relay.stop();
});

describe('a request that cannot be answered', () => {
  it.each([
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=ten', 'limit'],
    ['fields=subject,colour', 'fields.1'],
    ['fields=', 'fields.0'],
    ['cursor=', 'cursor'],
    ['cursor=abc', 'cursor'],
    ['cursor=1.0', 'cursor'],
    ['cursor=1.99999999999', 'cursor'],
    ['cursor=-1.5', 'cursor'],
    ['order=oldest', 'order'],
  ])('?%s is refused, and the field is named', async (query, field) => {
    const caller = await stage.callerWith([letter('one')]);
    const problem = await stage.postern.problem('request-invalid', caller, `${inbox}?${query}`);
    expect(problem.status).toBe(400);
    expect(problem.errors).toEqual([{ in: 'query', field, message: expect.stringMatching(/\w{4}/) }]);
  });

  it('with the cursor of another UIDVALIDITY is told that its state is gone', async () => {
    const caller = await stage.callerWith(letters(3));
    const { nextCursor } = await stage.page(caller, '?limit=1');
    const [validity, uid] = (nextCursor ?? '').split('.');
    const cursor = `${Number(validity) + 1}.${uid}`;
    const problem = await stage.postern.problem('state-gone', caller, `${inbox}?limit=1&cursor=${cursor}`);
    expect(problem.status).toBe(410);
  });

  it.each(['mb_', 'mb_!', 'mb_Tm93aGVyZQ', 'nowhere', 'INBOX', `mb_${'A'.repeat(8000)}`, mailboxIdOf('a\r\nb LOGOUT')])(
    'for the mailbox %s is told that there is none',
    async (id) => {
      const caller = await stage.callerWith([letter('one')]);
      const problem = await stage.postern.problem('mailbox-not-found', caller, messagesPath(encodeURIComponent(id)));
      expect(problem.status).toBe(404);
    },
  );
});
