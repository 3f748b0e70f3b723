/**
 * Do we find the same conversations as a server that knows THREAD?
 *
 * Dovecot does what it does not announce, so that one and the same server is asked by us without THREAD and by the judge with it.
 */
import { expect, it } from 'vitest';
import type { Uid } from '../../src/mailbox/answers.ts';
import { ThreadPageSchema } from '../../src/mailbox/schema/thread.ts';
import { threadsByReferences } from '../../src/mailbox/threads/references.ts';
import { threadsIn } from '../../src/mailbox/threads/thread-answer.ts';
import { threadedMessageOf } from '../../src/mailbox/threads/threaded-message.ts';
import type { MailProgram } from '../support/imap-client.ts';
import { imapStage } from '../support/imap-stage.ts';
import type { Caller } from '../support/postern.ts';
import { seeded } from '../support/random.ts';
import { randomConversations } from '../support/random-threads.ts';

const stage = imapStage({
  extraConfig: 'protocol imap {\n  imap_capability = IMAP4rev1 LITERAL+ SASL-IR UIDPLUS ESEARCH\n}',
});

/** Their UIDs, each conversation as a line. */
const lines = (threads: readonly (readonly number[])[]): string[] => threads.map((uids) => uids.join(' ')).sort();

async function judged(program: MailProgram, method: 'REFS' | 'REFERENCES'): Promise<string[]> {
  const said = await program.command(`UID THREAD ${method} UTF-8 ALL`);
  const line = said.split('\r\n').find((line) => line.startsWith('* THREAD')) ?? '';
  return lines(threadsIn(Buffer.from(line)) ?? []);
}

async function found(caller: Caller, mailbox: string): Promise<string[]> {
  const threads: number[][] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const path: string = `/v1/imap/mailboxes/${mailbox}/threads?limit=100&fields=emailIds${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page = await stage.postern.json(ThreadPageSchema, caller, path);
    expect([page.method, page.isComplete]).toEqual(['local', true]);
    threads.push(...page.threads.map(({ emailIds = [] }) => emailIds.map((id) => Number(id.split('.')[1]))));
    cursor = page.nextCursor;
  }
  return lines(threads);
}

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'finds the conversations that Dovecot finds by REFERENCES, and without subjects those of REFS (seed %i)',
  async (seed) => {
    const random = seeded(seed);
    const messages = randomConversations(random, 10 + random.below(110));
    const caller = await stage.callerWith([]);
    const receivedAt = new Date('2026-11-20T12:00:00Z');
    for (const message of messages) await stage.host.dovecot.deliver(caller.user, 'INBOX', message, { receivedAt });
    const program = await stage.program(caller);
    const references = await judged(program, 'REFERENCES');
    expect(references.join(' ').split(' ')).toHaveLength(messages.length);
    expect(await found(caller, 'inbox')).toEqual(references);
    const threaded = messages.map((bytes, index) => threadedMessageOf((index + 1) as Uid, bytes, receivedAt));
    expect(lines(threadsByReferences(threaded, false))).toEqual(await judged(program, 'REFS'));
  },
);
