/**
 * Moving on servers that refuse, lack or lose something on the way: the message is never gone, and what is there twice is
 * told.
 */
import { describe, expect, it } from 'vitest';
import { PatchedEmailSchema } from '../../src/mailbox/schema/changing.ts';
import type { ImapScript, ImapServer } from '../support/imap-script.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const path = `${messagesPath('inbox')}/1000.2`;
const trashId = 'mb_VHJhc2g';
const previous = { id: '1000.2', mailboxId: 'mb_SU5CT1g', keywords: {} };
const toTrash = { method: 'PATCH', body: { mailboxId: 'trash' } };
const copyOnly: ImapScript = { capabilities: ['UIDPLUS'] };
const withMove: ImapScript = { capabilities: ['UIDPLUS', 'MOVE'] };

const stage = imapScriptStage({ messages: ['1', '2', '3'].map((label) => letter(label)) });
const { serve } = stage;

/** A server that says this to the first command that is like that. */
const answering = (script: ImapScript, pattern: RegExp, answer: string): Promise<ImapServer> => {
  let isFirst = true;
  return serve({
    ...script,
    answer: (command) => {
      if (!isFirst || !pattern.test(command)) return undefined;
      isFirst = false;
      return answer;
    },
  });
};

/** A server whose connection ends when such a command comes for the first time. */
const losing = (script: ImapScript, pattern: RegExp): Promise<ImapServer> => {
  let isFirst = true;
  return serve({
    ...script,
    answer: (command, socket) => {
      if (!isFirst || !pattern.test(command)) return undefined;
      isFirst = false;
      socket.destroy();
      return null;
    },
  });
};

const flags = (server: ImapServer) => Object.fromEntries(server.inbox.map((one) => [one.uid, [...one.flags]]));
const untouched = { 1: [], 2: [], 3: [] };
const changing = (server: ImapServer) =>
  server.commands.filter((command) => /^(UID )?(STORE|COPY|MOVE|EXPUNGE|CLOSE)/.test(command));

it('copies first and expunges just that one, where there is UIDPLUS and no MOVE', async () => {
  const server = await serve(copyOnly);
  server.inbox[0]?.flags.add('\\Deleted');
  const answer = await stage.postern.json(PatchedEmailSchema, server.caller(), path, toTrash);
  expect(answer).toEqual({ id: '1000.70', mailboxId: trashId, keywords: {}, previous });
  expect(flags(server)).toEqual({ 1: ['\\Deleted'], 3: [] });
  expect(changing(server)).toEqual(['UID COPY 2 "Trash"', 'UID STORE 2 +FLAGS (\\Deleted)', 'UID EXPUNGE 2']);
});

it('changes nothing where there is neither MOVE nor UIDPLUS, not even a keyword', async () => {
  const server = await serve({});
  for (const body of [{ mailboxId: 'trash' }, { mailboxId: 'trash', keywords: { $seen: true } }]) {
    const problem = await stage.postern.problem('unsupported-by-server', server.caller(), path, {
      method: 'PATCH',
      body,
    });
    expect(problem).toMatchObject({ status: 422, feature: 'MOVE or UIDPLUS' });
  }
  expect(changing(server)).toEqual([]);
  expect(flags(server)).toEqual(untouched);
});

