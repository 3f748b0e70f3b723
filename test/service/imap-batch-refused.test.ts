/**
 * Batches on servers that refuse, lack or leave out something: no outcome is told as success that is none.
 */
import { describe, expect, it } from 'vitest';
import { OutcomesSchema } from '../../src/mailbox/schema/changing.ts';
import type { ImapScript, ImapServer } from '../support/imap-script.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapScriptStage({ messages: ['1', '2', '3', '4'].map((label) => letter(label)) });
const copyOnly: ImapScript = { capabilities: ['UIDPLUS'] };
const withMove: ImapScript = { capabilities: ['UIDPLUS', 'MOVE'] };
const path = `${messagesPath('inbox')}/batch`;
const ids = ['1000.1', '1000.3', '1000.4'];
const toTrash = { ids, delete: 'trash' };

async function outcomes(server: ImapServer, body: unknown) {
  const response = await stage.postern.call(server.caller(), path, { body });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return OutcomesSchema.parse(JSON.parse(text)).outcomes;
}

/** A status, or the kind of a problem; and the new id. */
const short = (told: Awaited<ReturnType<typeof outcomes>>) =>
  told.map(({ status, newId, problem }) => problem?.type.replace('/problems/', '') ?? [status, newId]);

const changing = (server: ImapServer) =>
  server.commands.filter((command) => /^(UID )?(STORE|COPY|MOVE|EXPUNGE|CLOSE)/.test(command));
const flags = (server: ImapServer) => Object.fromEntries(server.inbox.map((one) => [one.uid, [...one.flags].sort()]));

it('copies all first and expunges just those, where there is UIDPLUS and no MOVE', async () => {
  const server = await stage.serve(copyOnly);
  server.inbox[1]?.flags.add('\\Deleted');
  server.inbox[2]?.flags.add('\\Deleted').add('kept');
  expect(short(await outcomes(server, toTrash))).toEqual([
    [200, '1000.70'],
    [200, '1000.71'],
    [200, '1000.72'],
  ]);
  expect(changing(server)).toEqual([
    'UID STORE 3 -FLAGS (\\Deleted)',
    'UID COPY 1,3:4 "Trash"',
    'UID STORE 1,3:4 +FLAGS (\\Deleted)',
    'UID EXPUNGE 1,3:4',
  ]);
  expect(flags(server)).toEqual({ 2: ['\\Deleted'] });
  expect(server.trash.map((message) => [...message.flags])).toEqual([[], ['kept'], []]);
});

it('expunges only what was copied, when the server tells of fewer copies than it was asked for', async () => {
  const answer = (command: string) =>
    command.startsWith('UID COPY') ? '$ OK [COPYUID 1000 1,4 81,82] copied\r\n' : undefined;
  const server = await stage.serve({ ...copyOnly, answer });
  expect(short(await outcomes(server, toTrash))).toEqual([[200, '1000.81'], 'command-refused', [200, '1000.82']]);
  expect(flags(server)).toEqual({ 2: [], 3: [] });
});

it.each([
  ['too few', '1,3:4 81:82'],
  ['too many', '1,3:4 81:84'],
  ['millions of', '1:4294967295 1:4294967295'],
  ['no', 'x y'],
])('expunges nothing when the server tells of %s copies', async (_, sets) => {
  const answer = (command: string) =>
    command.startsWith('UID COPY') ? `$ OK [COPYUID 1000 ${sets}] copied\r\n` : undefined;
  const server = await stage.serve({ ...copyOnly, answer });
  expect(short(await outcomes(server, toTrash))).toEqual(ids.map(() => 'command-refused'));
  expect(flags(server)).toEqual({ 1: [], 2: [], 3: [], 4: [] });
});

it('does not tell as moved what the server says it moved and is still there, nor what nobody has moved', async () => {
  const answer = (command: string) => {
    if (!command.startsWith('UID MOVE')) return undefined;
    server.inbox.splice(2, 1);
    return '* OK [COPYUID 1000 1 81] copied\r\n* 3 EXPUNGE\r\n$ OK done\r\n';
  };
  const server = await stage.serve({ ...withMove, answer });
  const told = await outcomes(server, toTrash);
  expect(short(told)).toEqual(['partly-done', 'message-not-found', 'command-refused']);
  expect(told[0]?.problem).toMatchObject({ command: 'UID MOVE', copy: { id: '1000.81' }, keywords: {} });
});

it('believes what MOVE told in several lines before it was refused', async () => {
  const answer = (command: string) => {
    if (!command.startsWith('UID MOVE')) return undefined;
    server.inbox.splice(2, 1);
    server.inbox.splice(0, 1);
    return '* OK [COPYUID 1000 1 81]\r\n* OK [COPYUID 1000 3 82]\r\n* 3 EXPUNGE\r\n* 1 EXPUNGE\r\n$ NO [OVERQUOTA] full\r\n';
  };
  const server = await stage.serve({ ...withMove, answer });
  expect(short(await outcomes(server, toTrash))).toEqual([[200, '1000.81'], [200, '1000.82'], 'over-quota']);
});

