/**
 * Does Postern move, copy and guard messages with every IMAP server?
 *
 * The same tests for all of them; what a server lacks is in `test/support/server-expectations.ts` and in `docs/servers.md`.
 */
import { describe, expect, it } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { NewEmailSchema, OutcomesSchema, PatchedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { EmailSchema } from '../../src/mailbox/schema/email.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { append } from '../support/imap-append.ts';
import { first, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import type { Caller } from '../support/postern.ts';
import { imapExpectations, withoutAdded } from '../support/server-expectations.ts';
import { imapProgram } from '../support/server-programs.ts';
import { serverStage } from '../support/server-stage.ts';

describe.each(imapExpectations)('$name', ({ name, served, other, ...expected }) => {
  const stage = serverStage('imap', startPeer[name]);
  /** UIDPLUS: whether the ids of copies are told, and messages can be moved. */
  const isPlus = expected.permanently.lacks === null;
  const otherId = mailboxIdOf(other);

  async function callerWith(...messages: readonly Uint8Array[]): Promise<Caller> {
    const caller = await stage.callerWith(...messages);
    await otherwise(caller, `CREATE "${other}"`);
    return caller;
  }
  /** What another mail program of the same account does. */
  async function otherwise(caller: Caller, ...commands: readonly string[]): Promise<void> {
    const program = await imapProgram(stage.port, caller);
    for (const command of commands) await program.command(command);
    await program.logout();
  }
  const idsIn = async (caller: Caller, mailbox: string) =>
    (await stage.postern.json(EmailPageSchema, caller, messagesPath(mailbox))).messages.map(({ id }) => id);
  const pathIn = async (caller: Caller, mailbox: string) =>
    `${messagesPath(mailbox)}/${first(await idsIn(caller, mailbox))}`;
  const digestAt = async (caller: Caller, path: string) => {
    const response = await stage.postern.call(caller, `${path}/raw`);
    return sha256Of(withoutAdded(new Uint8Array(await response.arrayBuffer()), served));
  };
  const digest = (bytes: Uint8Array) => sha256Of(new Uint8Array(bytes));

  it('moves a message with its keywords and every byte, or changes nothing and says what the server lacks', async () => {
    const caller = await callerWith(letter('1'), letter('2'));
    const path = await pathIn(caller, 'inbox');
    const call = { method: 'PATCH', body: { mailboxId: otherId, keywords: { $flagged: true } } };
    if (!isPlus) {
      const problem = await stage.postern.problem('unsupported-by-server', caller, path, call);
      expect(problem).toMatchObject({ status: 422, feature: 'MOVE or UIDPLUS' });
      expect([(await idsIn(caller, 'inbox')).length, await idsIn(caller, otherId)]).toEqual([2, []]);
      expect((await stage.postern.json(EmailSchema, caller, path)).keywords).toEqual({});
      return;
    }
    const answer = await stage.postern.json(PatchedEmailSchema, caller, path, call);
    expect(answer).toMatchObject({ mailboxId: otherId, keywords: { $flagged: true } });
    expect(await idsIn(caller, otherId)).toEqual([answer.id]);
    expect(await idsIn(caller, 'inbox')).toHaveLength(1);
    const newPath = `${messagesPath(otherId)}/${answer.id}`;
    expect((await stage.postern.json(EmailSchema, caller, newPath)).keywords).toMatchObject({ $flagged: true });
    expect(await digestAt(caller, newPath)).toBe(digest(letter('2')));
    await stage.postern.problem('message-not-found', caller, path);
  });

  it('moves a message back again, under a third id, or has left it where it was', async () => {
    const caller = await callerWith(letter('1'), letter('2'));
    const before = await idsIn(caller, 'inbox');
    const away = { method: 'PATCH', body: { mailboxId: otherId } };
    const back = { method: 'PATCH', body: { mailboxId: 'inbox' } };
    if (!isPlus) {
      await stage.postern.problem('unsupported-by-server', caller, await pathIn(caller, 'inbox'), away);
      expect(await idsIn(caller, 'inbox')).toEqual(before);
      return;
    }
    const moved = await stage.postern.json(PatchedEmailSchema, caller, await pathIn(caller, 'inbox'), away);
    const returned = await stage.postern.json(PatchedEmailSchema, caller, `${messagesPath(otherId)}/${moved.id}`, back);
    expect(before).not.toContain(returned.id);
    expect(await idsIn(caller, 'inbox')).toEqual([returned.id, before[1]]);
    expect(await idsIn(caller, otherId)).toEqual([]);
    expect(await digestAt(caller, `${messagesPath('inbox')}/${returned.id}`)).toBe(digest(letter('2')));
  });

  it('copies a message with every byte, and tells its id where the server does', async () => {
    const caller = await callerWith(letter('1'));
    const path = await pathIn(caller, 'inbox');
    const { id } = await stage.postern.json(NewEmailSchema, caller, `${path}/copy`, { body: { mailboxId: otherId } });
    const [copy] = await idsIn(caller, otherId);
    expect(id).toBe(isPlus ? copy : null);
    expect(await digestAt(caller, `${messagesPath(otherId)}/${copy}`)).toBe(digest(letter('1')));
    expect(await idsIn(caller, 'inbox')).toHaveLength(1);
  });

  it('says which mailbox is missing', async () => {
    const caller = await callerWith(letter('1'));
    const path = await pathIn(caller, 'inbox');
    const mailboxId = mailboxIdOf(`${other}-missing`);
    const call = { body: { mailboxId } };
    const copied = await stage.postern.call(caller, `${path}/copy`, call);
    expect([copied.status, await copied.json()]).toEqual([404, expect.objectContaining({ field: 'mailboxId' })]);
    const appended = await append(stage.postern, caller, messagesPath(mailboxId), { bytes: letter('2') });
    expect([appended.status, await appended.json()]).toEqual([
      404,
      expect.objectContaining({ type: '/problems/mailbox-not-found' }),
    ]);
    if (!isPlus) return;
    await stage.postern.problem('mailbox-not-found', caller, path, { method: 'PATCH', ...call });
  });

  const batch = async (caller: Caller, body: unknown, headers = {}) => {
    const response = await stage.postern.call(caller, `${messagesPath('inbox')}/batch`, { body, headers });
    const text = await response.text();
    expect(response.ok, text).toBe(true);
    return OutcomesSchema.parse(JSON.parse(text)).outcomes;
  };
  const threeLetters = () => callerWith(letter('1'), letter('2'), letter('3'));

  it('marks many messages at once, and tells of each what it was and what it is', async () => {
    const caller = await threeLetters();
    const [newest = '', middle = ''] = await idsIn(caller, 'inbox');
    const outcomes = await batch(caller, { ids: [middle, newest], patch: { keywords: { $flagged: true } } });
    for (const [index, id] of [middle, newest].entries()) {
      expect(outcomes[index]).toMatchObject({ id, status: 200, keywords: { $flagged: true } });
      expect(outcomes[index]?.previous?.keywords).not.toHaveProperty('$flagged');
    }
    const { messages } = await stage.postern.json(EmailPageSchema, caller, messagesPath('inbox'));
    expect(messages.map(({ keywords }) => '$flagged' in (keywords ?? {}))).toEqual([true, true, false]);
  });

  it('moves many messages at once, each to the id that is told, or changes nothing', async () => {
    const caller = await threeLetters();
    const [newest = '', middle = '', oldest = ''] = await idsIn(caller, 'inbox');
    const body = { ids: [newest, oldest], patch: { mailboxId: otherId } };
    if (!isPlus) {
      const path = `${messagesPath('inbox')}/batch`;
      await stage.postern.problem('unsupported-by-server', caller, path, { body });
      expect([await idsIn(caller, 'inbox'), await idsIn(caller, otherId)]).toEqual([[newest, middle, oldest], []]);
      return;
    }
    const outcomes = await batch(caller, body);
    expect(outcomes.map(({ status }) => status)).toEqual([200, 200]);
    expect(await idsIn(caller, 'inbox')).toEqual([middle]);
    for (const [index, label] of ['3', '1'].entries()) {
      const path = `${messagesPath(otherId)}/${outcomes[index]?.newId}`;
      expect(await digestAt(caller, path)).toBe(digest(letter(label)));
    }
    expect(await idsIn(caller, otherId)).toHaveLength(2);
  });

  it('expunges many messages at once and no other, or none', async () => {
    const caller = await threeLetters();
    await otherwise(caller, 'STORE 1 +FLAGS (\\Deleted)');
    const [newest = '', middle = '', oldest = ''] = await idsIn(caller, 'inbox');
    const body = { ids: [newest, middle], delete: 'permanent' };
    if (!isPlus) {
      const path = `${messagesPath('inbox')}/batch`;
      await stage.postern.problem('unsupported-by-server', caller, path, { body });
      expect(await idsIn(caller, 'inbox')).toHaveLength(3);
      return;
    }
    expect((await batch(caller, body)).map(({ status }) => status)).toEqual([204, 204]);
    expect(await idsIn(caller, 'inbox')).toEqual([oldest]);
  });

  it('copies many messages once, however often it is asked with one key', async () => {
    const caller = await threeLetters();
    const ids = await idsIn(caller, 'inbox');
    const body = { ids, copyTo: otherId };
    const outcomes = await batch(caller, body, { 'Idempotency-Key': 'a' });
    expect(await batch(caller, body, { 'Idempotency-Key': 'a' })).toEqual(outcomes);
    const copies = await idsIn(caller, otherId);
    expect(copies).toHaveLength(3);
    expect(outcomes.map(({ newId }) => newId)).toEqual(isPlus ? copies : [null, null, null]);
  });

  it('adds a message once, however often it is sent with one key', async () => {
    const caller = await callerWith();
    const send = async () => {
      const headers = { 'Idempotency-Key': 'a' };
      const response = await append(stage.postern, caller, messagesPath(otherId), { bytes: letter('1'), headers });
      return [response.status, await response.json()];
    };
    const first = await send();
    expect(first[0]).toBe(201);
    expect(await send()).toEqual(first);
    expect(await idsIn(caller, otherId)).toHaveLength(1);
  });

  it('saves a draft again in its place, or leaves it and says what the server lacks', async () => {
    const caller = await callerWith(letter('other'), letter('old'));
    await otherwise(caller, 'STORE 1 +FLAGS (\\Deleted)', 'STORE 2 +FLAGS (\\Draft)');
    const path = await pathIn(caller, 'inbox');
    const response = await append(stage.postern, caller, path, { method: 'PUT', bytes: letter('new') });
    expect(response.status).toBe(isPlus ? 200 : 422);
    const answer: unknown = await response.json();
    const ids = await idsIn(caller, 'inbox');
    expect(ids).toHaveLength(2);
    const newest = `${messagesPath('inbox')}/${ids[0]}`;
    expect(await digestAt(caller, newest)).toBe(digest(letter(isPlus ? 'new' : 'old')));
    expect((await stage.postern.json(EmailSchema, caller, newest)).keywords).toMatchObject({ $draft: true });
    expect(answer).toMatchObject(isPlus ? { id: ids[0] } : { feature: 'REPLACE or UIDPLUS' });
  });

  it('refuses labels, and changes nothing', async () => {
    const caller = await callerWith(letter('1'));
    const path = await pathIn(caller, 'inbox');
    const call = { method: 'PATCH', body: { labels: { Work: true }, keywords: { $seen: true } } };
    await stage.postern.problem('unsupported-by-server', caller, path, call);
    expect((await stage.postern.json(EmailSchema, caller, path)).keywords).toEqual({});
  });

  it('tells what the keywords were before another program and this one changed them', async () => {
    const caller = await callerWith(letter('1'));
    await otherwise(caller, 'STORE 1 +FLAGS (\\Flagged)');
    const path = await pathIn(caller, 'inbox');
    const call = { method: 'PATCH', body: { keywords: { $seen: true } } };
    const { previous, keywords } = await stage.postern.json(PatchedEmailSchema, caller, path, call);
    expect([previous?.keywords, keywords]).toEqual([{ $flagged: true }, { $flagged: true, $seen: true }]);
  });

  describe('If-Match', () => {
    const { toTrash, permanently } = expected;
    // What a server cannot do at all is said before anybody asks whether it may be done.
    const changes = [
      ['marking', '', { method: 'PATCH', body: { keywords: { $seen: true } } }, null],
      ['moving', '', { method: 'PATCH', body: { mailboxId: otherId } }, toTrash.lacks],
      ['throwing away', '', { method: 'DELETE' }, null],
      ['deleting', '?permanent=true', { method: 'DELETE' }, permanently.lacks],
    ] as const;
    const tagOf = async (caller: Caller, path: string) => {
      const response = await stage.postern.call(caller, path);
      await response.arrayBuffer();
      return response.headers.get('etag') ?? '';
    };

    it.each(changes)(
      'keeps %s back when another program was first, and changes nothing',
      async (_, query, call, lacks) => {
        const caller = await callerWith(letter('1'));
        const trash = expected.trash.isMadeByServer ? [] : [expected.trash.path];
        await otherwise(caller, ...trash.map((path) => `CREATE "${path}"`));
        const path = await pathIn(caller, 'inbox');
        const headers = { 'If-Match': await tagOf(caller, path) };
        await otherwise(caller, 'STORE 1 +FLAGS (\\Flagged)');
        const kind = lacks === null ? 'precondition-failed' : 'unsupported-by-server';
        const problem = await stage.postern.problem(kind, caller, path + query, { ...call, headers });
        expect(problem.status).toBe(lacks === null ? 412 : 422);
        expect((await stage.postern.json(EmailSchema, caller, path)).keywords).toEqual({ $flagged: true });
        expect([await idsIn(caller, otherId), await idsIn(caller, 'trash')]).toEqual([[], []]);
      },
    );

    it('lets a change be made when nobody was first, and one after the other', async () => {
      const caller = await callerWith(letter('1'));
      const path = await pathIn(caller, 'inbox');
      const patch = async (tag: string, keyword: string) => {
        const call = { method: 'PATCH', body: { keywords: { [keyword]: true } }, headers: { 'If-Match': tag } };
        const response = await stage.postern.call(caller, path, call);
        expect(response.status).toBe(200);
        await response.arrayBuffer();
        return response.headers.get('etag') ?? '';
      };
      const tag = await patch(await tagOf(caller, path), '$seen');
      await patch(tag === '' ? await tagOf(caller, path) : tag, '$flagged');
      const { keywords } = await stage.postern.json(EmailSchema, caller, path);
      expect(keywords).toEqual({ $seen: true, $flagged: true });
    });
  });
});
