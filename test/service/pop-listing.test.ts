/**
 * `GET /v1/pop/messages` over a real server.
 */
import { describe, expect, it } from 'vitest';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { encrypted, letter } from '../support/mail.ts';
import { popStage } from '../support/pop-stage.ts';

const stage = popStage();

describe.each(encrypted)('over %s', (security) => {
  it('lists every message with the size that it has, oldest first', async () => {
    const letters = ['first', 'second', 'third'].map((label, index) => letter(label, 'x'.repeat(index * 100)));
    const caller = await stage.callerWith(letters, security);
    const page = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
    expect(page.messages.map(({ size }) => size)).toEqual(letters.map(({ length }) => length));
    expect(page.messages.map(({ id }) => id)).toEqual(
      page.messages.map(({ uidl }) => Buffer.from(uidl).toString('base64url')),
    );
    expect(page).toMatchObject({ total: 3, totalBytes: letters.reduce((sum, { length }) => sum + length, 0) });
    expect(page.nextCursor).toBeNull();
    expect(page.messages.every((message) => !('subject' in message))).toBe(true);
  });

  it('gives an empty maildrop as an empty list', async () => {
    const page = await stage.postern.json(MaildropPageSchema, await stage.callerWith([], security), '/v1/pop/messages');
    expect(page).toEqual({ messages: [], total: 0, totalBytes: 0, state: expect.any(String), nextCursor: null });
  });

  it('adds the header fields, decoded, when they are asked for', async () => {
    const caller = await stage.callerWith(
      [letter('plain'), encodedLetter, Buffer.from('no header at all\r\n')],
      security,
    );
    const { messages } = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages?headers=true');
    expect(messages[0]).toMatchObject({
      from: [{ name: 'Grace Weaver', email: 'grace@weaver.example' }],
      messageId: ['plain@weaver.example'],
      sentAt: '2026-11-16T09:30:00+01:00',
    });
    expect(messages.map(({ subject }) => subject)).toEqual([
      'canary-subject-Kp3Vw plain',
      'Привет, мир — Grüße an Łukasz',
      null,
    ]);
    expect(messages[1]?.from).toEqual([{ name: 'Jürgen Müller', email: 'j@weaver.example' }]);
    expect(messages[1]?.cc).toEqual([]);
  });

  it('leads through all pages by its Link header, and nothing is skipped or repeated', async () => {
    const caller = await stage.callerWith(
      Array.from({ length: 7 }, (_, index) => letter(`page-${index}`)),
      security,
    );
    const whole = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
    const sizes: number[] = [];
    const ids: string[] = [];
    let path: string | undefined = '/v1/pop/messages?limit=3&headers=true';
    while (path !== undefined) {
      const response: Response = await stage.postern.call(caller, path);
      const page = MaildropPageSchema.parse(await response.json());
      sizes.push(page.messages.length);
      ids.push(...page.messages.map(({ id }) => id));
      path = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
      expect(path === undefined).toBe(page.nextCursor === null);
    }
    expect(sizes).toEqual([3, 3, 1]);
    expect(ids).toEqual(whole.messages.map(({ id }) => id));
  });
});

it('has no next page when the last one is full', async () => {
  const caller = await stage.callerWith([letter('one'), letter('two')]);
  const page = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages?limit=2');
  expect(page.nextCursor).toBeNull();
});

it('says that a cursor is gone when its message is, and does not begin anew', async () => {
  const caller = await stage.callerWith([letter('one'), letter('two'), letter('three')]);
  const { nextCursor } = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages?limit=1');
  expect((await stage.postern.call(caller, `/v1/pop/messages/${nextCursor}`, { method: 'DELETE' })).status).toBe(204);
  const gone = await stage.postern.problem('state-gone', caller, `/v1/pop/messages?limit=1&cursor=${nextCursor}`);
  expect(gone.status).toBe(410);
});

it('tells where the time went, and gives each answer an id of its own', async () => {
  const caller = await stage.callerWith([letter('timed')]);
  const answers = await Promise.all([1, 2].map(() => stage.postern.call(caller, '/v1/pop/messages')));
  const ids = answers.map(({ headers }) => headers.get('x-request-id'));
  expect(new Set(ids).size).toBe(2);
  for (const { headers } of answers) {
    expect(headers.get('server-timing')).toMatch(/connect;dur=\d+.*login;dur=\d+.*fetch;dur=\d+.*total;dur=\d+/);
    expect(headers.get('cache-control')).toBe('private, no-cache');
    expect(headers.get('vary')).toMatch(/Authorization.*Mail-Server/);
  }
});

it('lists a maildrop of 1,200 messages in pages of 500', async () => {
  const caller = await stage.callerWith(Array.from({ length: 1200 }, (_, index) => letter(`many-${index}`)));
  const ids = new Set<string>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const path = `/v1/pop/messages?limit=500${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page: { messages: { id: string }[]; nextCursor: string | null } = await stage.postern.json(
      MaildropPageSchema,
      caller,
      path,
    );
    for (const { id } of page.messages) ids.add(id);
    cursor = page.nextCursor;
  }
  expect(ids.size).toBe(1200);
});

const encodedLetter = Buffer.from(
  [
    'From: =?iso-8859-1?Q?J=FCrgen_M=FCller?= <j@weaver.example>',
    'Cc:',
    'Subject: =?utf-8?B?0J/RgNC40LLQtdGCLCDQvNC40YA=?= =?utf-8?Q?_=E2=80=94_Gr=C3=BC=C3=9Fe?=',
    ' =?iso-8859-2?Q?_an_=A3ukasz?=',
    '',
    'text',
    '',
  ].join('\r\n'),
);