describe.each([
  ['UID MOVE', withMove],
  ['UID COPY', copyOnly],
] as const)('%s that is refused', (command, script) => {
  it('leaves all as they were, the marks of deletion too', async () => {
    const answer = (sent: string) => (sent.startsWith(command) ? '$ NO [OVERQUOTA] full\r\n' : undefined);
    const server = await stage.serve({ ...script, answer });
    server.inbox[3]?.flags.add('\\Deleted');
    expect(short(await outcomes(server, toTrash))).toEqual(ids.map(() => 'over-quota'));
    expect(flags(server)).toEqual({ 1: [], 2: [], 3: [], 4: ['\\Deleted'] });
    expect(server.trash).toEqual([]);
  });

  it('after marking is told with what the messages are marked with', async () => {
    const answer = (sent: string) => (sent.startsWith(command) ? '$ NO [OVERQUOTA] full\r\n' : undefined);
    const server = await stage.serve({ ...script, answer });
    const told = await outcomes(server, { ids, patch: { mailboxId: 'trash', keywords: { $seen: true } } });
    expect(told.map(({ problem }) => problem)).toMatchObject(
      ids.map(() => ({ type: '/problems/partly-done', keywords: { $seen: true }, copy: null })),
    );
  });
});

describe('an EXPUNGE that', () => {
  it.each([
    ['is refused', '$ NO [NOPERM] no\r\n', 'permission-denied'],
    ['does nothing', '$ OK done\r\n', 'command-refused'],
  ])('%s leaves the messages without the mark, but for those that had it', async (_, said, kind) => {
    const answer = (command: string) => (command.startsWith('UID EXPUNGE') ? said : undefined);
    const server = await stage.serve({ ...copyOnly, answer });
    server.inbox[3]?.flags.add('\\Deleted');
    expect(short(await outcomes(server, { ids, delete: 'permanent' }))).toEqual(ids.map(() => kind));
    expect(flags(server)).toEqual({ 1: [], 2: [], 3: [], 4: ['\\Deleted'] });
  });

  it('is refused behind a copy is told with the copy of each', async () => {
    const answer = (command: string) => (command.startsWith('UID EXPUNGE') ? '$ NO [NOPERM] no\r\n' : undefined);
    const server = await stage.serve({ ...copyOnly, answer });
    const told = await outcomes(server, toTrash);
    expect(told.map(({ problem }) => problem)).toMatchObject(
      ['1000.70', '1000.71', '1000.72'].map((id) => ({ type: '/problems/partly-done', copy: { id } })),
    );
    expect(flags(server)).toEqual({ 1: [], 2: [], 3: [], 4: [] });
  });

  it('a lost connection leaves out goes on from the copies when it is repeated', async () => {
    let isFirst = true;
    const server = await stage.serve({
      ...copyOnly,
      answer: (command, socket) => {
        if (!isFirst || !command.startsWith('UID EXPUNGE')) return undefined;
        isFirst = false;
        socket.destroy();
        return null;
      },
    });
    expect(short(await outcomes(server, toTrash))).toEqual(ids.map(() => 'connection-lost'));
    expect([server.inbox.length, server.trash.length]).toEqual([4, 3]);
    expect(short(await outcomes(server, toTrash))).toEqual([70, 71, 72].map((uid) => [200, `1000.${uid}`]));
    expect([server.inbox.length, server.trash.length]).toEqual([1, 3]);
  });
});

it('tells of each what a STORE that was refused half-way has left', async () => {
  const answer = (command: string) => {
    if (!command.startsWith('UID STORE')) return undefined;
    server.inbox[0]?.flags.add('\\Seen').add('new');
    server.inbox[2]?.flags.add('\\Seen');
    return '$ NO [LIMIT] no\r\n';
  };
  const server = await stage.serve({ answer });
  const told = await outcomes(server, { ids, patch: { keywords: { $seen: true, new: true } } });
  expect(short(told)).toEqual([[200, undefined], 'partly-done', 'server-limit-reached']);
  expect(told[1]?.problem).toMatchObject({ keywords: { $seen: true }, copy: null });
});

it('copies and moves one after the other where copies are not told (no UIDPLUS)', async () => {
  const answer = (command: string) => {
    const [, verb, uid] = /^UID (COPY|MOVE) (\d+) /.exec(command) ?? [];
    if (verb === undefined) return undefined;
    const at = server.inbox.findIndex((message) => message.uid === Number(uid));
    const [message] = verb === 'MOVE' ? server.inbox.splice(at, 1) : [server.inbox[at]];
    if (message !== undefined) server.trash.push({ ...message, uid: 70 + server.trash.length });
    return verb === 'MOVE' ? `* ${at + 1} EXPUNGE\r\n$ OK done\r\n` : '$ OK done\r\n';
  };
  const server = await stage.serve({ capabilities: ['MOVE'], answer });
  expect(short(await outcomes(server, { ids, copyTo: 'trash' }))).toEqual(ids.map(() => [201, null]));
  expect(short(await outcomes(server, toTrash))).toEqual(ids.map(() => [200, null]));
  expect([server.inbox.length, server.trash.length]).toEqual([1, 6]);
  const commands = changing(server).filter((command) => !command.startsWith('UID STORE'));
  expect(commands).toEqual(['COPY', 'MOVE'].flatMap((verb) => [1, 3, 4].map((uid) => `UID ${verb} ${uid} "Trash"`)));
});

it.each([
  [toTrash, {}, 'MOVE or UIDPLUS'],
  [{ ids, delete: 'permanent' }, { capabilities: ['MOVE'] }, 'UIDPLUS'],
  [{ ids, patch: { mailboxId: 'trash' } }, {}, 'MOVE or UIDPLUS'],
  [{ ids, patch: { keywords: { mine: true } } }, { permanentFlags: '\\Seen' }, 'the keyword mine'],
] as const)('%j changes nothing where the server lacks it', async (body, script, feature) => {
  const server = await stage.serve(script);
  const problem = await stage.postern.problem('unsupported-by-server', server.caller(), path, { body });
  expect(problem).toMatchObject({ status: 422, feature });
  expect(changing(server)).toEqual([]);
});