describe.each([
  ['UID MOVE', withMove],
  ['UID COPY', copyOnly],
] as const)('a server that refuses %s', (command, script) => {
  it.each([
    ['[TRYCREATE]', 'mailbox-not-found', { status: 404, field: 'mailboxId' }],
    ['[NONEXISTENT]', 'mailbox-not-found', { status: 404, field: 'mailboxId' }],
    ['[NOPERM]', 'permission-denied', { status: 403, command }],
    ['[READ-ONLY]', 'permission-denied', { status: 403, command }],
    ['[OVERQUOTA]', 'over-quota', { status: 507 }],
    ['[LIMIT]', 'server-limit-reached', { status: 429, limitedBy: 'mail-server' }],
    ['[UNAVAILABLE]', 'server-busy', { status: 503, command }],
    ['[INUSE]', 'server-busy', { status: 503, command }],
    ['', 'command-refused', { status: 502, command, responseCode: null }],
    ['[CANNOT]', 'command-refused', { status: 502, command, responseCode: 'CANNOT' }],
  ])('with %s is told as it is, and the message is untouched', async (code, kind, members) => {
    const server = await answering(script, new RegExp(`^${command}`), `$ NO ${code} canary-subject-Kp3Vw\r\n`);
    expect(await stage.postern.problem(kind, server.caller(), path, toTrash)).toMatchObject(members);
    expect(flags(server)).toEqual(untouched);
    expect(server.trash).toEqual([]);
    expect(changing(server)).toEqual([`${command} 2 "Trash"`]);
  });
});

it.each([
  ['UID MOVE', withMove],
  ['UID COPY', copyOnly],
] as const)('asks whether the mailbox is missing when %s is refused without a reason', async (command, script) => {
  const answer = (sent: string) => (sent.startsWith(command) || sent.startsWith('STATUS') ? '$ NO no\r\n' : undefined);
  const server = await serve({ ...script, answer });
  const problem = await stage.postern.problem('mailbox-not-found', server.caller(), path, toTrash);
  expect(problem).toMatchObject({ status: 404, field: 'mailboxId' });
  expect(flags(server)).toEqual(untouched);
});

it('tells that the marks were set when the move after them is refused', async () => {
  const server = await answering(withMove, /^UID MOVE/, '$ NO [OVERQUOTA] no\r\n');
  const body = { mailboxId: 'trash', keywords: { $seen: true } };
  const problem = await stage.postern.problem('partly-done', server.caller(), path, { method: 'PATCH', body });
  expect(problem).toMatchObject({ status: 502, command: 'UID MOVE', keywords: { $seen: true }, copy: null });
  expect(flags(server)).toEqual({ ...untouched, 2: ['\\Seen'] });
});

describe('a copy whose original cannot be removed', () => {
  const copy = { id: '1000.70', mailboxId: trashId };

  it.each([
    ['UID STORE', /^UID STORE/],
    ['UID EXPUNGE', /^UID EXPUNGE/],
  ])('is told of, and the original is as it was (%s refused)', async (command, pattern) => {
    const server = await answering(copyOnly, pattern, '$ NO [NOPERM] no\r\n');
    const problem = await stage.postern.problem('partly-done', server.caller(), path, toTrash);
    expect(problem).toMatchObject({ status: 502, command, keywords: {}, copy });
    expect(flags(server)).toEqual(untouched);
    expect(server.trash).toHaveLength(1);
  });

  it('leaves a mark that somebody else had set', async () => {
    const server = await answering(copyOnly, /^UID EXPUNGE/, '$ NO no\r\n');
    server.inbox[1]?.flags.add('\\Deleted');
    const problem = await stage.postern.problem('partly-done', server.caller(), path, toTrash);
    expect(problem).toMatchObject({ keywords: { $deleted: true }, copy });
    expect(flags(server)).toEqual({ ...untouched, 2: ['\\Deleted'] });
  });

  it('says so when the mark cannot be taken off again', async () => {
    const refuse = (command: string) => (/EXPUNGE|-FLAGS/.test(command) ? '$ NO no\r\n' : undefined);
    const server = await serve({ ...copyOnly, answer: refuse });
    const problem = await stage.postern.problem('partly-done', server.caller(), path, toTrash);
    expect(problem).toMatchObject({ command: 'UID EXPUNGE', keywords: { $deleted: true }, copy });
  });

  it('says that nobody knows when the connection is lost over it', async () => {
    const server = await serve({
      ...copyOnly,
      answer: (command, socket) => {
        if (command.includes('-FLAGS')) socket.destroy();
        return command.includes('EXPUNGE') ? '$ NO no\r\n' : command.includes('-FLAGS') ? null : undefined;
      },
    });
    const call = { method: 'PATCH', body: { mailboxId: 'trash', keywords: { $seen: true } } };
    const problem = await stage.postern.problem('partly-done', server.caller(), path, call);
    expect(problem).toMatchObject({ command: 'UID EXPUNGE', keywords: null, copy });
  });

  it('is told of when the server only says that it expunged', async () => {
    const server = await answering(copyOnly, /^UID EXPUNGE/, '$ OK done\r\n');
    const problem = await stage.postern.problem('partly-done', server.caller(), path, toTrash);
    expect(problem).toMatchObject({ command: 'UID EXPUNGE', responseCode: null, copy });
    expect(flags(server)).toEqual(untouched);
  });
});

