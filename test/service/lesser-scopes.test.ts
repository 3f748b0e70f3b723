/**
 * Does whoever may not delete find another way to make mail go?
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import {
  NewEmailSchema,
  OutcomesSchema,
  PatchedEmailSchema,
  TrashedEmailSchema,
} from '../../src/mailbox/schema/changing.ts';
import { MailboxSchema } from '../../src/mailbox/schema/mailbox.ts';
import { allowed } from '../support/capsules.ts';
import { accountOf, consolidations, linesIn } from '../support/consolidation.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Call, Caller } from '../support/postern.ts';

const stage = imapStage();
const inbox = messagesPath('inbox');
const trash = mailboxIdOf('Trash');
const work = `/v1/imap/mailboxes/${mailboxIdOf('Work')}`;
const eml = { 'Content-Type': 'message/rfc822' };
const message: Call = { method: 'POST', bytes: letter('new'), headers: eml };

async function callerWithWork(): Promise<Caller> {
  const caller = await stage.callerWith([letter('1'), letter('2')]);
  await stage.host.dovecot.createMailboxes(caller.user, ['Work', 'Trash/Old']);
  await stage.deliver(caller, 'Drafts', letter('no draft, but where drafts are'));
  await stage.deliver(caller, 'Trash', letter('long gone'));
  return caller;
}

/** Paths of a message in the inbox, in the trash and where drafts are. */
interface Of {
  readonly mail: string;
  readonly id: string;
  readonly old: string;
  readonly draft: string;
}

/** What each of these would do to mail, in other words. */
const deletions: readonly [string, (of: Of) => [string, Call]][] = [
  ['moving it to the trash', ({ mail }) => [mail, { method: 'PATCH', body: { mailboxId: 'trash' } }]],
  ['moving it to the trash, called by its id', ({ mail }) => [mail, { method: 'PATCH', body: { mailboxId: trash } }]],
  [
    'moving it to the trash, and marking it',
    ({ mail }) => [mail, { method: 'PATCH', body: { mailboxId: 'trash', keywords: { $seen: true } } }],
  ],
  ['copying it to the trash', ({ mail }) => [`${mail}/copy`, { body: { mailboxId: 'trash' } }]],
  [
    'copying it to the trash with a key',
    ({ mail }) => [`${mail}/copy`, { body: { mailboxId: trash }, headers: { 'Idempotency-Key': '"k"' } }],
  ],
  [
    'moving it to the trash in capitals, which is the same to some servers',
    ({ mail }) => [mail, { method: 'PATCH', body: { mailboxId: mailboxIdOf('TRASH') } }],
  ],
  [
    'moving it into what lies in the trash',
    ({ mail }) => [mail, { method: 'PATCH', body: { mailboxId: mailboxIdOf('Trash/Old') } }],
  ],
  [
    'copying many into what lies in the trash',
    ({ id }) => [`${inbox}/batch`, { body: { ids: [id], copyTo: mailboxIdOf('Trash/Old') } }],
  ],
  ['adding to what lies in the trash', () => [messagesPath(mailboxIdOf('Trash/Old')), message]],
  ['moving many to the trash', ({ id }) => [`${inbox}/batch`, { body: { ids: [id], patch: { mailboxId: 'trash' } } }]],
  ['copying many to the trash', ({ id }) => [`${inbox}/batch`, { body: { ids: [id], copyTo: trash } }]],
  ['adding to the trash', () => [messagesPath('trash'), message]],
  ['adding to the trash, with keywords', () => [`${messagesPath(trash)}?keywords=$seen`, message]],
  [
    'adding to the trash with a key',
    () => [messagesPath('trash'), { ...message, headers: { ...eml, 'Idempotency-Key': '"k"' } }],
  ],
  ['marking it as deleted', ({ mail }) => [mail, { method: 'PATCH', body: { keywords: { $deleted: true } } }]],
  [
    'marking it as deleted in capitals',
    ({ mail }) => [mail, { method: 'PATCH', body: { keywords: { $DELETED: true } } }],
  ],
  [
    'marking many as deleted',
    ({ id }) => [`${inbox}/batch`, { body: { ids: [id], patch: { keywords: { $deleted: true, $seen: null } } } }],
  ],
  ['adding one that is marked so', () => [`${inbox}?keywords=$seen,$deleted`, message]],
  [
    'replacing one by one that is marked so',
    ({ draft }) => [`${draft}?keywords=$deleted`, { ...message, method: 'PUT' }],
  ],
  [
    'making a draft of it, which can be replaced',
    ({ mail }) => [mail, { method: 'PATCH', body: { keywords: { $draft: true } } }],
  ],
  [
    'making drafts of many',
    ({ id }) => [`${inbox}/batch`, { body: { ids: [id], patch: { keywords: { $Draft: true } } } }],
  ],
  ['replacing what merely lies where drafts are', ({ draft }) => [draft, { ...message, method: 'PUT' }]],
  ['moving its mailbox into the trash', () => [work, { method: 'PATCH', body: { parentId: 'trash' } }]],
  [
    'moving its mailbox deep into the trash',
    () => [work, { method: 'PATCH', body: { parentId: mailboxIdOf('Trash/Old'), name: 'Werk' } }],
  ],
  ['calling its mailbox a trash', () => [work, { method: 'PATCH', body: { name: 'Papierkorb' } }]],
  ['deleting it', ({ mail }) => [mail, { method: 'DELETE' }]],
  ['deleting it for good', ({ mail }) => [`${mail}?permanent=true`, { method: 'DELETE' }]],
  ['deleting many', ({ id }) => [`${inbox}/batch`, { body: { ids: [id], delete: 'trash' } }]],
  ['deleting its mailbox', () => [`${work}?removeEmails=true`, { method: 'DELETE' }]],
];

