/**
 * What becomes of a capsule that is for a role when another mailbox gets it? And what of labels, which are mailboxes?
 */
import { describe, expect, it } from 'vitest';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { NewEmailSchema, PatchedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { MailboxSchema } from '../../src/mailbox/schema/mailbox.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { allowed } from '../support/capsules.ts';
import { listen } from '../support/event-reader.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapScriptStage({ messages: [letter('1')] });
const inbox = messagesPath('inbox');
const [one, two] = [mailboxIdOf('One'), mailboxIdOf('Two')];

/** Two mailboxes, of which one is the archive. */
async function twoMailboxes() {
  const archive = { is: 'One' };
  const server = await stage.serve({
    capabilities: ['UIDPLUS', 'SPECIAL-USE', 'IDLE'],
    answerLine: () => '$ OK done\r\n',
    answer: (command) => {
      if (command === 'IDLE') return '+ idling\r\n';
      if (!command.startsWith('LIST')) return undefined;
      const rows = ['One', 'Two'].map((name) => `* LIST (${name === archive.is ? '\\Archive' : ''}) "/" ${name}\r\n`);
      return `* LIST () "/" INBOX\r\n${rows.join('')}$ OK done\r\n`;
    },
  });
  const caller = server.caller();
  return {
    server,
    caller,
    /** By somebody who changes mailboxes through Postern, so that it hears of it. */
    async makeTwoTheArchive() {
      archive.is = 'Two';
      const path = `/v1/imap/mailboxes/${mailboxIdOf('INBOX')}`;
      await stage.postern.json(MailboxSchema, caller, path, { method: 'PATCH', body: { isSubscribed: true } });
    },
    byRole: await allowed(caller, { mailboxes: ['inbox', 'archive'] }),
  };
}

const listed = (caller: Caller, mailbox: string) => stage.postern.json(EmailPageSchema, caller, messagesPath(mailbox));

describe('when a role goes to another mailbox, a capsule for it', () => {
  it('is for that one from then on', async () => {
    const { byRole, makeTwoTheArchive } = await twoMailboxes();
    const { problem } = stage.postern;
    await listed(byRole, one);
    await problem('mailbox-not-granted', byRole, messagesPath(two));
    await makeTwoTheArchive();
    await listed(byRole, two);
    await problem('mailbox-not-granted', byRole, messagesPath(one));
    await listed(byRole, 'archive');
  });

  it('is told nothing more of what it listens to, though somebody who may goes on listening', async () => {
    const { caller, byRole, makeTwoTheArchive, server } = await twoMailboxes();
    const [reader, other] = [
      await listen(stage.postern, byRole, { mailbox: one }),
      await listen(stage.postern, caller, { mailbox: one }),
    ];
    await reader.changes();
    await other.changes();
    server.inbox.push({ uid: 2, bytes: letter('2'), flags: new Set() });
    await makeTwoTheArchive();
    expect(await reader.next()).toMatchObject({ problem: { type: '/problems/mailbox-not-granted' } });
    expect((await other.changes()).created).toEqual(['1000.2']);
    other.leave();
  });

  it('is not told what an Idempotency-Key has done in the one that it was', async () => {
    const { caller, byRole, makeTwoTheArchive, server } = await twoMailboxes();
    const path = `${inbox}/1000.1/copy`;
    const call = { body: { mailboxId: 'archive' }, headers: { 'Idempotency-Key': '"once"' } };
    const { mailboxId } = await stage.postern.json(NewEmailSchema, caller, path, call);
    expect(mailboxId).toBe(one);
    expect(await stage.postern.json(NewEmailSchema, byRole, path, call)).toMatchObject({ mailboxId });
    await makeTwoTheArchive();
    const problem = await stage.postern.problem('mailbox-not-granted', byRole, path, call);
    expect(JSON.stringify(problem)).not.toContain(one);
    expect(server.commands.filter((command) => command.startsWith('UID COPY'))).toHaveLength(1);
  });
});

it('lists mailboxes once for a while, whatever is granted by a role', async () => {
  const { byRole, server } = await twoMailboxes();
  for (const mailbox of [one, 'archive', one, 'inbox', 'archive']) await listed(byRole, mailbox);
  expect(server.commands.filter((command) => command.startsWith('LIST'))).toHaveLength(1);
});

describe('labels of Gmail', () => {
  const gmail = () =>
    stage.serve({
      capabilities: ['X-GM-EXT-1', 'UIDPLUS', 'MOVE', 'SPECIAL-USE'],
      answer: (command) => {
        if (command.startsWith('LIST'))
          return '* LIST () "/" INBOX\r\n* LIST (\\Trash) "/" "[Gmail]/Trash"\r\n* LIST () "/" Secret\r\n$ OK done\r\n';
        if (!command.includes('X-GM-LABELS') || command.includes('STORE')) return undefined;
        const rest = 'INTERNALDATE "23-Nov-2026 10:00:00 +0000" RFC822.SIZE 10';
        return `* 1 FETCH (UID 1 FLAGS () ${rest} X-GM-LABELS (Secret))\r\n$ OK done\r\n`;
      },
    });
  const path = `${inbox}/1000.1`;
  const patch = (labels: object) => ({ method: 'PATCH', body: { labels } });

  it.each(['\\Trash', '\\trash', '[Gmail]/Trash', '[gmail]/trash', '[Gmail]/Trash/Old'])(
    'do not get a message to the trash: %s',
    async (label) => {
      const server = await gmail();
      const who = await allowed(server.caller(), { scopes: ['read', 'modify'] });
      const body = patch({ [label]: true, Work: true });
      expect(await stage.postern.problem('scope-missing', who, path, body)).toMatchObject({ scope: 'delete' });
      expect(server.commands.filter((command) => command.includes('STORE'))).toEqual([]);
    },
  );

  it('are set all the same by who may not delete, and the trash is left by taking its label away', async () => {
    const server = await gmail();
    const who = await allowed(server.caller(), { scopes: ['modify'] });
    await stage.postern.json(PatchedEmailSchema, who, path, patch({ Work: true, '\\Trash': null }));
    expect(server.commands.filter((command) => command.includes('STORE'))).toEqual([
      'UID STORE 1 +X-GM-LABELS ("Work")',
      'UID STORE 1 -X-GM-LABELS (\\Trash)',
    ]);
  });

  it.each([
    ['in a listing', `${inbox}?fields=labels`, {}],
    ['in a message', `${path}?fields=labels`, {}],
    ['in what a search finds', `${inbox}?q=is:unread&fields=labels`, {}],
    ['across mailboxes', '/v1/imap/search?q=is:unread&fields=labels', {}],
    ['by searching for them', `${inbox}?q=raw:label:Secret`, {}],
    ['by searching for them across mailboxes', '/v1/imap/search?q=raw:label:Secret', {}],
    ['by a backup of those that have them', '/v1/imap/mailboxes/inbox/export?format=mbox&q=-raw:label:Secret', {}],
    ['by changing them', path, patch({ Work: true })],
    ['by taking them away', path, patch({ INBOX: null })],
  ])('are nothing for a capsule of some mailboxes: %s', async (_, asked, call) => {
    const server = await gmail();
    const who = await allowed(server.caller(), { mailboxes: ['inbox'] });
    const problem = await stage.postern.problem('mailbox-not-granted', who, asked, call);
    expect(JSON.stringify(problem)).not.toContain('Secret');
    expect(server.commands.filter((command) => /X-GM-(?:LABELS|RAW)/.test(command))).toEqual([]);
  });
});
