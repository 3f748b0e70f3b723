/**
 * Does Postern keep its promises with every IMAP server?
 *
 * The same tests for all of them. Where a server lacks what a promise needs, the answer that is documented for it
 * (`docs/servers.md`) is expected, from `test/support/server-expectations.ts`.
 */
import { describe, expect, it } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { mailboxIdOf } from '../../src/mailbox/rules.ts';
import { PatchedEmailSchema, TrashedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { EmailSchema } from '../../src/mailbox/schema/email.ts';
import { MailboxesSchema } from '../../src/mailbox/schema/mailbox.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { knownParts, withFiles } from '../support/imap-letters.ts';
import { first, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { expectSameBytes } from '../support/pop-bytes.ts';
import type { Caller } from '../support/postern.ts';
import { asServed, imapExpectations, withoutAdded } from '../support/server-expectations.ts';
import { type ImapProgram, imapProgram } from '../support/server-programs.ts';
import { lineByLine, serverStage } from '../support/server-stage.ts';

describe.each(imapExpectations)('$name', (expected) => {
  const stage = serverStage('imap', startPeer[expected.name]);

  const page = (caller: Caller, query = '', mailbox = 'inbox') =>
    stage.postern.json(EmailPageSchema, caller, messagesPath(mailbox) + query);
  /** The path of each message, newest first. */
  const pathsOf = async (caller: Caller, mailbox = 'inbox') =>
    (await page(caller, '?limit=500', mailbox)).messages.map(({ id }) => `${messagesPath(mailbox)}/${id}`);
  const subjectsOf = async (caller: Caller, query = '') => (await page(caller, query)).messages.map(labelOf);
  async function subjectsBehind(caller: Caller, cursor: string | null): Promise<string[]> {
    if (cursor === null) return [];
    const { messages, nextCursor } = await page(caller, `?limit=3&cursor=${cursor}`);
    return [...messages.map(labelOf), ...(await subjectsBehind(caller, nextCursor))];
  }
  const mailboxesOf = async (caller: Caller) =>
    (await stage.postern.json(MailboxesSchema, caller, '/v1/imap/mailboxes')).mailboxes;
  const bytesOf = async (caller: Caller, path: string) =>
    new Uint8Array(await (await stage.postern.call(caller, path)).arrayBuffer());
  const patched = async (caller: Caller, path: string, keywords: Record<string, true | null>) =>
    (await stage.postern.json(PatchedEmailSchema, caller, path, { method: 'PATCH', body: { keywords } })).keywords;
  const remove = { method: 'DELETE' } as const;

  /** What another mail program of the same account finds or does. */
  async function otherwise<T>(
    caller: Caller,
    use: (program: ImapProgram) => Promise<T>,
    mailbox = 'INBOX',
  ): Promise<T> {
    const program = await imapProgram(stage.port, caller, mailbox);
    try {
      return await use(program);
    } finally {
      await program.logout();
    }
  }
  /** In a mailbox that was opened before: a server may write UIDs into messages when it first sees them. */
  async function callerWith(...messages: readonly Uint8Array[]): Promise<Caller> {
    const caller = await stage.callerWith(...messages);
    await otherwise(caller, (program) => program.command('NOOP'));
    return caller;
  }
  const digestOf = (bytes: Uint8Array = new Uint8Array()) => sha256Of(withoutAdded(bytes, expected.served));
  const flagsOf = (caller: Caller) => otherwise(caller, (program) => program.flags());
  const createTrash = (caller: Caller) =>
    otherwise(caller, (program) => program.command(`CREATE "${expected.trash.path}"`));

  describe('listing', () => {
    it('names the mailboxes of a new account, with their roles and where they lie', async () => {
      const caller = await callerWith(letter('1'));
      const listed = await mailboxesOf(caller);
      const wanted = expected.mailboxes.map(({ path, name, parent, role }) =>
        expect.objectContaining({
          id: mailboxIdOf(path),
          name,
          parentId: parent === null ? null : mailboxIdOf(parent),
          role,
          isSelectable: true,
          totalEmails: role === 'inbox' ? 1 : 0,
          unreadEmails: role === 'inbox' ? 1 : 0,
        }),
      );
      expect(listed).toHaveLength(wanted.length);
      expect(listed).toEqual(expect.arrayContaining(wanted));
    });

    it('shows a mailbox inside another, under its name in Unicode, and opens it by its id', async () => {
      const caller = await callerWith();
      const { create, listed } = expected.nested;
      await otherwise(caller, async (program) => {
        for (const path of create) await program.command(`CREATE "${path}"`);
      });
      const found = (await mailboxesOf(caller)).find(({ id }) => id === mailboxIdOf(listed.path));
      expect(found).toMatchObject({
        name: listed.name,
        parentId: listed.parent === null ? null : mailboxIdOf(listed.parent),
        role: listed.role,
        isSelectable: true,
        totalEmails: 0,
      });
      expect(await page(caller, '', mailboxIdOf(listed.path))).toMatchObject({
        messages: [],
        total: 0,
        nextCursor: null,
      });
    });

    it('lists an empty mailbox', async () => {
      expect(await page(await callerWith())).toMatchObject({ messages: [], total: 0, nextCursor: null });
    });

    it('gives each message exactly once through cursors, newest first', async () => {
      const caller = await callerWith(...seven);
      const { messages, nextCursor } = await page(caller, '?limit=3');
      expect([...messages.map(labelOf), ...(await subjectsBehind(caller, nextCursor))]).toEqual(sevenToOne);
    });

    it('repeats and skips nothing when mail arrives between two pages, or says that the pages are over', async () => {
      const caller = await callerWith(...seven);
      const { messages, nextCursor } = await page(caller, '?limit=3');
      await stage.deliver(caller, letter('8'));
      if (expected.renumbersOnArrival) {
        const path = `${messagesPath('inbox')}?limit=3&cursor=${nextCursor}`;
        expect((await stage.postern.problem('state-gone', caller, path)).status).toBe(410);
      } else {
        expect([...messages.map(labelOf), ...(await subjectsBehind(caller, nextCursor))]).toEqual(sevenToOne);
      }
      const again = await page(caller, '?limit=3');
      expect([...again.messages.map(labelOf), ...(await subjectsBehind(caller, again.nextCursor))]).toEqual([
        '8',
        ...sevenToOne,
      ]);
    });

    it('shows in the second of two same listings what arrived after the first', async () => {
      const caller = await callerWith(letter('before'));
      expect(await subjectsOf(caller)).toEqual(['before']);
      await stage.deliver(caller, letter('after'));
      expect(await subjectsOf(caller)).toEqual(['after', 'before']);
    });

    it('no longer shows what another program has expunged', async () => {
      const caller = await callerWith(letter('goes'), letter('stays'));
      const [, path = ''] = await pathsOf(caller);
      await otherwise(caller, async (program) => {
        await program.command('STORE 1 +FLAGS (\\Deleted)');
        await program.command('EXPUNGE');
      });
      expect(await subjectsOf(caller)).toEqual(['stays']);
      await stage.postern.problem('message-not-found', caller, path);
    });
  });

  describe('reading', () => {
    it('gives text, HTML and attachments of a message in many parts and charsets', async () => {
      const caller = await callerWith(withFiles);
      const path = first(await pathsOf(caller));
      const email = await stage.postern.json(EmailSchema, caller, path);
      expect(email).toMatchObject({
        from: [
          { name: 'Grace "W" Weaver', email: 'grace@weaver.example' },
          { name: null, email: 'second@weaver.example' },
        ],
        messageId: ['files@weaver.example'],
        text: 'Grüße € – 100\nBye',
        html: '<p>Grüße <img src="cid:dot@weaver.example"></p>',
        hasAttachment: true,
        isTruncated: false,
        isEncodingProblem: false,
      });
      expect(email.subject).toMatch(/ Grüße🎉$/);
      const files = knownParts.map(({ partId, name }) => expect.objectContaining({ partId, name }));
      expect(email.attachments).toEqual(expect.arrayContaining(files));
    });

    it('gives each part byte for byte, its transfer encoding removed', async () => {
      const caller = await callerWith(withFiles);
      const path = first(await pathsOf(caller));
      for (const { partId, type, name, bytes } of knownParts) {
        const extra = type === 'message/rfc822' ? expected.behindAttachedMessage : '';
        const wanted = Buffer.concat([bytes, Buffer.from(extra)]);
        expectSameBytes(await bytesOf(caller, `${path}/parts/${partId}`), wanted, name);
      }
    });

    it('gives the file of a message byte for byte, as other programs get it and as it was delivered', async () => {
      const delivered = [letter('plain'), withFiles, lineByLine];
      const caller = await callerWith(...delivered);
      const paths = (await pathsOf(caller)).reverse();
      const held = await otherwise(caller, (program) => program.messages());
      expect(paths).toHaveLength(delivered.length);
      for (const [index, path] of paths.entries()) {
        const raw = await bytesOf(caller, `${path}/raw`);
        expect(digestOf(raw)).toBe(digestOf(held.get(uidOf(path))));
        const original = asServed(delivered[index] ?? Buffer.alloc(0), expected.served);
        expectSameBytes(withoutAdded(raw, expected.served), original, path);
      }
    });

    it('tells the size that the file of the message has', async () => {
      const caller = await callerWith(letter('plain'), withFiles, lineByLine);
      for (const { id, size } of (await page(caller)).messages) {
        expect(size, id).toBe((await bytesOf(caller, `${messagesPath('inbox')}/${id}/raw`)).length);
      }
    });

    it('marks nothing as seen, however a message is read', async () => {
      const caller = await callerWith(withFiles);
      const path = first(await pathsOf(caller));
      for (const what of ['', '/raw', '/parts/2']) await bytesOf(caller, path + what);
      expect(first(Object.values(await flagsOf(caller)))).not.toContain('\\Seen');
      expect((await page(caller)).messages[0]?.keywords).not.toHaveProperty('$seen');
    });

    it('answers 404 for a mailbox, a message and a part that are not there', async () => {
      const caller = await callerWith(letter('only'));
      const path = first(await pathsOf(caller));
      const missing = [
        ['mailbox-not-found', messagesPath(mailboxIdOf('No such mailbox'))],
        ['message-not-found', path.replace(/\d+$/, '4711')],
        ['message-not-found', `${path.replace(/\d+$/, '4711')}/raw`],
        ['part-not-found', `${path}/parts/7`],
      ] as const;
      for (const [kind, at] of missing) {
        const { status } = await stage.postern.problem(kind, caller, at);
        expect([at, status]).toEqual([at, 404]);
      }
      expect(await subjectsOf(caller)).toEqual(['only']);
    });

    it('answers 410, and no other message, for an id from before the mailbox was numbered anew', async () => {
      const caller = await callerWith(letter('only'));
      const old = first(await pathsOf(caller)).replace(/\d+(\.\d+)$/, '17$1');
      expect((await stage.postern.problem('state-gone', caller, old)).status).toBe(410);
    });
  });

  describe('marking', () => {
    it.each(['$seen', '$flagged', '$answered', '$draft'])(
      'sets %s and takes it away, and no other',
      async (keyword) => {
        const caller = await callerWith(letter('other'), letter('marked'));
        const before = await flagsOf(caller);
        const path = first(await pathsOf(caller));
        expect(await patched(caller, path, { [keyword]: true })).toHaveProperty([keyword]);
        const [other, marked] = Object.values(await flagsOf(caller));
        expect(marked?.map((flag) => flag.toLowerCase())).toContain(keyword.replace('$', '\\'));
        expect(other).toEqual(first(Object.values(before)));
        expect(await patched(caller, path, { [keyword]: null })).not.toHaveProperty([keyword]);
        expect(await flagsOf(caller)).toEqual(before);
      },
    );

    it('keeps a keyword of the caller’s own, or says that the server cannot', async () => {
      const caller = await callerWith(letter('marked'));
      const before = await flagsOf(caller);
      const path = first(await pathsOf(caller));
      if (!expected.keepsKeywords) {
        const body = { keywords: { $seen: true, $later: true } };
        const problem = await stage.postern.problem('unsupported-by-server', caller, path, { method: 'PATCH', body });
        expect(problem).toMatchObject({ status: 422, feature: 'the keyword $later' });
        expect(await flagsOf(caller)).toEqual(before);
        return;
      }
      expect(await patched(caller, path, { $later: true })).toHaveProperty(['$later']);
      expect(first(Object.values(await flagsOf(caller)))).toContain('$later');
      expect(first((await page(caller)).messages).keywords).toHaveProperty(['$later']);
      expect(await patched(caller, path, { $later: null })).not.toHaveProperty(['$later']);
      expect(await flagsOf(caller)).toEqual(before);
    });

    it('loses nothing when others expunge and mail arrives between a listing and a change', async () => {
      const caller = await callerWith(letter('expunged'), letter('stays'));
      await pathsOf(caller);
      await otherwise(caller, async (program) => {
        await program.command('STORE 1 +FLAGS (\\Deleted)');
        await program.command('EXPUNGE');
      });
      await stage.deliver(caller, letter('arrived'));
      await patched(caller, first(await pathsOf(caller)), { $flagged: true });
      expect(await subjectsOf(caller)).toEqual(['arrived', 'stays']);
      const flags = Object.values(await flagsOf(caller));
      expect(flags.map((list) => list.includes('\\Flagged'))).toEqual([false, true]);
    });

    it('shows what another program has marked', async () => {
      const caller = await callerWith(letter('marked'));
      expect(first((await page(caller)).messages).keywords).not.toHaveProperty('$flagged');
      await otherwise(caller, (program) => program.command('STORE 1 +FLAGS (\\Flagged)'));
      expect(first((await page(caller)).messages).keywords).toHaveProperty('$flagged');
    });
  });

  describe('deleting', () => {
    it('moves a message to the trash with its keywords and every byte, or says what the server lacks', async () => {
      const caller = await callerWith(letter('stays'), withFiles);
      const path = first(await pathsOf(caller));
      await patched(caller, path, { $flagged: true });
      const raw = await bytesOf(caller, `${path}/raw`);
      const before = await flagsOf(caller);
      if (!expected.trash.isMadeByServer) {
        const problem = await stage.postern.problem('unsupported-by-server', caller, path, remove);
        expect(problem).toMatchObject({ status: 422, feature: 'a mailbox with the role trash' });
        expect(await flagsOf(caller)).toEqual(before);
        await createTrash(caller);
      }
      const { lacks } = expected.toTrash;
      if (lacks !== null) {
        const problem = await stage.postern.problem('unsupported-by-server', caller, path, remove);
        expect(problem).toMatchObject({ status: 422, feature: lacks });
        expect(await flagsOf(caller)).toEqual(before);
        expect((await page(caller, '', 'trash')).total).toBe(0);
        return;
      }
      const { id, mailboxId } = await stage.postern.json(TrashedEmailSchema, caller, path, remove);
      expect(mailboxId).toBe(mailboxIdOf(expected.trash.path));
      expect(await subjectsOf(caller)).toEqual(['stays']);
      const [trashed, ...more] = (await page(caller, '', 'trash')).messages;
      expect(more).toEqual([]);
      expect(trashed).toMatchObject({ id, messageId: ['files@weaver.example'], keywords: { $flagged: true } });
      const moved = await bytesOf(caller, `${messagesPath('trash')}/${id}/raw`);
      expect(sha256Of(moved)).toBe(sha256Of(raw));
      await stage.postern.problem('message-not-found', caller, path);
      await stage.postern.problem('already-in-trash', caller, `${messagesPath('trash')}/${id}`, remove);
    });

    it('leaves in the mailbox what another program marked as deleted, when it moves a message to the trash', async () => {
      const caller = await callerWith(letter('marked'), letter('thrown away'));
      const path = first(await pathsOf(caller));
      if (!expected.trash.isMadeByServer) await createTrash(caller);
      await otherwise(caller, (program) => program.command('STORE 1 +FLAGS (\\Deleted)'));
      const { status } = await stage.postern.call(caller, path, remove);
      const isMoved = expected.toTrash.lacks === null;
      expect(status).toBe(isMoved ? 200 : 422);
      expect(await subjectsOf(caller)).toEqual(isMoved ? ['marked'] : ['thrown away', 'marked']);
    });

    it('expunges exactly the message that is named, or says what the server lacks', async () => {
      const caller = await callerWith(letter('marked'), letter('named'), letter('stays'));
      const [, path = ''] = await pathsOf(caller);
      await otherwise(caller, (program) => program.command('STORE 1 +FLAGS (\\Deleted)'));
      const before = await flagsOf(caller);
      const { lacks } = expected.permanently;
      if (lacks === null) {
        expect((await stage.postern.call(caller, `${path}?permanent=true`, remove)).status).toBe(204);
        expect(await subjectsOf(caller)).toEqual(['stays', 'marked']);
        const { [uidOf(path)]: _gone, ...others } = before;
        expect(await flagsOf(caller)).toEqual(others);
        await stage.postern.problem('message-not-found', caller, `${path}?permanent=true`, remove);
        return;
      }
      const problem = await stage.postern.problem('unsupported-by-server', caller, `${path}?permanent=true`, remove);
      expect(problem).toMatchObject({ status: 422, feature: lacks });
      expect(await subjectsOf(caller)).toEqual(['stays', 'named', 'marked']);
      expect(await flagsOf(caller)).toEqual(before);
    });
  });

  describe('sessions', () => {
    it('gives nothing to a wrong password, neither before nor after the right one was used', async () => {
      const caller = await callerWith(letter('secret'));
      const stranger = { ...caller, password: 'wrong' };
      for (const _ of ['before', 'after']) {
        const problem = await stage.postern.problem('login-refused', stranger, messagesPath('inbox'));
        expect(problem.status).toBe(401);
        expect(JSON.stringify(problem)).not.toContain('secret');
        expect(await subjectsOf(caller)).toEqual(['secret']);
      }
    });

    it('answers twelve requests at once, each with what it asked for', async () => {
      const caller = await callerWith(letter('1'), withFiles, letter('3'));
      const paths = await pathsOf(caller);
      const files = await otherwise(caller, (program) => program.messages());
      await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          const path = paths[index % 4];
          if (path === undefined) expect(await pathsOf(caller)).toEqual(paths);
          else {
            const raw = await bytesOf(caller, `${path}/raw`);
            expect(digestOf(raw)).toBe(digestOf(files.get(uidOf(path))));
          }
        }),
      );
    });
  });
});

const sevenToOne = ['7', '6', '5', '4', '3', '2', '1'];
const seven = sevenToOne.toReversed().map((label) => letter(label));

const uidOf = (path: string): number => Number(path.split('.').at(-1));

const labelOf = ({ subject }: { readonly subject?: string | null | undefined }): string =>
  subject?.split(' ').slice(1).join(' ') ?? '';
