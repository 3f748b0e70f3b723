/**
 * Maildrops and mailboxes that are not as they should be: is nothing deleted that is not proven to be safe elsewhere?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { gathered, heldBy } from '../support/consolidation.ts';
import { startAppendServer } from '../support/imap-append.ts';
import { startStoreServer } from '../support/imap-store.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { multiLine } from '../support/pop-bytes.ts';
import { type AnswerTo, instead, type PopScript, type PopServer, withPopServer } from '../support/pop-script.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller } from '../support/postern.ts';

const messages = ['a', 'b', 'c'].map((uidl) => ({ uidl, bytes: letter(`letter-${uidl}`) }));
const digestsOf = (...bytes: readonly Uint8Array[]): string[] => bytes.map(sha256Of).sort();
const all = digestsOf(...messages.map(({ bytes }) => bytes));
const nul = { uidl: 'n', bytes: Buffer.concat([letter('nul'), Buffer.from('\0\r\n')]) };

/** What each session has said to the server between login and the end. */
const sessionsOf = ({ commands }: PopServer): string[][] =>
  commands
    .join('\n')
    .split(/^CAPA$/m)
    .slice(1)
    .map((text) => text.split('\n').filter((line) => /^(RETR|DELE|QUIT)/.test(line)));

describe('a maildrop', () => {
  const stage = popStage();
  const mailbox = async (...letters: readonly Uint8Array[]): Promise<Caller> => {
    const caller = await stage.host.caller('imap');
    await stage.deliver(caller, ...letters);
    return caller;
  };
  const withServer = (script: PopScript, use: (server: PopServer, into: Caller) => Promise<void>) =>
    withPopServer({ messages, ...script }, async (server) => use(server, await mailbox()));
  const held = async (into: Caller) => (await heldBy(stage.host.dovecot, into))[0];

  it('has what was retrieved and stays not hidden by QUIT: the others are deleted in a session of their own', async () => {
    await withServer({ messages: [...messages, nul] }, async (server, into) => {
      const { end, troubles } = await gathered(stage.postern, [server.caller()], into);
      expect(troubles).toEqual(['0: request-invalid']);
      expect(end).toMatchObject({ stored: 3, deleted: 3, failed: 1 });
      expect(sessionsOf(server)).toEqual([
        ['RETR 1', 'RETR 2', 'RETR 3', 'RETR 4'],
        ['DELE 1', 'DELE 2', 'DELE 3', 'QUIT'],
      ]);
      expect(server.messages).toEqual([nul]);
      expect(await held(into)).toEqual(all);
    });
  });

  it('that is kept is left without QUIT', async () => {
    await withServer({}, async (server, into) => {
      expect((await gathered(stage.postern, [server.caller()], into, { keep: true })).end).toMatchObject({ stored: 3 });
      expect(sessionsOf(server)).toEqual([['RETR 1', 'RETR 2', 'RETR 3']]);
      expect(server.messages).toHaveLength(3);
    });
  });

  it('is emptied where a message is refused to us, which was never retrieved, in one session all the same', async () => {
    await withServer({ answer: instead('RETR 2', '-ERR not for you\r\n') }, async (server, into) => {
      const { end, troubles, of } = await gathered(stage.postern, [server.caller()], into);
      expect(troubles).toEqual(['0: command-refused']);
      expect(of('error')[0]?.uidl).toBe('b');
      expect(end).toMatchObject({ stored: 2, deleted: 2, failed: 1, isComplete: false });
      expect(sessionsOf(server)).toHaveLength(1);
      expect(server.messages.map(({ uidl }) => uidl)).toEqual(['b']);
    });
  });

  const twins = [
    { uidl: 'twin', bytes: letter('first-twin') },
    { uidl: 'single', bytes: letter('single') },
    { uidl: 'twin', bytes: letter('second-twin') },
  ];

  it('in which two messages have the same UIDL hands over both, and is empty then', async () => {
    await withServer({ messages: twins }, async (server, into) => {
      const { end } = await gathered(stage.postern, [server.caller()], into);
      expect(end).toMatchObject({ stored: 3, deleted: 3, isComplete: true });
      expect(server.messages).toEqual([]);
      expect(await held(into)).toEqual(digestsOf(...twins.map(({ bytes }) => bytes)));
    });
  });

  it('has neither of two with the same UIDL deleted for the other where they cannot be told apart, and both in time', async () => {
    await withServer({ messages: [...twins, nul] }, async (server, into) => {
      const { of, end } = await gathered(stage.postern, [server.caller()], into);
      const [deleted] = of('deleted');
      expect(deleted?.deleted).toBe(1);
      expect(deleted?.notDeleted.map(({ uidl, problem }) => [uidl, problem.type])).toEqual([
        ['twin', '/problems/uidl-not-unique'],
        ['twin', '/problems/uidl-not-unique'],
      ]);
      expect(end).toMatchObject({ stored: 3, isComplete: false });
      expect(server.messages.map(({ uidl }) => uidl)).toEqual(['twin', 'twin', 'n']);
      const again = await gathered(stage.postern, [server.caller()], into);
      expect(again.end).toMatchObject({ stored: 0, thereAlready: 2 });
      expect(await held(into)).toEqual(digestsOf(...twins.map(({ bytes }) => bytes)));
    });
  });

  it('that takes no second login so soon keeps what is stored, and the next call deletes it', async () => {
    let logins = 0;
    const answer: AnswerTo = (command) => {
      if (!command.startsWith('PASS')) return undefined;
      logins += 1;
      return logins === 2 ? '-ERR [LOGIN-DELAY] too soon\r\n' : undefined;
    };
    const spooled = [...messages, nul];
    await withServer({ messages: spooled, answer }, async (server, into) => {
      const { of, end } = await gathered(stage.postern, [server.caller()], into);
      expect(of('deleted')[0]?.notDeleted.map(({ problem }) => problem.type)).toEqual(
        messages.map(() => '/problems/login-unavailable'),
      );
      expect(end).toMatchObject({ stored: 3, deleted: 0, isComplete: false });
      expect(server.messages).toEqual(spooled);
      const again = await gathered(stage.postern, [server.caller()], into);
      expect(again.end).toMatchObject({ stored: 0, thereAlready: 3, deleted: 3 });
      expect(await held(into)).toEqual(all);
    });
  });

  it.each(['-ERR some are left\r\n', null])('is not said to be empty when QUIT is answered by %j', async (answer) => {
    const answerTo: AnswerTo = (command, socket) => {
      if (command !== 'QUIT') return undefined;
      if (answer === null) socket.destroy();
      return answer;
    };
    await withServer({ answer: answerTo }, async (server, into) => {
      const { of, end } = await gathered(stage.postern, [server.caller()], into);
      expect(of('deleted')[0]).toMatchObject({ deleted: 0, notDeleted: messages.map(({ uidl }) => ({ uidl })) });
      expect(end).toMatchObject({ stored: 3, deleted: 0, isComplete: false });
    });
  });

  it('that breaks off in a message keeps that one, and those before it are deleted', async () => {
    const answer: AnswerTo = (command, socket) => {
      if (command !== 'RETR 3') return undefined;
      socket.end(Buffer.concat([Buffer.from('+OK\r\n'), multiLine(letter('c')).subarray(0, 100)]));
      return null;
    };
    await withServer({ answer }, async (server, into) => {
      const { end, troubles } = await gathered(stage.postern, [server.caller()], into);
      expect(troubles).toEqual(['0: connection-lost', '0: connection-lost']);
      expect(end).toMatchObject({ stored: 2, deleted: 2, failed: 1, isComplete: false });
      expect(server.messages.map(({ uidl }) => uidl)).toEqual(['c']);
    });
  });

  const large = Buffer.concat([letter('large'), Buffer.from(`${'y'.repeat(76)}\r\n`.repeat(60_000))]);

  it('is asked twice for a message that is too large to be held, and sends it once', async () => {
    await withServer({ messages: [...messages, { uidl: 'l', bytes: large }] }, async (server, into) => {
      expect((await gathered(stage.postern, [server.caller()], into)).end).toMatchObject({ stored: 4, deleted: 4 });
      expect(sessionsOf(server)[0]?.filter((line) => line === 'RETR 4')).toHaveLength(2);
      expect(await held(into)).toEqual(digestsOf(large, ...messages.map(({ bytes }) => bytes)));
    });
  });

  it('keeps a large message that is another one the second time, and nothing of it is stored', async () => {
    let asked = 0;
    const answer: AnswerTo = (command) => {
      if (command !== 'RETR 1') return undefined;
      asked += 1;
      const served = Buffer.from(large);
      if (asked === 2) served[served.length - 3] = 0x7a;
      return Buffer.concat([Buffer.from('+OK\r\n'), multiLine(served)]);
    };
    await withServer({ messages: [{ uidl: 'l', bytes: large }, ...messages], answer }, async (server, into) => {
      const { end, troubles } = await gathered(stage.postern, [server.caller()], into);
      expect(troubles).toEqual(['0: protocol-violated']);
      expect(end).toMatchObject({ stored: 3, deleted: 3, failed: 1 });
      expect(server.messages.map(({ uidl }) => uidl)).toEqual(['l']);
      expect(await held(into)).toEqual(all);
    });
  });

  it('that may show the mailbox itself, by names and numbers that tell nothing, is left as it is', async () => {
    await withServer({}, async (server) => {
      const into = await stage.callerWith(messages.map(({ bytes }) => bytes));
      const { of, end } = await gathered(stage.postern, [server.caller()], stage.host.as(into, 'imap', 'cleartext'));
      expect(of('deleted')[0]?.notDeleted.map(({ problem }) => problem.type)).toEqual(
        messages.map(() => '/problems/copy-unproven'),
      );
      expect(end).toMatchObject({ stored: 0, thereAlready: 3, deleted: 0, failed: 0, isComplete: false });
      expect(server.messages.map(({ uidl }) => uidl)).toEqual(['a', 'b', 'c']);
      expect(sessionsOf(server).flat()).not.toContain('QUIT');
      // What was found is no copy the next time either.
      expect((await gathered(stage.postern, [server.caller()], stage.host.as(into, 'imap', 'cleartext'))).end).toEqual(
        end,
      );
    });
  });

  it('of the same account of Gmail as the mailbox is left as it is, though Gmail says that it has stored what it had', async () => {
    const server = await startStoreServer({ capabilities: 'UIDPLUS X-GM-EXT-1' });
    try {
      // X-GM-MSGID of what is added first is 1001 there.
      await withServer({ messages: [{ uidl: 'GmailId3e9', bytes: letter('mine') }] }, async (maildrop) => {
        const { troubles, end } = await gathered(stage.postern, [maildrop.caller()], server.caller());
        expect(troubles).toEqual(['0: same-mailbox']);
        expect(end).toMatchObject({ deleted: 0, isComplete: false });
        expect(maildrop.messages).toHaveLength(1);
      });
      await withServer({ messages: [{ uidl: 'GmailId3e9', bytes: letter('another') }] }, async (maildrop) => {
        expect((await gathered(stage.postern, [maildrop.caller()], server.caller())).end).toMatchObject({ deleted: 1 });
      });
    } finally {
      await server.stop();
    }
  });

  it('that shows the mailbox itself is left as it is', async () => {
    const both = await stage.callerWith([letter('mine'), letter('and mine')]);
    const into = stage.host.as(both, 'imap', 'cleartext');
    const maildrop = stage.host.as(both, 'pop3', 'cleartext');
    // By another name, so that it is not seen in the request.
    const other = { ...maildrop, mailServer: maildrop.mailServer.replace('localhost', '127.0.0.1') };
    const { end, troubles } = await gathered(stage.postern, [other], into);
    expect(troubles).toEqual(['0: same-mailbox']);
    expect(end).toMatchObject({ stored: 0, deleted: 0, isComplete: false });
    expect(await held(into)).toEqual(digestsOf(letter('mine'), letter('and mine')));
  });
});

describe('a mailbox', () => {
  const stage = popStage();

  it.each([
    [
      'has no room left',
      '$ NO [OVERQUOTA] full\r\n',
      ['0: over-quota', '0: over-quota', '0: over-quota', 'into: over-quota'],
    ],
    ['is gone', '$ NO [TRYCREATE] no such mailbox\r\n', ['0: mailbox-not-found', 'into: mailbox-not-found']],
  ])('that %s ends it, and all stays in the maildrops', async (_what, answer, expected) => {
    const from = await stage.callerWith(messages.map(({ bytes }) => bytes));
    const next = await stage.callerWith([letter('next')]);
    const server = await startAppendServer({ onCommand: () => answer });
    try {
      const { troubles, end } = await gathered(stage.postern, [from, next], server.caller());
      expect(troubles).toEqual(expected);
      expect(end).toMatchObject({ stored: 0, deleted: 0, isComplete: false });
      expect(await heldBy(stage.host.dovecot, from, next)).toEqual([all, digestsOf(letter('next'))]);
    } finally {
      await server.stop();
    }
  });
});
