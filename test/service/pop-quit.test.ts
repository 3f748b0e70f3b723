/**
 * QUIT that is refused, or that nobody answers: some of the messages may be gone (RFC 1939 §6). Is each told as what it is?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { letter } from '../support/mail.ts';
import { downloaded } from '../support/pop-client.ts';
import { type AnswerTo, instead, type PopServer, withPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const ack = '/v1/pop/downloads/ack';
const idOf = (uidl: string) => Buffer.from(uidl).toString('base64url');

/** How it answers to QUIT, once: `gone` is what it has deleted by then. */
interface Ending {
  readonly quit: 'refused' | 'hung up' | 'garbage';
  readonly gone: readonly string[];
  /** What it says to the logins behind it, one after the other; then it takes them. */
  readonly logins?: readonly string[];
}

async function ending({ quit, gone, logins = [] }: Ending, use: (server: PopServer) => Promise<void>) {
  const spooled = ['a', 'b', 'c', 'd'].map((uidl) => ({ uidl, bytes: letter(uidl) }));
  const refusals = [...logins];
  let hasEnded = false;
  const answer: AnswerTo = (command, socket) => {
    if (command.startsWith('PASS') && hasEnded) return refusals.shift();
    if (command !== 'QUIT' || hasEnded) return undefined;
    hasEnded = true;
    for (const uidl of gone)
      spooled.splice(
        spooled.findIndex((message) => message.uidl === uidl),
        1,
      );
    if (quit === 'hung up') socket.destroy();
    return { refused: '-ERR [SYS/TEMP] some deleted messages not removed\r\n', 'hung up': null, garbage: 'bye\r\n' }[
      quit
    ];
  };
  await withPopServer({ messages: spooled, answer }, use);
}

async function receiptOf(server: PopServer): Promise<string> {
  const { receipt } = await downloaded(postern, server.caller(), { limit: 3 });
  return receipt?.receipt ?? 'none';
}

const kinds = { refused: 'command-refused', 'hung up': 'connection-lost', garbage: 'protocol-violated' } as const;
const quits = ['refused', 'hung up', 'garbage'] as const;

describe.each(quits)('QUIT that is %s', (quit) => {
  const type = `/problems/${kinds[quit]}`;

  it('is no success for what is still there, and none is told as deleted that is', async () => {
    await ending({ quit, gone: ['b'] }, async (server) => {
      const receipt = await receiptOf(server);
      const answer = await postern.json(AcknowledgedSchema, server.caller(), ack, { body: { receipt } });
      expect([answer.deleted, answer.alreadyGone]).toEqual([1, 0]);
      expect(answer.notDeleted).toMatchObject(['a', 'c'].map((uidl) => ({ id: idOf(uidl), uidl, problem: { type } })));
      const again = await postern.json(AcknowledgedSchema, server.caller(), ack, { body: { receipt } });
      expect(again).toEqual({ deleted: 2, alreadyGone: 1, notDeleted: [] });
      expect(server.messages.map(({ uidl }) => uidl)).toEqual(['d']);
    });
  });

  it('is a success for all when all are gone', async () => {
    await ending({ quit, gone: ['a', 'b', 'c'] }, async (server) => {
      const receipt = await receiptOf(server);
      const answer = await postern.json(AcknowledgedSchema, server.caller(), ack, { body: { receipt } });
      expect(answer).toEqual({ deleted: 3, alreadyGone: 0, notDeleted: [] });
    });
  });

  it.each([
    ['there', [], kinds[quit]],
    ['gone', ['a'], null],
  ] as const)('tells of one message that is %s as it is', async (_, gone, kind) => {
    await ending({ quit, gone }, async (server) => {
      const path = `/v1/pop/messages/${idOf('a')}`;
      if (kind !== null) await postern.problem(kind, server.caller(), path, { method: 'DELETE' });
      else expect((await postern.call(server.caller(), path, { method: 'DELETE' })).status).toBe(204);
    });
  });
});

it('never goes out behind a reply too many: nothing is deleted then, and nobody has to look', async () => {
  const messages = ['a', 'b'].map((uidl) => ({ uidl, bytes: letter(uidl) }));
  await withPopServer({ messages, answer: instead('DELE 2', '+OK\r\n+OK\r\n') }, async (server) => {
    const { receipt } = await downloaded(postern, server.caller());
    const call = { body: { receipt: receipt?.receipt } };
    await postern.problem('protocol-violated', server.caller(), ack, call);
    expect(server.messages).toHaveLength(2);
    expect(server.commands).not.toContain('QUIT');
    expect(server.connections).toBe(2);
  });
});