/** What lies in the trash, by UID. */
const inTrash = (server: ImapServer) => Object.fromEntries(server.trash.map((one) => [one.uid, [...one.flags].sort()]));

describe.each([
  ['MOVE', withMove],
  ['COPY', copyOnly],
] as const)('a message that is marked as deleted (%s)', (command, script) => {
  const marked = async (answer: ImapScript['answer']): Promise<ImapServer> => {
    const server = await serve({ ...script, ...(answer === undefined ? {} : { answer }) });
    server.inbox[1]?.flags.add('\\Deleted').add('\\Flagged');
    return server;
  };

  it('arrives without that mark', async () => {
    const server = await marked(undefined);
    const answer = await stage.postern.json(PatchedEmailSchema, server.caller(), path, toTrash);
    expect(answer).toMatchObject({ id: '1000.70', keywords: { $flagged: true } });
    expect(answer.keywords).not.toHaveProperty('$deleted');
    expect(inTrash(server)).toEqual({ 70: ['\\Flagged'] });
  });

  it('arrives with it when that is what was asked for', async () => {
    const server = await marked(undefined);
    const body = { mailboxId: 'trash', keywords: { $deleted: true } };
    const answer = await stage.postern.json(PatchedEmailSchema, server.caller(), path, { method: 'PATCH', body });
    expect(answer.keywords).toEqual({ $flagged: true, $deleted: true });
    expect(inTrash(server)).toEqual({ 70: ['\\Deleted', '\\Flagged'] });
  });

  it('is marked again when it cannot be moved', async () => {
    const server = await marked((sent) => (sent.startsWith(`UID ${command}`) ? '$ NO [OVERQUOTA] no\r\n' : undefined));
    await stage.postern.problem('over-quota', server.caller(), path, toTrash);
    expect(flags(server)).toEqual({ ...untouched, 2: ['\\Flagged', '\\Deleted'] });
    expect(server.trash).toEqual([]);
  });

  it('and cannot be marked again is told as it is', async () => {
    const server = await marked((sent) =>
      sent.startsWith(`UID ${command}`) || sent.includes('+FLAGS') ? '$ NO [OVERQUOTA] no\r\n' : undefined,
    );
    const problem = await stage.postern.problem('partly-done', server.caller(), path, toTrash);
    expect(problem).toMatchObject({ command: `UID ${command}`, keywords: { $flagged: true }, copy: null });
    expect(problem['keywords']).not.toHaveProperty('$deleted');
    expect(flags(server)).toEqual({ ...untouched, 2: ['\\Flagged'] });
  });

  it.each([
    ['$ NO [NOPERM] no\r\n', 'permission-denied'],
    ['$ OK and nothing done\r\n', 'command-refused'],
  ])('stays where it is when the mark cannot be taken off (%j)', async (refusal, kind) => {
    const server = await marked((sent) => (sent.includes('-FLAGS') ? refusal : undefined));
    const problem = await stage.postern.problem(kind, server.caller(), path, toTrash);
    expect(problem).toMatchObject({ command: 'UID STORE' });
    expect(flags(server)).toEqual({ ...untouched, 2: ['\\Deleted', '\\Flagged'] });
    expect(server.trash).toEqual([]);
  });
});

