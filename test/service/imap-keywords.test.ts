/**
 * `PATCH …/messages/{id}` over a real server.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { PatchedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import { startImapServer } from '../support/imap-script.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { encrypted, letter } from '../support/mail.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();

async function patched(caller: Caller, path: string, keywords: Record<string, true | null>) {
  const options = { method: 'PATCH', body: { keywords } };
  const answer = await stage.postern.json(PatchedEmailSchema, caller, path, options);
  expect(path.endsWith(`/${answer.id}`)).toBe(true);
  return answer.keywords;
}

describe.each(encrypted)('over %s', (security) => {
  it('sets and takes away keywords, leaves the others alone, and tells which there are then', async () => {
    const caller = await stage.callerWith([letter('one'), letter('other')], security);
    const [, path = ''] = await stage.paths(caller);
    const program = await stage.program(caller);
    const steps = [
      [{ $seen: true }, { $seen: true }],
      [
        { $flagged: true, $answered: true },
        { $seen: true, $flagged: true, $answered: true },
      ],
      [
        { $flagged: null, $draft: true },
        { $seen: true, $answered: true, $draft: true },
      ],
      [{ $seen: null, $answered: null, $draft: null, 'my-own.word': true }, { 'my-own.word': true }],
      [{ $Forwarded: true, 'my-own.word': null }, { $forwarded: true }],
      [{ $deleted: true, $forwarded: null }, { $deleted: true }],
      [{ $deleted: null, constructor: true }, { constructor: true }],
      [{ constructor: null }, {}],
    ] as const;
    for (const [change, after] of steps) {
      expect(await patched(caller, path, change)).toEqual(after);
      expect((await stage.read(caller, path)).keywords).toEqual(after);
      const flags = await program.flags();
      const asKeywords = (flags[1] ?? []).map((flag) => flag.toLowerCase().replace(/^\\/, '$'));
      expect(asKeywords.sort(), 'seen by another program').toEqual(Object.keys(after).sort());
      expect(flags[2], 'the other message').toEqual([]);
    }
  });
});

it('changes nothing but what is named, when another program marks the message at the same time', async () => {
  const caller = await stage.callerWith([letter('one')]);
  const path = first(await stage.paths(caller));
  const program = await stage.program(caller);
  for (let round = 0; round < 5; round++) {
    await program.command(`STORE 1 +FLAGS.SILENT (theirs${round})`);
    const keywords = await patched(caller, path, { [`ours${round}`]: true });
    expect(keywords).toMatchObject({ [`theirs${round}`]: true, [`ours${round}`]: true });
  }
  expect((await program.flags())[1]).toHaveLength(10);
});

it('answers alike when a keyword is set already, or was never there', async () => {
  const caller = await stage.callerWith([letter('one')]);
  const path = first(await stage.paths(caller));
  for (let count = 0; count < 2; count++) {
    expect(await patched(caller, path, { $seen: true, never: null })).toEqual({ $seen: true });
  }
});

it('finds no message that is not there, or that another program has just expunged', async () => {
  const caller = await stage.callerWith([letter('one'), letter('two')]);
  const [newest = '', oldest = ''] = await stage.paths(caller);
  const options = { method: 'PATCH', body: { keywords: { $seen: true } } };
  const program = await stage.program(caller);
  await program.expunge(1);
  for (const path of [oldest, newest.replace(/2$/, '99'), newest.replace(/2$/, 'x')]) {
    const problem = await stage.postern.problem('message-not-found', caller, path, options);
    expect(problem.status).toBe(404);
  }
  expect(await program.flags()).toEqual({ 2: [] });
  const gone = newest.replace(/(\d+)\.2$/, (_, validity) => `${Number(validity) + 1}.2`);
  await stage.postern.problem('state-gone', caller, gone, options);
});

describe('a server that refuses', () => {
  const options = { method: 'PATCH', body: { keywords: { $seen: true, $flagged: null } } };
  const path = `${messagesPath('inbox')}/1000.1`;

  it.each([
    ['[NOPERM]', 'permission-denied', 403],
    ['[READ-ONLY]', 'permission-denied', 403],
    ['[LIMIT]', 'server-limit-reached', 429],
    ['[INUSE]', 'server-busy', 503],
    ['', 'command-refused', 502],
  ])('with %s has changed nothing, and is told as it is', async (code, kind, status) => {
    const answer = (command: string) => (command.startsWith('UID STORE') ? `$ NO ${code} no\r\n` : undefined);
    const server = await startImapServer({ messages: [letter('1')], answer });
    expect((await stage.postern.problem(kind, server.caller(), path, options)).status).toBe(status);
    expect(server.commands.filter((command) => command.startsWith('UID STORE'))).toHaveLength(1);
    await server.stop();
  });

  it('to take a keyword away after it has set another is told with what the message is marked with now', async () => {
    const answer = (command: string) => (command.includes('-FLAGS') ? '$ NO [LIMIT] no\r\n' : undefined);
    const server = await startImapServer({ messages: [letter('1')], answer });
    server.inbox[0]?.flags.add('\\Flagged');
    const problem = await stage.postern.problem('partly-done', server.caller(), path, options);
    expect(problem).toMatchObject({ status: 502, command: 'UID STORE', responseCode: 'LIMIT', copy: null });
    expect(problem).toMatchObject({ keywords: { $seen: true, $flagged: true } });
    await server.stop();
  });

  it('because the mailbox is read-only is not even asked', async () => {
    const readOnly = '* 1 EXISTS\r\n* OK [UIDVALIDITY 1000]\r\n$ OK [READ-ONLY] selected\r\n';
    const answer = (command: string) => (command.startsWith('SELECT') ? readOnly : undefined);
    const server = await startImapServer({ messages: [letter('1')], answer });
    await stage.postern.problem('permission-denied', server.caller(), path, options);
    expect(server.commands.filter((command) => command.startsWith('UID STORE'))).toEqual([]);
    await server.stop();
  });
});

describe('a body that is wrong', () => {
  const cases = [
    [{ keywords: { 'two words': true } }, 'keywords.two words'],
    [{ keywords: { 'a)b': true } }, 'keywords.a)b'],
    [{ keywords: { 'a\r\nb': true } }, 'keywords.a\r\nb'],
    [{ keywords: { '\\Seen': true } }, 'keywords.\\Seen'],
    [{ keywords: { ключ: true } }, 'keywords.ключ'],
    [{ keywords: { '': true } }, 'keywords.'],
    [{ keywords: { ['x'.repeat(256)]: true } }, `keywords.${'x'.repeat(256)}`],
    [{ keywords: { $seen: false } }, 'keywords.$seen'],
    [{ keywords: { $seen: 'yes' } }, 'keywords.$seen'],
    [{ keywords: {} }, 'keywords'],
    [{ keywords: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, true])) }, 'keywords'],
    [{ keywords: ['$seen'] }, 'keywords'],
    [{}, 'body'],
    [{ keywords: { $seen: true }, mailboxId: null }, 'mailboxId'],
    [{ keywords: { $seen: true }, mailbox: 'trash' }, 'mailbox'],
    [[], 'body'],
    [null, 'body'],
    ['text', 'body'],
  ] as const;

  it.each(cases)('as %j is refused, and the field is named', async (body, field) => {
    const caller = await stage.callerWith([letter('one')]);
    const path = first(await stage.paths(caller));
    const problem = await stage.postern.problem('request-invalid', caller, path, { method: 'PATCH', body });
    expect(problem.status).toBe(400);
    expect(problem.errors).toMatchObject([{ in: 'body', field, message: expect.stringMatching(/^[A-Z].*\.$/) }]);
    expect((await stage.read(caller, path)).keywords).toEqual({});
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'multipart/form-data; boundary=x'])(
    'of the type %s is not taken for JSON',
    async (type) => {
      const caller = await stage.callerWith([letter('one')]);
      const path = first(await stage.paths(caller));
      const options = { method: 'PATCH', body: { keywords: { $seen: true } }, headers: { 'Content-Type': type } };
      const problem = await stage.postern.problem('media-type-unsupported', caller, path, options);
      expect(problem).toMatchObject({ status: 415, expected: 'application/json' });
      expect((await stage.read(caller, path)).keywords).toEqual({});
    },
  );

  it('that is no JSON, too large or not there is refused', async () => {
    const caller = await stage.callerWith([letter('one')]);
    const path = first(await stage.paths(caller));
    const send = async (body: string | null): Promise<unknown> => {
      const authorization = `Basic ${Buffer.from(`${caller.user}:${caller.password}`).toString('base64')}`;
      const headers = { Authorization: authorization, 'Mail-Server': caller.mailServer };
      const typed = body === null ? headers : { ...headers, 'Content-Type': 'application/json' };
      const response = await fetch(stage.postern.url + path, { method: 'PATCH', headers: typed, body });
      return response.json();
    };
    expect(await send('{"keywords":')).toMatchObject({ type: '/problems/request-invalid', errors: [{ in: 'body' }] });
    expect(await send(null)).toMatchObject({ type: '/problems/request-invalid', errors: [{ in: 'body' }] });
    const large = JSON.stringify({ keywords: { $seen: true }, padding: 'x'.repeat(1_100_000) });
    expect(await send(large)).toMatchObject({ type: '/problems/body-too-large', status: 413, limitBytes: 1_048_576 });
    expect((await stage.read(caller, path)).keywords).toEqual({});
  });
});