it.each(quits)('waits for the lock of the session whose QUIT was %s', async (quit) => {
  const locked = '-ERR [IN-USE] locked\r\n';
  await ending({ quit, gone: ['a'], logins: [locked, locked] }, async (server) => {
    const path = `/v1/pop/messages/${idOf('a')}`;
    expect((await postern.call(server.caller(), path, { method: 'DELETE' })).status).toBe(204);
  });
});

describe('where the server takes no further login so soon', () => {
  const logins = ['-ERR [LOGIN-DELAY] wait\r\n'];

  it('a refusal of QUIT leaves each of them in doubt', async () => {
    await ending({ quit: 'refused', gone: ['b'], logins }, async (server) => {
      const receipt = await receiptOf(server);
      const answer = await postern.json(AcknowledgedSchema, server.caller(), ack, { body: { receipt } });
      expect([answer.deleted, answer.alreadyGone]).toEqual([0, 0]);
      const problem = { type: '/problems/command-refused', command: 'QUIT', responseCode: 'SYS/TEMP' };
      expect(answer.notDeleted).toMatchObject(['a', 'b', 'c'].map((uidl) => ({ id: idOf(uidl), uidl, problem })));
      expect(answer.notDeleted[0]?.problem.detail).toMatch(/some messages may be deleted/);
    });
  });

  it('a connection that was lost is told as lost', async () => {
    await ending({ quit: 'hung up', gone: ['b'], logins }, async (server) => {
      const receipt = await receiptOf(server);
      const problem = await postern.problem('connection-lost', server.caller(), ack, { body: { receipt } });
      expect(problem.status).toBe(502);
    });
  });
});

describe('where UIDLs are others in the next session', () => {
  /** Deletes nothing. From the session on in which it refuses QUIT those of `changing` have other UIDLs. */
  function forgetting(
    quit: 'refused' | 'hung up',
    changing: readonly string[],
    use: (server: PopServer) => Promise<void>,
  ) {
    const messages = ['a', 'b', 'c'].map((uidl, index) => ({ uidl, bytes: letter(uidl.repeat(1 + index)) }));
    let hasEnded = false;
    const answer: AnswerTo = (command, socket) => {
      if (command === 'UIDL' && hasEnded) {
        const rows = messages.map(
          ({ uidl }, index) => `${index + 1} ${changing.includes(uidl) ? 'other-' : ''}${uidl}\r\n`,
        );
        return `+OK\r\n${rows.join('')}.\r\n`;
      }
      if (command !== 'QUIT') return undefined;
      hasEnded = true;
      if (quit === 'hung up') socket.destroy();
      return quit === 'hung up' ? null : '-ERR [SYS/TEMP] nothing was removed\r\n';
    };
    return withPopServer({ messages, answer }, use);
  }
  const changes = [
    ['of all, and some were to stay', 2, ['a', 'b', 'c']],
    ['of all, and none was to stay', 3, ['a', 'b', 'c']],
    ['of those alone that were to go', 2, ['a', 'b']],
  ] as const;

  it.each(changes)('(%s) a refusal of QUIT leaves each in doubt', async (_, limit, changing) => {
    await forgetting('refused', changing, async (server) => {
      const { receipt } = await downloaded(postern, server.caller(), { limit });
      const call = { body: { receipt: receipt?.receipt } };
      const answer = await postern.json(AcknowledgedSchema, server.caller(), ack, call);
      expect([answer.deleted, answer.alreadyGone, answer.notDeleted.length]).toEqual([0, 0, limit]);
    });
  });

  it.each(changes)('(%s) a connection that was lost is told as lost', async (_, limit, changing) => {
    await forgetting('hung up', changing, async (server) => {
      const { receipt } = await downloaded(postern, server.caller(), { limit });
      await postern.problem('connection-lost', server.caller(), ack, { body: { receipt: receipt?.receipt } });
      expect(server.messages).toHaveLength(3);
    });
  });
});

it('new mail does not keep those that are gone from being told as gone', async () => {
  const spooled = ['a', 'b'].map((uidl) => ({ uidl, bytes: letter(uidl) }));
  const answer: AnswerTo = (command, socket) => {
    if (command !== 'QUIT') return undefined;
    spooled.splice(0, 1, { uidl: 'new', bytes: letter('which is longer') });
    socket.destroy();
    return null;
  };
  await withPopServer({ messages: spooled, answer }, async (server) => {
    const call = { method: 'DELETE' };
    expect((await postern.call(server.caller(), `/v1/pop/messages/${idOf('a')}`, call)).status).toBe(204);
  });
});
