/**
 * Are changes told right, or not at all, where a server has ways of its own?
 */
import { describe, expect, it } from 'vitest';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import type { ImapScript, ImapServer } from '../support/imap-script.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { changesOf, changesPath } from '../support/sync-client.ts';

const stage = imapScriptStage({ messages: ['1', '2', '3'].map((label) => letter(label)) });

const qresync = ['ENABLE', 'CONDSTORE', 'QRESYNC'];

const begin = async (server: ImapServer): Promise<string> => (await changesOf(stage.postern, server.caller())).newState;

const since = (server: ImapServer, state: string, maxChanges = 500) =>
  changesOf(stage.postern, server.caller(), 'inbox', state, maxChanges);

const pathSince = (state: string): string => `${changesPath('inbox')}?since=${state}`;

const uidsOf = (ids: readonly string[]): number[] => ids.map((id) => Number(id.split('.')[1]));

/** A server that counts changes, and tells what `told` says between SELECT and its end. */
function counting(told: (command: string, selects: number) => string, more: ImapScript['answer'] = () => undefined) {
  let selects = 0;
  const answer: ImapScript['answer'] = (command, socket) => {
    if (/^ENABLE/.test(command)) return '* ENABLED QRESYNC\r\n$ OK\r\n';
    if (!/^SELECT/.test(command)) return more(command, socket);
    selects += 1;
    return `* 3 EXISTS\r\n* OK [UIDVALIDITY 1000]\r\n${told(command, selects)}$ OK [READ-WRITE] selected\r\n`;
  };
  return { capabilities: qresync, answer };
}

const told = (modseq: number, rest = ''): string => `* OK [UIDNEXT 4]\r\n* OK [HIGHESTMODSEQ ${modseq}]\r\n${rest}`;

describe('a server that does not do what it announces is asked for all flags', () => {
  const refusing = (refused: RegExp) => (command: string) => (refused.test(command) ? '$ BAD what?\r\n' : undefined);
  const selecting =
    (line: string): ImapScript['answer'] =>
    (command) =>
      command.startsWith('SELECT')
        ? `* 3 EXISTS\r\n* OK [UIDVALIDITY 1000]\r\n* OK [UIDNEXT 4]\r\n${line}$ OK selected\r\n`
        : undefined;
  const notEnabled = counting(() => told(0)).answer;

  it.each<[string, readonly string[], ImapScript['answer']]>([
    ['CONDSTORE without HIGHESTMODSEQ', ['CONDSTORE'], selecting('')],
    ['HIGHESTMODSEQ 0', ['CONDSTORE'], selecting('* OK [HIGHESTMODSEQ 0]\r\n')],
    ['NOMODSEQ', ['CONDSTORE'], selecting('* OK [HIGHESTMODSEQ 7]\r\n* OK [NOMODSEQ] none\r\n')],
    ['a HIGHESTMODSEQ that is none', ['CONDSTORE'], selecting('* OK [HIGHESTMODSEQ -1]\r\n')],
    ['CONDSTORE, and no parameter of SELECT', ['CONDSTORE'], refusing(/\(CONDSTORE\)/)],
    ['QRESYNC, and no ENABLE', qresync, refusing(/^ENABLE/)],
    ['QRESYNC, and enables something else', qresync, (command) => (/^ENABLE/.test(command) ? '$ OK\r\n' : undefined)],
    ['QRESYNC without HIGHESTMODSEQ', qresync, notEnabled],
  ])('%s', async (_, capabilities, answer) => {
    const server = await stage.serve({ capabilities, ...(answer === undefined ? {} : { answer }) });
    const state = await begin(server);
    server.inbox[1]?.flags.add('\\Flagged');
    expect(await since(server, state)).toMatchObject({ created: [], updated: ['1000.2'], destroyed: [] });
  });
});

describe('a count of changes', () => {
  it.each([
    ['runs backwards', told(6)],
    ['is not told any more', '* OK [UIDNEXT 4]\r\n'],
    ['stays, and UIDNEXT runs backwards', '* OK [UIDNEXT 3]\r\n* OK [HIGHESTMODSEQ 7]\r\n'],
  ])('that %s is 410', async (_, later) => {
    const server = await stage.serve(counting((command) => (command.includes('(QRESYNC (') ? later : told(7))));
    const problem = await stage.postern.problem('state-gone', server.caller(), pathSince(await begin(server)));
    expect(problem.status).toBe(410);
  });

  it('of a mailbox that got another UIDVALIDITY between two SELECTs is 410', async () => {
    const server = await stage.serve({
      ...counting(() => told(7)),
      answer: (command, socket) => {
        const usual = counting(() => told(7)).answer?.(command, socket);
        return command.includes('(QRESYNC (') ? String(usual).replace('1000', '2000') : usual;
      },
    });
    await stage.postern.problem('state-gone', server.caller(), pathSince(await begin(server)));
  });
});

