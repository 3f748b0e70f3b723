/**
 * `GET /v1/triggers/messages`: what is newest, as a tool sees it that polls.
 */
import { expect, it } from 'vitest';
import { accountParts } from '../../src/core/account-parts.ts';
import { parseMailServer } from '../../src/core/server.ts';
import { mailboxIdOf, messageNameOf } from '../../src/mailbox/rules.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { nameOf } from '../../src/maildrop/rules.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import type { MessageRef } from '../../src/watch/event.ts';
import { eventIdOf } from '../../src/watch/event-id.ts';
import { MessageReceivedSchema } from '../../src/watch/schema/event-body.ts';
import { TriggerItemsSchema } from '../../src/watch/schema/trigger.ts';
import { canarySubject } from '../support/canary.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { flagsIn } from '../support/maildir.ts';
import { aged } from '../support/pop-aged.ts';
import { instead, withPopServer } from '../support/pop-script.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
const path = '/v1/triggers/messages';
const asked = (caller: Caller, query = '') => stage.postern.json(TriggerItemsSchema, caller, path + query);
const subjects = (
  items: readonly { readonly data: { readonly message: { readonly subject?: string | null | undefined } } }[],
) => items.map(({ data }) => data.message.subject);
const named = (...labels: readonly string[]) => labels.map((label) => `${canarySubject} ${label}`);

/** What a webhook calls the event, whoever made it. */
async function eventId({ mailServer, user }: Caller, ref: MessageRef): Promise<string> {
  const server = parseMailServer(mailServer);
  if (!server.ok) throw new Error('No mail server');
  return eventIdOf(accountParts({ server: server.value, user }), 'message.received', { of: 'message', ref });
}

it('lists the newest messages of a mailbox first, as its listing shows them', async () => {
  const caller = await stage.callerWith(['one', 'two', 'three'].map((label) => letter(label)));
  const items = await asked(caller, '?limit=2');
  expect(subjects(items)).toEqual(named('three', 'two'));
  const { messages } = await stage.postern.json(EmailPageSchema, caller, `${messagesPath('inbox')}?limit=2`);
  const shown = items.map(({ data }) => data.message);
  for (const [index, message] of messages.entries()) expect(shown[index]).toMatchObject(message);
  expect(items.map(({ timestamp }) => timestamp)).toEqual(messages.map(({ receivedAt }) => receivedAt));
  expect(await asked(caller)).toHaveLength(3);
});

it('calls each by the id of the event that a webhook would get, and says the same of it', async () => {
  const caller = await stage.callerWith([letter('one')]);
  const item = first(await asked(caller));
  const name = messageNameOf(item.data.message.id);
  if (name === null) throw new Error('No message');
  expect(item.id).toBe(await eventId(caller, { protocol: 'imap', mailboxPath: 'INBOX', ...name }));
  const { id, ...body } = item;
  const sent = { ...body, data: { ...body.data, subscriptionId: 'sub_1' } };
  expect(MessageReceivedSchema.parse(sent)).toMatchObject({ data: { mailboxId: mailboxIdOf('INBOX') } });
});

it('leads by its links to the message and its octets', async () => {
  const caller = await stage.callerWith([letter('linked')]);
  for (const one of [caller, stage.host.as(caller, 'pop3')]) {
    const { url = '', rawUrl = '' } = first(await asked(one)).data.message;
    expect(new URL(url).origin).toBe(stage.postern.url);
    expect((await stage.postern.call(one, new URL(url).pathname)).status).toBe(200);
    const raw = await stage.postern.call(one, new URL(rawUrl).pathname);
    expect(Buffer.from(await raw.arrayBuffer())).toEqual(letter('linked'));
  }
});

it('lists those of another mailbox, and those that a search finds', async () => {
  const caller = await stage.callerWith([letter('one'), letter('two'), letter('three')]);
  await stage.deliver(caller, 'Archive', letter('archived'));
  expect(subjects(await asked(caller, '?mailbox=archive'))).toEqual(named('archived'));
  expect(subjects(await asked(caller, `?mailbox=${mailboxIdOf('Archive')}`))).toEqual(named('archived'));
  expect(subjects(await asked(caller, '?q=subject:two OR subject:one'))).toEqual(named('two', 'one'));
  expect(subjects(await asked(caller, '?q=subject:t&limit=1'))).toEqual(named('three'));
});

it('lists the newest messages of a maildrop first, by their event ids', async () => {
  const imap = await stage.callerWith([letter('one'), aged('two', { received: 3 }), aged('three', { received: null })]);
  const caller = stage.host.as(imap, 'pop3');
  const before = Date.now();
  const items = await asked(caller, '?limit=2');
  expect(subjects(items)).toEqual(named('three', 'two'));
  const { messages } = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages?headers=true');
  for (const [index, item] of items.entries()) {
    const listed = messages.toReversed()[index];
    expect(item.data.message).toMatchObject({ ...listed });
    const name = nameOf(item.data.message.id);
    if (name === null) throw new Error('No message');
    expect(item.id).toBe(await eventId(caller, { protocol: 'pop3', ...name }));
  }
  const [undated = 0, received = 0] = items.map(({ timestamp }) => Date.parse(timestamp));
  expect(undated).toBeGreaterThanOrEqual(before);
  expect(Math.round((before - received) / 86_400_000)).toBe(3);
});

it('is an empty list where there is no mail', async () => {
  const caller = await stage.callerWith([]);
  for (const one of [caller, stage.host.as(caller, 'pop3')]) expect(await asked(one)).toEqual([]);
});

it('is kept by nobody, and marks nothing', async () => {
  const caller = await stage.callerWith([letter('one')]);
  for (const one of [caller, stage.host.as(caller, 'pop3')]) {
    const response = await stage.postern.call(one, path);
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    await response.arrayBuffer();
  }
  expect(Object.values(await flagsIn(stage.host.dovecot.maildir(caller.user)))).toEqual(['']);
});

it.each([
  ['limit=0', 'limit', 'Give a whole number from 1 to 100.'],
  ['limit=101', 'limit', 'Give a whole number from 1 to 100.'],
  ['q=has:nothing', 'q', expect.stringContaining('has:')],
  ['since=x', 'since', expect.any(String)],
])('says what is wrong with %s', async (query, field, message) => {
  const caller = await stage.callerWith([]);
  const problem = await stage.postern.problem('request-invalid', caller, `${path}?${query}`);
  expect(problem).toMatchObject({ errors: [{ in: 'query', field, message }] });
});

it('says that a maildrop has no folders and no search', async () => {
  const caller = stage.host.as(await stage.callerWith([]), 'pop3');
  const problem = await stage.postern.problem('request-invalid', caller, `${path}?mailbox=inbox&q=x`);
  expect(problem).toMatchObject({ errors: [{ field: 'mailbox' }, { field: 'q' }] });
});

it('says that there is no such mailbox', async () => {
  const caller = await stage.callerWith([]);
  await stage.postern.problem('mailbox-not-found', caller, `${path}?mailbox=nothing`);
  await stage.postern.problem('mailbox-not-found', caller, `${path}?mailbox=${mailboxIdOf('None')}`);
});

it('says that a server without TOP cannot do it', async () => {
  const messages = [{ uidl: 'a', bytes: letter('a') }];
  await withPopServer({ messages, answer: instead('TOP', '-ERR unknown command\r\n') }, async (server) => {
    await stage.postern.problem('unsupported-by-server', server.caller(), path);
  });
});
