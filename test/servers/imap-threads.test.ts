/**
 * Do all servers' conversations look the same, whatever the server can do about them; and what do their messages begin with?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { EmailSchema } from '../../src/mailbox/schema/email.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { FoundThreadSchema, ThreadPageSchema } from '../../src/mailbox/schema/thread.ts';
import { canarySubject } from '../support/canary.ts';
import { messagesPath } from '../support/imap-stage.ts';
import type { Caller } from '../support/postern.ts';
import { imapExpectations } from '../support/server-expectations.ts';
import { serverStage } from '../support/server-stage.ts';

const threadsPath = '/v1/imap/mailboxes/inbox/threads';

/** `day` of November, and the one that it answers. */
function letter(name: string, day: number, answered?: string): Uint8Array {
  const fields = [
    `From: ${name} <${name}@weaver.example>`,
    `Subject: ${answered === undefined ? '' : 'Re: '}${canarySubject} ${answered ?? name}`,
    `Date: ${day} Nov 2026 09:30:00 +0100`,
    `Message-ID: <${name}@weaver.example>`,
    ...(answered === undefined
      ? []
      : [`In-Reply-To: <${answered}@weaver.example>`, `References: <${answered}@weaver.example>`]),
  ];
  return Buffer.from([...fields, '', `This is ${name}.`, ''].join('\r\n'));
}

const letters = [
  letter('ada', 1),
  letter('bob', 2),
  letter('cleo', 3, 'ada'),
  letter('dora', 4),
  letter('emil', 5, 'bob'),
];

describe.each(imapExpectations)('$name', ({ name, threads: expected }) => {
  const stage = serverStage('imap', startPeer[name]);
  const listed = (caller: Caller, query = '') => stage.postern.json(ThreadPageSchema, caller, threadsPath + query);
  const idsOf = async (caller: Caller): Promise<Map<string, string>> => {
    const { messages } = await stage.postern.json(EmailPageSchema, caller, messagesPath('inbox'));
    return new Map(messages.map(({ id, from }) => [from?.[0]?.name ?? '', id]));
  };

  it('lists conversations, that with the newest message first', async () => {
    const caller = await stage.callerWith(...letters);
    const page = await listed(caller);
    const ids = await idsOf(caller);
    expect(page).toMatchObject({ total: 3, nextCursor: null, isComplete: true, method: expected });
    const shown = page.threads.map(({ emailIds, subject, participants, unreadEmails }) => ({
      emailIds,
      subject,
      names: participants?.map(({ name }) => name),
      unreadEmails,
    }));
    const thread = (...names: readonly string[]) => ({
      emailIds: names.map((name) => ids.get(name)),
      subject: `${canarySubject} ${names[0]}`,
      names,
      unreadEmails: names.length,
    });
    expect(shown).toEqual([thread('bob', 'emil'), thread('dora'), thread('ada', 'cleo')]);
  });

  it('leads through them in pages, and gives each by its id and by the ids of its messages', async () => {
    const caller = await stage.callerWith(...letters);
    const { threads } = await listed(caller);
    const first = await listed(caller, '?limit=2');
    const second = await listed(caller, `?limit=2&cursor=${first.nextCursor}`);
    expect([...first.threads, ...second.threads]).toEqual(threads);
    expect(second.nextCursor).toBeNull();
    for (const thread of threads) {
      for (const id of [thread.id, ...(thread.emailIds ?? [])]) {
        const found = await stage.postern.json(FoundThreadSchema, caller, `${threadsPath}/${id}`);
        const { messages, ...same } = found.thread;
        expect(same).toEqual(thread);
        expect(messages?.map((message) => message.id)).toEqual(thread.emailIds);
      }
    }
  });

  it('says of a message to which conversation it belongs where the server does, and only there', async () => {
    const caller = await stage.callerWith(...letters);
    const { threads } = await listed(caller);
    const { messages } = await stage.postern.json(EmailPageSchema, caller, messagesPath('inbox'));
    const threadIdOf = (id: string) => threads.find(({ emailIds }) => emailIds?.includes(id))?.id;
    for (const { id, threadId } of messages) {
      expect(threadId).toBe(expected === 'OBJECTID' ? threadIdOf(id) : undefined);
      const email = await stage.postern.json(EmailSchema, caller, `${messagesPath('inbox')}/${id}`);
      expect(email.threadId).toBe(threadId);
    }
  });

  it('tells what messages begin with', async () => {
    const caller = await stage.callerWith(...letters);
    const path = `${messagesPath('inbox')}?fields=preview`;
    const { messages } = await stage.postern.json(EmailPageSchema, caller, path);
    expect(messages.map(({ preview }) => preview)).toEqual(
      ['emil', 'dora', 'cleo', 'bob', 'ada'].map((name) => `This is ${name}.`),
    );
  });
});
