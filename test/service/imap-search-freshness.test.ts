/**
 * Does a search over a warm session see what other programs have done a moment before?
 */
import { expect, it } from 'vitest';
import { FoundEmailsSchema } from '../../src/mailbox/schema/search.ts';
import type { MailProgram } from '../support/imap-client.ts';
import { imapStage } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapStage();

/** What is found while a message arrives and the one before it goes, again and again; message 1 is there at the beginning. */
async function follow(
  program: MailProgram,
  found: () => Promise<number[]>,
  more: (uid: number) => Promise<void> = async () => undefined,
): Promise<void> {
  const there = new Set([1]);
  expect(await found()).toEqual([1]);
  for (let count = 0; count < 15; count++) {
    const uid = await program.append('INBOX', letter(`${count}`));
    there.add(uid);
    expect(await found()).toEqual([...there]);
    await program.expunge(uid - 1);
    there.delete(uid - 1);
    expect(await found()).toEqual([...there]);
    await more(uid);
  }
}

it.each([
  ['a search', '&q=from:grace'],
  ['a search by flags', '&q=is:unflagged'],
  ['a search by date', '&q=after:2020-01-01'],
  ['another order', '&sort=-size'],
])('%s finds what has just arrived, and nothing that has just gone', async (_, query) => {
  const caller = await stage.callerWith([letter('first')]);
  const program = await stage.program(caller);
  const found = async () => {
    const page = await stage.page(caller, `?limit=500&fields=id${query}`);
    const uids = page.messages.map(({ id }) => Number(id.split('.')[1]));
    expect(page.total).toBe(uids.length);
    return uids.toSorted((one, other) => one - other);
  };
  await follow(program, found, async (uid) => {
    if (!query.includes('flagged')) return;
    await program.command(`UID STORE ${uid} +FLAGS.SILENT (\\Flagged)`);
    expect(await found()).toEqual([]);
    await program.command(`UID STORE ${uid} -FLAGS.SILENT (\\Flagged)`);
    expect(await found()).toEqual([uid]);
  });
});

it('a search in several mailboxes finds what has just arrived', async () => {
  const caller = await stage.callerWith([letter('first')]);
  const program = await stage.program(caller);
  for (let count = 2; count < 12; count++) {
    await program.append('INBOX', letter(`${count}`));
    const path = '/v1/imap/search?q=from:grace&fields=id&mailboxes=inbox';
    const found = await stage.postern.json(FoundEmailsSchema, caller, path);
    expect([found.total, found.messages.length]).toEqual([count, count]);
  }
});

it.each(['export?format=ndjson', 'threads?limit=100&fields=emailIds'])(
  '%s holds what has just arrived, and nothing that has just gone',
  async (resource) => {
    const caller = await stage.callerWith([letter('first')]);
    const program = await stage.program(caller);
    const found = async () => {
      const response = await stage.postern.call(caller, `/v1/imap/mailboxes/inbox/${resource}`);
      const ids = [...(await response.text()).matchAll(/"\d{10}\.(\d+)"/g)].map(([, uid]) => Number(uid));
      return [...new Set(ids)].toSorted((one, other) => one - other);
    };
    await follow(program, found);
  },
);