it('begins anew in another way where SELECT does not take what is known', async () => {
  const usual = counting(() => told(7));
  const server = await stage.serve({
    capabilities: ['ENABLE', 'QRESYNC'],
    answer: (command, socket) => {
      if (command.includes('(QRESYNC (')) return '$ BAD what?\r\n';
      if (command.startsWith('UID FETCH')) return '$ OK\r\n';
      return command.startsWith('UID SEARCH') ? '* SEARCH 1 2 3\r\n$ OK\r\n' : usual.answer?.(command, socket);
    },
  });
  await stage.postern.problem('state-gone', server.caller(), pathSince(await begin(server)));
  expect(await since(server, await begin(server))).toMatchObject({ created: [], destroyed: [], hasMoreChanges: false });
});

describe('what has vanished', () => {
  const vanishing = (set: string, rows = '') =>
    counting((command) =>
      command.includes('(QRESYNC (') ? told(9, `* VANISHED (EARLIER) ${set}\r\n${rows}`) : told(7),
    );

  it('may be told with messages that never were, and is told up to those that could be known', async () => {
    const server = await stage.serve(vanishing('2,4:90,3'));
    expect(uidsOf((await since(server, await begin(server))).destroyed)).toEqual([2, 3]);
  });

  // As Dovecot 2.3 tells of a message that is expunged in that moment. HIGHESTMODSEQ counts it already: it is not told again.
  it('is believed also of a message that is told of as well', async () => {
    const server = await stage.serve(vanishing('1:3', '* 1 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (9))\r\n'));
    const { updated, destroyed } = await since(server, await begin(server));
    expect([uidsOf(updated), uidsOf(destroyed)]).toEqual([[], [1, 2, 3]]);
  });

  it('may be all that there can be, and comes in answers of the size that was asked for', async () => {
    const huge = counting((command) =>
      command.includes('(QRESYNC (')
        ? '* OK [UIDNEXT 4294967295]\r\n* OK [HIGHESTMODSEQ 9]\r\n* VANISHED (EARLIER) 1:4294967295,1:4294967295\r\n'
        : '* OK [UIDNEXT 4294967295]\r\n* OK [HIGHESTMODSEQ 7]\r\n',
    );
    const server = await stage.serve({
      ...huge,
      answer: (command, socket) =>
        command.startsWith('UID FETCH')
          ? '* VANISHED (EARLIER) 1:4294967295\r\n$ OK\r\n'
          : huge.answer?.(command, socket),
    });
    const first = await since(server, await begin(server), 3);
    expect([uidsOf(first.destroyed), first.hasMoreChanges]).toEqual([[1, 2, 3], true]);
    expect(uidsOf((await since(server, first.newState, 3)).destroyed)).toEqual([4, 5, 6]);
  });

  it.each(['x', '0', '1:y', '4294967296'])('is a violation as %j', async (set) => {
    const server = await stage.serve(vanishing(set));
    await stage.postern.problem('protocol-violated', server.caller(), pathSince(await begin(server)));
  });
});

describe('a change that cannot be read is not left out', () => {
  it.each([
    ['a row that cannot be parsed', '* 1 FETCH (UID 1 FLAGS (\\Seen MODSEQ (9))\r\n'],
    ['a row without MODSEQ', '* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n'],
    ['a row with a MODSEQ that is none', '* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (x))\r\n'],
  ])('%s', async (_, row) => {
    const server = await stage.serve(counting((command) => (command.includes('(QRESYNC (') ? told(9, row) : told(7))));
    await stage.postern.problem('protocol-violated', server.caller(), pathSince(await begin(server)));
  });

  it('a message that is missing from all flags', async () => {
    let isLeavingOut = false;
    const server = await stage.serve({
      answer: (command) =>
        isLeavingOut && command.startsWith('UID FETCH 1:')
          ? '* 1 FETCH (UID 1 FLAGS ())\r\n* 3 FETCH (UID 3 FLAGS ())\r\n$ OK\r\n'
          : undefined,
    });
    const state = await begin(server);
    isLeavingOut = true;
    await stage.postern.problem('protocol-violated', server.caller(), pathSince(state));
  });

  it('a message that is missing from all UIDs, or counted twice', async () => {
    let found = '* SEARCH 1 2 3\r\n';
    const server = await stage.serve({
      ...counting(
        () => told(7),
        (command) => (command.startsWith('UID SEARCH') ? `${found}$ OK\r\n` : undefined),
      ),
      capabilities: ['CONDSTORE'],
    });
    const state = await begin(server);
    for (found of ['* SEARCH 1 3\r\n', '* SEARCH 1 3 3\r\n', '', '* SEARCH 1 x 3\r\n']) {
      await stage.postern.problem('protocol-violated', server.caller(), pathSince(state));
    }
  });
});

