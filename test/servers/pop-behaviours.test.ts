/**
 * Does Postern keep its promises with every POP3 server?
 *
 * The same tests for all of them. Where a server lacks what a promise needs, the answer that is documented for it
 * (`docs/servers.md`) is expected, from `test/support/server-expectations.ts`.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { startMailutils } from '../../scripts/mail-server/mailutils.ts';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { MaildropEmailSchema, MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { knownParts, withFiles } from '../support/imap-letters.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { expectSameBytes } from '../support/pop-bytes.ts';
import { downloaded } from '../support/pop-client.ts';
import type { Caller } from '../support/postern.ts';
import { asServed, popExpectations, withoutAdded } from '../support/server-expectations.ts';
import { maildropOf } from '../support/server-programs.ts';
import { lineByLine, serverStage } from '../support/server-stage.ts';

const messagesPath = '/v1/pop/messages';
const remove = { method: 'DELETE' } as const;
const three = ['1', '2', '3'].map((label) => letter(label));

describe.each(popExpectations)('$name', (expected) => {
  const stage = serverStage('pop3', startPeer[expected.name]);

  const page = (caller: Caller, query = '') =>
    stage.postern.json(MaildropPageSchema, caller, `${messagesPath}${query}`);
  const subjectsOf = async (caller: Caller) => (await page(caller, '?headers=true')).messages.map(labelOf);
  /** The path of each message, oldest first. */
  const pathsOf = async (caller: Caller) => (await page(caller)).messages.map(({ id }) => `${messagesPath}/${id}`);
  const read = (caller: Caller, path: string) => stage.postern.json(MaildropEmailSchema, caller, path);
  const bytesOf = async (caller: Caller, path: string) =>
    new Uint8Array(await (await stage.postern.call(caller, path)).arrayBuffer());
  const acknowledged = (caller: Caller, body: { receipt: string | undefined; ids?: readonly string[] }) =>
    stage.postern.json(AcknowledgedSchema, caller, '/v1/pop/downloads/ack', { body });
  /** What another mail program of the same account gets. */
  const held = (caller: Caller) => maildropOf(stage.port, caller);
  const original = (bytes: Uint8Array) => asServed(bytes, expected.served);
  /** As it comes when it is read, which is by TOP. */
  function peeked(bytes: Uint8Array): Uint8Array {
    const border = bytes.length === 0 ? 0 : Buffer.from(bytes).indexOf('\r\n\r\n') + 4;
    return Buffer.concat([bytes.slice(0, border), Buffer.from(expected.beforePeekedBody), bytes.slice(border)]);
  }
  const added = expected.countsAddedLineEnd ? '' : '\r\n';
  const plain = (bytes: Uint8Array) => withoutAdded(bytes, expected.served);

  describe('listing', () => {
    it('lists an empty maildrop', async () => {
      expect(await page(await stage.callerWith())).toMatchObject({
        messages: [],
        total: 0,
        totalBytes: 0,
        nextCursor: null,
      });
    });

    it('tells the messages, oldest first, and the size that each of them has', async () => {
      const caller = await stage.callerWith(letter('plain'), withFiles, lineByLine);
      const { messages, total, totalBytes } = await page(caller);
      const sizes = await Promise.all(
        messages.map(async ({ id }) => (await bytesOf(caller, `${messagesPath}/${id}/raw`)).length),
      );
      expect(total).toBe(3);
      const addedByTop = expected.beforePeekedBody.length;
      const told = sizes.map((size, index) => size - addedByTop - (index === 2 ? added.length : 0));
      expect(messages.map(({ size }) => size)).toEqual(told);
      expect(totalBytes).toBe(told.reduce((sum, size) => sum + size, 0));
    });

    it('adds subject and sender when the headers are asked for', async () => {
      const caller = await stage.callerWith(...three);
      const { messages } = await page(caller, '?headers=true');
      expect(messages.map(labelOf)).toEqual(['1', '2', '3']);
      expect(messages[0]?.from).toEqual([{ name: 'Grace Weaver', email: 'grace@weaver.example' }]);
    });

    it('gives each message exactly once through cursors, also those that arrive meanwhile', async () => {
      const caller = await stage.callerWith(...three);
      const { messages, nextCursor } = await page(caller, '?limit=2&headers=true');
      await stage.deliver(caller, letter('4'));
      const rest = await page(caller, `?limit=2&headers=true&cursor=${nextCursor}`);
      expect([...messages, ...rest.messages].map(labelOf)).toEqual(['1', '2', '3', '4']);
      expect(rest.nextCursor).toBeNull();
    });

    it('shows in the second of two same listings what arrived after the first, under the same ids', async () => {
      const caller = await stage.callerWith(letter('before'));
      const before = await pathsOf(caller);
      await stage.deliver(caller, letter('after'));
      expect(await subjectsOf(caller)).toEqual(['before', 'after']);
      expect((await pathsOf(caller))[0]).toBe(before[0]);
    });
  });

  describe('reading', () => {
    it('gives text, HTML and attachments of a message in many parts and charsets', async () => {
      const caller = await stage.callerWith(withFiles);
      const [path = ''] = await pathsOf(caller);
      const email = await read(caller, path);
      expect(email).toMatchObject({
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
      const caller = await stage.callerWith(withFiles);
      const [path = ''] = await pathsOf(caller);
      for (const { partId, name, bytes } of knownParts) {
        expectSameBytes(await bytesOf(caller, `${path}/parts/${partId}`), bytes, name);
      }
    });

    it('gives the file of a message byte for byte, as other programs get it and as it was delivered', async () => {
      const delivered = [letter('plain'), withFiles, lineByLine];
      const caller = await stage.callerWith(...delivered);
      const others = await held(caller);
      const paths = await pathsOf(caller);
      expect([others.length, paths.length]).toEqual([3, 3]);
      for (const [index, path] of paths.entries()) {
        const raw = plain(await bytesOf(caller, `${path}/raw`));
        expectSameBytes(raw, peeked(plain(others[index] ?? Buffer.alloc(0))), path);
        expectSameBytes(raw, peeked(original(delivered[index] ?? Buffer.alloc(0))), path);
      }
    });

    it('answers 404 for a message and a part that are not there', async () => {
      const caller = await stage.callerWith(letter('only'));
      const [path = ''] = await pathsOf(caller);
      const unknown = `${messagesPath}/${Buffer.from('no-such-uidl').toString('base64url')}`;
      const missing = [
        ['message-not-found', unknown, {}],
        ['message-not-found', `${unknown}/raw`, {}],
        ['message-not-found', unknown, remove],
        ['part-not-found', `${path}/parts/7`, {}],
      ] as const;
      for (const [kind, at, call] of missing) {
        const { status } = await stage.postern.problem(kind, caller, at, call);
        expect([at, status]).toEqual([at, 404]);
      }
      expect(await subjectsOf(caller)).toEqual(['only']);
    });
  });

  describe('downloading', () => {
    it('gives each message as JSON, and a receipt for all of them, and deletes none', async () => {
      const caller = await stage.callerWith(letter('plain'), withFiles, lineByLine);
      const ids = (await page(caller)).messages.map(({ id }) => id);
      const { messages, errors, receipt } = await downloaded(stage.postern, caller);
      expect(errors).toEqual([]);
      expect(messages.map(({ id }) => id)).toEqual(ids);
      expect(messages.map(({ message }) => message?.text?.split('\n')[0])).toEqual([
        'This is plain.',
        'Grüße € – 100',
        Buffer.from(original(lineByLine)).includes('\r\n>From me') ? '>From me to you' : 'From me to you',
      ]);
      expect(receipt?.count).toBe(3);
      expect((await page(caller)).messages.map(({ id }) => id)).toEqual(ids);
    });

    it('gives each message raw, byte for byte, with its SHA-256', async () => {
      const delivered = [letter('plain'), withFiles, lineByLine];
      const caller = await stage.callerWith(...delivered);
      const { messages, errors } = await downloaded(stage.postern, caller, { format: 'raw' });
      expect([messages.length, errors]).toEqual([3, []]);
      for (const [index, { raw = '', sha256, size }] of messages.entries()) {
        const bytes = Buffer.from(raw, 'base64');
        expect([sha256, size]).toEqual([sha256Of(bytes), bytes.length - (index === 2 ? added.length : 0)]);
        expectSameBytes(plain(bytes), original(delivered[index] ?? Buffer.alloc(0)), String(index));
      }
    });

    it('deletes exactly the messages that are acknowledged, and nothing when it hears so again', async () => {
      const caller = await stage.callerWith(...three);
      const { messages, receipt } = await downloaded(stage.postern, caller, { format: 'raw' });
      await stage.deliver(caller, letter('4'));
      const [one, , third] = messages.map(({ id }) => id);
      const body = { receipt: receipt?.receipt, ids: [one ?? '', third ?? ''] };
      expect(await acknowledged(caller, body)).toEqual({ deleted: 2, alreadyGone: 0, notDeleted: [] });
      const left = [letter('2'), letter('4')].map((bytes) => sha256Of(original(bytes)));
      expect((await held(caller)).map((bytes) => sha256Of(plain(bytes)))).toEqual(left);
      expect(await acknowledged(caller, body)).toEqual({ deleted: 0, alreadyGone: 2, notDeleted: [] });
      expect(await acknowledged(caller, { receipt: receipt?.receipt })).toEqual({
        deleted: 1,
        alreadyGone: 2,
        notDeleted: [],
      });
      expect(await subjectsOf(caller)).toEqual(['4']);
    });
  });

  describe('deleting', () => {
    it('deletes the one message that is named', async () => {
      const caller = await stage.callerWith(...three);
      const [, path = ''] = await pathsOf(caller);
      expect((await stage.postern.call(caller, path, remove)).status).toBe(204);
      expect((await held(caller)).map((bytes) => sha256Of(plain(bytes)))).toEqual(
        [letter('1'), letter('3')].map((bytes) => sha256Of(original(bytes))),
      );
      await stage.postern.problem('message-not-found', caller, path);
      await stage.postern.problem('message-not-found', caller, path, remove);
    });

    it('never deletes the wrong one of two messages with the same header', async () => {
      const caller = await stage.callerWith(letter('same', 'one'), letter('same', 'two'), letter('other'));
      const [one = '', two = '', other = ''] = await pathsOf(caller);
      const texts = [];
      for (const path of [one, two]) texts.push((await read(caller, path)).text);
      const before = expected.beforePeekedBody.replace('\r\n', '\n');
      expect(texts).toEqual([`${before}one\n`, `${before}two\n`]);
      const { messages, errors, receipt } = await downloaded(stage.postern, caller);
      const response = await stage.postern.call(caller, one, remove);
      if (!expected.repeatsUidls) {
        expect([messages.length, errors, response.status]).toEqual([3, [], 204]);
        expect((await read(caller, two)).text).toBe(texts[1]);
        expect(await acknowledged(caller, { receipt: receipt?.receipt })).toEqual({
          deleted: 2,
          alreadyGone: 1,
          notDeleted: [],
        });
        return;
      }
      expect(messages.map(({ id }) => `${messagesPath}/${id}`)).toEqual([other]);
      expect(errors.map(({ id, problem }) => [`${messagesPath}/${id}`, problem.type, problem.status])).toEqual(
        [one, two].map((path) => [path, '/problems/uidl-not-unique', 422]),
      );
      expect([response.status, await response.json()]).toEqual([
        422,
        expect.objectContaining({ type: '/problems/uidl-not-unique' }),
      ]);
      expect(await acknowledged(caller, { receipt: receipt?.receipt })).toEqual({
        deleted: 1,
        alreadyGone: 0,
        notDeleted: [],
      });
      expect(await held(caller)).toHaveLength(2);
    });
  });

  describe('sessions', () => {
    it('gives nothing to a wrong password, neither before nor after the right one was used', async () => {
      const caller = await stage.callerWith(letter('secret'));
      const stranger = { ...caller, password: 'wrong' };
      for (const _ of ['before', 'after']) {
        const problem = await stage.postern.problem('login-refused', stranger, messagesPath);
        expect(problem.status).toBe(401);
        expect(JSON.stringify(problem)).not.toContain('secret');
        expect(await subjectsOf(caller)).toEqual(['secret']);
      }
    });

    it('answers ten calls at once, each with what it asked for', async () => {
      const caller = await stage.callerWith(letter('1'), withFiles);
      const [, path = ''] = await pathsOf(caller);
      const texts = await Promise.all(
        Array.from({ length: 10 }, async (_, index) =>
          index % 2 === 0 ? (await read(caller, path)).text : await subjectsOf(caller),
        ),
      );
      expect(texts.filter((_, index) => index % 2 === 0)).toEqual(
        Array.from({ length: 5 }, () => 'Grüße € – 100\nBye'),
      );
      for (const subjects of texts.filter((_, index) => index % 2 === 1)) {
        expect(subjects).toEqual(['1', 'Grüße🎉']);
      }
    });
  });
});

describe('a server that says of every maildrop that somebody else has it (mailutils over a maildir)', () => {
  const stage = serverStage('pop3', (options) => startMailutils({ ...options, lockedMaildrop: true }));

  it.each([
    ['a listing', messagesPath, {}],
    ['a download', '/v1/pop/downloads', { body: {} }],
    ['a deletion', `${messagesPath}/${Buffer.from('any').toString('base64url')}`, remove],
  ])('is answered 409 for %s, with the time to try again', async (_, path, call) => {
    const caller = await stage.callerWith(letter('kept'));
    const response = await stage.postern.call(caller, path, call);
    expect([response.status, response.headers.get('retry-after')]).toEqual([409, '10']);
    expect(await response.json()).toMatchObject({ type: '/problems/maildrop-locked', retryAfterSeconds: 10 });
  });
});

const labelOf = ({ subject }: { readonly subject?: string | null | undefined }): string =>
  subject?.split(' ').slice(1).join(' ') ?? '';