it('moves to the trash unmarked what an earlier deletion has marked and not expunged', async () => {
  const server = await losing(copyOnly, /^UID EXPUNGE/);
  await stage.postern.problem('connection-lost', server.caller(), `${path}?permanent=true`, { method: 'DELETE' });
  expect(flags(server)).toEqual({ ...untouched, 2: ['\\Deleted'] });
  expect((await stage.postern.call(server.caller(), path, { method: 'DELETE' })).status).toBe(200);
  expect(inTrash(server)).toEqual({ 70: [] });
});

describe('a copy that an earlier move has left', () => {
  const halfMoved = async (answer: ImapScript['answer'] = () => undefined): Promise<ImapServer> => {
    let isLost = false;
    const server = await serve({
      ...copyOnly,
      answer: (command, socket) => {
        if (isLost || !command.startsWith('UID STORE')) return isLost ? answer(command, socket) : undefined;
        isLost = true;
        socket.destroy();
        return null;
      },
    });
    server.inbox[1]?.flags.add('old');
    await stage.postern.problem('connection-lost', server.caller(), path, toTrash);
    expect(inTrash(server)).toEqual({ 70: ['old'] });
    server.inbox[1]?.flags.delete('old');
    server.inbox[1]?.flags.add('\\Seen');
    return server;
  };

  it('gets the keywords that the message has by now', async () => {
    const server = await halfMoved();
    const answer = await stage.postern.json(PatchedEmailSchema, server.caller(), path, toTrash);
    expect(answer).toMatchObject({ id: '1000.70', keywords: { $seen: true } });
    expect(inTrash(server)).toEqual({ 70: ['\\Seen'] });
    expect(flags(server)).toEqual({ 1: [], 3: [] });
  });

  it('is told of, and the message stays, when it cannot get them', async () => {
    const server = await halfMoved((sent) => (sent.startsWith('UID STORE 70') ? '$ NO [LIMIT] no\r\n' : undefined));
    const problem = await stage.postern.problem('partly-done', server.caller(), path, toTrash);
    expect(problem).toMatchObject({ command: 'UID STORE', responseCode: 'LIMIT', keywords: { $seen: true } });
    expect(problem['copy']).toEqual({ id: '1000.70', mailboxId: trashId });
    expect([server.inbox.length, server.trash.length]).toEqual([3, 1]);
  });

  it('is not made again when nobody can look whether it is there', async () => {
    const server = await halfMoved((sent) => (sent.startsWith('SELECT "Trash"') ? '$ NO [INUSE] no\r\n' : undefined));
    await stage.postern.problem('server-busy', server.caller(), path, toTrash);
    expect([server.inbox.length, server.trash.length]).toEqual([3, 1]);
  });
});

describe('a move that a lost connection leaves half-way', () => {
  it.each([['UID STORE'], ['UID EXPUNGE']])('goes on from the copy when it is repeated (%s lost)', async (lost) => {
    const server = await losing(copyOnly, new RegExp(`^${lost}`));
    await stage.postern.problem('connection-lost', server.caller(), path, toTrash);
    expect([server.inbox.length, server.trash.length]).toEqual([3, 1]);
    const answer = await stage.postern.json(PatchedEmailSchema, server.caller(), path, toTrash);
    expect(answer).toMatchObject({ id: '1000.70', mailboxId: trashId });
    expect([server.inbox.length, server.trash.length]).toEqual([2, 1]);
    expect(server.commands.filter((command) => command.startsWith('UID COPY'))).toHaveLength(1);
  });

  it('is copied again when the copy has gone meanwhile', async () => {
    const server = await losing(copyOnly, /^UID STORE/);
    await stage.postern.problem('connection-lost', server.caller(), path, toTrash);
    server.trash.splice(0);
    await stage.postern.json(PatchedEmailSchema, server.caller(), path, toTrash);
    expect([server.inbox.length, server.trash.length]).toEqual([2, 1]);
  });

  it('is not sent again by itself', async () => {
    const server = await losing(withMove, /^UID MOVE/);
    await stage.postern.problem('connection-lost', server.caller(), path, toTrash);
    expect(changing(server)).toEqual(['UID MOVE 2 "Trash"']);
  });
});