describe('who may not delete', () => {
  let caller: Caller;
  let lesser: Caller;
  let of: Of;
  let before: unknown;

  const all = async (): Promise<unknown> => {
    const found: unknown[] = [(await stage.mailboxes(caller)).map(({ id, totalEmails }) => [id, totalEmails])];
    for (const mailbox of ['inbox', 'trash', 'drafts'])
      found.push((await stage.page(caller, '?fields=id,keywords', mailbox)).messages);
    return found;
  };

  beforeAll(async () => {
    caller = await callerWithWork();
    lesser = await allowed(caller, { scopes: ['read', 'modify', 'subscribe'] });
    const [mail, old, draft] = [
      first(await stage.paths(caller)),
      first(await stage.paths(caller, 'trash')),
      first(await stage.paths(caller, 'drafts')),
    ];
    of = { mail, old, draft, id: mail.split('/').at(-1) ?? '' };
    before = await all();
  });

  it.each(deletions)('is refused %s', async (_, asked) => {
    const [path, call] = asked(of);
    const problem = await stage.postern.problem('scope-missing', lesser, path, call);
    expect(problem).toMatchObject({ status: 403, scope: 'delete' });
  });

  it('is refused a consolidation into the trash', async () => {
    const maildrop = await stage.host.caller('pop3');
    await stage.deliver(maildrop, 'INBOX', letter('to be gathered'));
    const into = { token: lesser.token, mailboxId: 'trash' };
    const body = { from: [accountOf(maildrop)], into, keep: true };
    const response = await stage.postern.call(null, consolidations, { body });
    const { of, troubles } = linesIn(await response.text());
    expect(troubles).toEqual(['into: scope-missing']);
    expect(of('end')).toMatchObject([{ stored: 0, deleted: 0 }]);
  });

  it('and nothing of all that has changed anything', async () => {
    expect(await all()).toEqual(before);
  });
});

describe('who may modify alone', () => {
  it('marks, moves, copies and adds, and takes back what somebody has deleted', async () => {
    const caller = await callerWithWork();
    const who = await allowed(caller, { scopes: ['modify'] });
    const { json, call } = stage.postern;
    const [one = '', two = ''] = await stage.paths(caller);
    await json(PatchedEmailSchema, caller, one, { method: 'PATCH', body: { keywords: { $deleted: true } } });
    const patch = (path: string, body: object) => json(PatchedEmailSchema, who, path, { method: 'PATCH', body });
    const unmarked = await patch(one, { keywords: { $deleted: null, $flagged: true } });
    expect(unmarked).toMatchObject({ keywords: { $flagged: true }, previous: { keywords: { $deleted: true } } });
    await json(NewEmailSchema, who, `${two}/copy`, { body: { mailboxId: 'junk' } });
    await json(NewEmailSchema, who, `${inbox}?keywords=$draft`, message);
    await patch(first(await stage.paths(caller, 'trash')), { mailboxId: 'inbox' });
    expect((await call(who, two)).status).toBe(403);
    expect(await stage.paths(caller)).toHaveLength(4);
  });

  it('saves a draft again, in whose place the new one is then', async () => {
    const caller = await callerWithWork();
    const who = await allowed(caller, { scopes: ['modify'] });
    const drafts = messagesPath('drafts');
    const { id } = await stage.postern.json(NewEmailSchema, who, `${drafts}?keywords=$draft`, message);
    await stage.postern.json(NewEmailSchema, who, `${drafts}/${id}`, { ...message, method: 'PUT' });
    expect(await stage.paths(caller, 'drafts')).toHaveLength(2);
  });

  it('calls the trash by another name, and moves a mailbox anywhere else', async () => {
    const caller = await callerWithWork();
    const who = await allowed(caller, { scopes: ['modify'] });
    const { json } = stage.postern;
    const moved = await json(MailboxSchema, who, work, { method: 'PATCH', body: { parentId: 'archive' } });
    expect(moved.id).toBe(mailboxIdOf('Archive/Work'));
    const path = `/v1/imap/mailboxes/${trash}`;
    const renamed = await json(MailboxSchema, who, path, { method: 'PATCH', body: { name: 'Papierkorb' } });
    expect(renamed.name).toBe('Papierkorb');
  });
});

it('who may delete alone moves mail to the trash, deletes it for good, and does nothing else with it', async () => {
  const caller = await stage.callerWith(['1', '2', '3', '4'].map((label) => letter(label)));
  const who = await allowed(caller, { scopes: ['delete'], mailboxes: ['inbox'] });
  const { json, call, problem } = stage.postern;
  const [one = '', two = '', three = '', four = ''] = await stage.paths(caller);
  const ids = [three, four].map((path) => path.split('/').at(-1));
  expect((await json(TrashedEmailSchema, who, one, { method: 'DELETE' })).mailboxId).toBe(trash);
  expect((await call(who, `${two}?permanent=true`, { method: 'DELETE' })).status).toBe(204);
  const patch = { keywords: { $seen: true } };
  const denied = { method: 'PATCH', body: patch };
  expect(await problem('scope-missing', who, three, denied)).toMatchObject({ scope: 'modify' });
  const many = { body: { ids, patch } };
  expect(await problem('scope-missing', who, `${inbox}/batch`, many)).toMatchObject({ scope: 'modify' });
  const { outcomes } = await json(OutcomesSchema, who, `${inbox}/batch`, { body: { ids, delete: 'trash' } });
  expect(outcomes.map(({ status }) => status)).toEqual([200, 200]);
  expect(await stage.paths(caller)).toEqual([]);
  expect(await stage.paths(caller, 'trash')).toHaveLength(3);
});