it('tells what has changed alone where a server answers with all messages', async () => {
  const rows = [1, 2, 3].map((uid) => `* ${uid} FETCH (UID ${uid} FLAGS () MODSEQ (${uid === 2 ? 9 : 5}))\r\n`);
  const server = await stage.serve({
    ...counting(
      () => told(7),
      (command) =>
        command.startsWith('UID SEARCH')
          ? '* ESEARCH (TAG "x") UID ALL 1:3\r\n$ OK\r\n'
          : command.startsWith('UID FETCH')
            ? `${rows.join('')}$ OK\r\n`
            : undefined,
    ),
    capabilities: ['CONDSTORE', 'ESEARCH'],
  });
  expect(await since(server, await begin(server))).toMatchObject({ created: [], updated: ['1000.2'], destroyed: [] });
});

it('follows UIDs that run backwards', async () => {
  const server = await stage.serve();
  for (const [index, uid] of [9, 5, 3].entries()) {
    server.inbox[index] = { uid, bytes: letter(`${uid}`), flags: new Set() };
  }
  const state = await begin(server);
  server.inbox.push({ uid: 2, bytes: letter('2'), flags: new Set() });
  expect(await since(server, state)).toMatchObject({ created: ['1000.2'], updated: [], destroyed: [] });
});

it('begins and goes on with an empty mailbox of a server that refuses to fetch all of nothing', async () => {
  const server = await stage.serve({
    messages: [],
    answer: (command) => (command.startsWith('UID FETCH') ? '$ BAD no messages\r\n' : undefined),
  });
  expect(await since(server, await begin(server))).toMatchObject({ created: [], updated: [], destroyed: [] });
});

it('is 422 where a server gives no UIDVALIDITY, and a listing has no state then', async () => {
  const server = await stage.serve({
    answer: (command) => (command.startsWith('SELECT') ? '* 3 EXISTS\r\n$ OK selected\r\n' : undefined),
  });
  const problem = await stage.postern.problem('unsupported-by-server', server.caller(), changesPath('inbox'));
  expect(problem).toMatchObject({ status: 422, feature: 'UIDVALIDITY' });
  const page = await stage.postern.call(server.caller(), messagesPath('inbox'));
  expect(await page.json()).toMatchObject({ state: null, total: 3 });
});

it('asks a new connection when the warm one has died in silence', async () => {
  const sockets = new Set<unknown>();
  let isDead = false;
  const server = await stage.serve({
    // So that others' changes are told to a mailbox that stays selected.
    capabilities: ['UIDPLUS'],
    answer: (_command, socket) => {
      sockets.add(socket);
      return isDead && sockets.size === 1 ? null : undefined;
    },
  });
  const state = await begin(server);
  isDead = true;
  expect(await since(server, state)).toMatchObject({ updated: [] });
  expect(server.connections).toBe(2);
});

it('goes on from a listing where SELECT left off, although rows have told of later changes: not of all that came before', async () => {
  // During FETCH a server may tell that 2 was marked, and must not tell that 1 was expunged before that.
  const news = '* 2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (12))\r\n';
  const gone = '* VANISHED (EARLIER) 1\r\n';
  const server = await stage.serve(
    counting(
      (command) => (command.includes('QRESYNC') ? told(12, command.includes('(1000 7)') ? gone : '') : told(7)),
      (command, socket) => {
        if (command.startsWith('FETCH')) socket.write(news);
        return undefined;
      },
    ),
  );
  const page = await stage.postern.json(EmailPageSchema, server.caller(), messagesPath('inbox'));
  expect(uidsOf((await since(server, page.state ?? '')).destroyed)).toEqual([1]);
});