it.each([
  ['UID COPY', copyOnly],
  ['UID MOVE', withMove],
] as const)('moves a message once that is asked for three times at once (%s)', async (command, script) => {
  let release: (() => void) | undefined;
  const server: ImapServer = await serve({
    ...script,
    answer: (sent, socket) => {
      if (sent.startsWith(command) && release === undefined) {
        // The first is not answered before the others had the time to do the same.
        socket.cork();
        release = () => socket.uncork();
      }
      const message = server.inbox.find(({ uid }) => uid === 2);
      if (!sent.startsWith('UID MOVE') || message === undefined) return undefined;
      // As real servers do, and unlike the script.
      server.inbox.splice(server.inbox.indexOf(message), 1);
      server.trash.push({ ...message, uid: 70 });
      return '* OK [COPYUID 1000 2 70] moved\r\n$ OK done\r\n';
    },
  });
  const answering = [1, 2, 3].map(() => stage.postern.call(server.caller(), path, toTrash));
  await until(
    () => release !== undefined && server.commands.filter((sent) => sent.startsWith('UID FETCH 2')).length > 2,
  );
  const elsewhere = await serve({});
  for (let count = 0; count < 3; count++) {
    await (await stage.postern.call(elsewhere.caller(), messagesPath('inbox'))).arrayBuffer();
  }
  release?.();
  const answers = await Promise.all(answering);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
  for (const answer of answers) await answer.arrayBuffer();
  expect([server.inbox.length, server.trash.length]).toEqual([2, 1]);
  expect(server.commands.filter((sent) => sent.startsWith(command))).toHaveLength(1);
});

/** Resolves when it is so; the test's own deadline ends the wait. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a server that says OK', () => {
  it('and does not tell where the message went leaves its new id unknown', async () => {
    const server: ImapServer = await serve({
      capabilities: ['MOVE'],
      answer: (command) => {
        if (!command.startsWith('UID MOVE')) return undefined;
        server.inbox.splice(1, 1);
        return '$ OK moved\r\n';
      },
    });
    const answer = await stage.postern.json(PatchedEmailSchema, server.caller(), path, toTrash);
    expect(answer).toEqual({ id: null, mailboxId: trashId, keywords: {}, previous });
  });

  it('and moves nothing is not believed', async () => {
    const server = await answering(withMove, /^UID MOVE/, '$ OK moved\r\n');
    const problem = await stage.postern.problem('command-refused', server.caller(), path, toTrash);
    expect(problem).toMatchObject({ status: 502, command: 'UID MOVE' });
  });

  it('and copies nothing, since the message was expunged in that moment, is not believed', async () => {
    const server: ImapServer = await serve({
      ...copyOnly,
      answer: (command) => {
        if (!command.startsWith('UID COPY')) return undefined;
        server.inbox.splice(1, 1);
        return '$ OK copied\r\n';
      },
    });
    await stage.postern.problem('message-not-found', server.caller(), path, toTrash);
    expect(changing(server)).toEqual(['UID COPY 2 "Trash"']);
  });
});

it('moves nothing out of a mailbox that is read-only', async () => {
  const server = await answering(
    withMove,
    /^SELECT/,
    '* 3 EXISTS\r\n* OK [UIDVALIDITY 1000]\r\n$ OK [READ-ONLY] selected\r\n',
  );
  const problem = await stage.postern.problem('permission-denied', server.caller(), path, toTrash);
  expect(problem).toMatchObject({ status: 403, command: 'UID MOVE' });
  expect(changing(server)).toEqual([]);
});
