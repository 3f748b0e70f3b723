/**
 * Pruning at servers that lack something, refuse something, or are slow: does exactly that go which they have agreed to?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { aged, pruned, prunePath } from '../support/pop-aged.ts';
import { downloaded } from '../support/pop-client.ts';
import { type AnswerTo, instead, type PopScript, type PopServer, withPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const unknown = '-ERR unknown command\r\n';
const spool = (...days: readonly number[]) =>
  days.map((day) => ({ uidl: `d${day}`, bytes: aged(`${day}`, { received: day }) }));
const left = (server: PopServer) => server.messages.map(({ uidl }) => uidl);
const old = { olderThanDays: 7 };

const withServer = (script: PopScript, use: (server: PopServer) => Promise<void>) =>
  withPopServer({ messages: spool(30, 20, 10, 2, 1), capabilities: ['PIPELINING', 'TOP', 'UIDL'], ...script }, use);
const said = ({ commands }: PopServer, verb: string) => commands.filter((command) => command.startsWith(verb));

describe('without TOP', () => {
  const withoutTop: PopScript = { capabilities: ['PIPELINING'], answer: instead('TOP', unknown) };

  it('cannot tell ages, says so, and deletes nothing', async () => {
    await withServer(withoutTop, async (server) => {
      for (const body of [old, { ...old, keepNewest: 1 }]) {
        const problem = await postern.problem('unsupported-by-server', server.caller(), prunePath, { body });
        expect(problem).toMatchObject({ status: 422, feature: 'TOP' });
      }
      expect(left(server)).toHaveLength(5);
      expect(said(server, 'DELE')).toEqual([]);
    });
  });

  it.each([[['PIPELINING']], [undefined]])(
    'deletes all but the newest, and gives no dates (%j)',
    async (capabilities) => {
      const { answer } = withoutTop;
      const script = { messages: spool(30, 20, 10), ...(capabilities === undefined ? {} : { capabilities }) };
      await withPopServer({ ...script, ...(answer === undefined ? {} : { answer }) }, async (server) => {
        const { messages, deleted } = await pruned(postern, server.caller(), { keepNewest: 2 });
        expect([messages.map(({ date, datedBy }) => [date, datedBy]), deleted]).toEqual([[[null, null]], 1]);
        expect(left(server)).toEqual(['d20', 'd10']);
      });
    },
  );
});

it.each([
  ['TOP of it is refused', '-ERR damaged\r\n'],
  ['its header says nothing', '+OK\r\n\r\n.\r\n'],
])('keeps a message when %s, and takes the others', async (_when, answer) => {
  await withServer({ answer: instead('TOP 2 ', answer) }, async (server) => {
    expect(await pruned(postern, server.caller(), old)).toMatchObject({ deleted: 2, kept: 3 });
    expect(left(server)).toEqual(['d20', 'd2', 'd1']);
  });
});

it('does not take one header that is refused for a server without TOP', async () => {
  const answer = instead('TOP 11 ', '-ERR what?\r\n');
  await withPopServer(
    { messages: spool(...Array.from({ length: 11 }, (_, index) => 40 - index)), answer },
    async (server) => {
      expect(await pruned(postern, server.caller(), old)).toMatchObject({ deleted: 10, kept: 1 });
      expect(left(server)).toEqual(['d30']);
    },
  );
});

it('is busy, and deletes nothing, when a header is refused for now', async () => {
  await withServer({ answer: instead('TOP 2 ', '-ERR [SYS/TEMP] later\r\n') }, async (server) => {
    await postern.problem('server-busy', server.caller(), prunePath, { body: old });
    expect([left(server).length, said(server, 'DELE')]).toEqual([5, []]);
  });
});

describe('deletes by number, so exactly what it has looked at', () => {
  it('where two messages have one UIDL', async () => {
    const twins = [...spool(30, 2)].map(({ bytes }) => ({ uidl: 'same', bytes }));
    await withServer({ messages: twins }, async (server) => {
      const { messages, deleted } = await pruned(postern, server.caller(), old);
      expect([deleted, messages.map(({ uidl }) => uidl)]).toEqual([1, ['same']]);
      expect(server.messages).toEqual([twins[1]]);
    });
  });

  it('where there is no UIDL, and two messages have one header', async () => {
    const twin = (uidl: string) => ({ uidl, bytes: aged('twin', { received: 30 }) });
    const answer = instead('UIDL', unknown);
    const script = { messages: [twin('one'), twin('two'), ...spool(1)], capabilities: ['TOP', 'PIPELINING'], answer };
    await withServer(script, async (server) => {
      const { messages, deleted } = await pruned(postern, server.caller(), { keepNewest: 2 });
      expect([deleted, messages.map(({ uidl }) => uidl)]).toEqual([1, [null]]);
      expect(left(server)).toEqual(['two', 'd1']);
    });
  });

  it('where numbers are missing', async () => {
    const rows = (text: string): string => `+OK\r\n${text}.\r\n`;
    const gaps: AnswerTo = (command) => {
      if (command === 'UIDL') return rows('1 d30\r\n3 d10\r\n5 d1\r\n');
      return command === 'LIST' ? rows('1 10\r\n3 10\r\n5 10\r\n') : undefined;
    };
    await withServer({ answer: gaps }, async (server) => {
      expect((await pruned(postern, server.caller(), old)).deleted).toBe(2);
      expect(left(server)).toEqual(['d20', 'd2', 'd1']);
    });
  });
});

it('tells of each message that the server does not let go, and deletes the others', async () => {
  await withServer({ answer: instead('DELE 2', '-ERR read-only\r\n') }, async (server) => {
    const { deleted, kept, messages, notDeleted } = await pruned(postern, server.caller(), old);
    expect([deleted, kept, messages.map(({ uidl }) => uidl)]).toEqual([2, 3, ['d30', 'd10']]);
    expect(notDeleted.map(({ uidl, datedBy, problem }) => [uidl, datedBy, problem.type])).toEqual([
      ['d20', 'received', '/problems/command-refused'],
    ]);
    expect(left(server)).toEqual(['d20', 'd2', 'd1']);
  });
});

it.each([
  ['is refused', '-ERR some deleted messages not removed\r\n', 'command-refused'],
  ['is answered with garbage', 'bye\r\n', 'protocol-violated'],
])('tells nothing as deleted when QUIT %s', async (_how, answer, kind) => {
  await withServer({ answer: instead('QUIT', answer) }, async (server) => {
    await postern.problem(kind, server.caller(), prunePath, { body: old });
    expect(left(server)).toHaveLength(5);
  });
});

it('neither quits nor deletes when there is nothing to delete, or as a dry run', async () => {
  await withServer({}, async (server) => {
    await pruned(postern, server.caller(), { olderThanDays: 60 });
    await pruned(postern, server.caller(), { ...old, dryRun: true });
    expect([said(server, 'QUIT'), said(server, 'DELE'), said(server, 'RETR')]).toEqual([[], [], []]);
  });
});

it('looks no further than the first message that is young', async () => {
  const many = [
    ...spool(30, 20),
    ...Array.from({ length: 300 }, (_, index) => spool(3)[0] ?? { uidl: `${index}`, bytes: aged('x', {}) }),
  ];
  const messages = many.map(({ bytes }, index) => ({ uidl: `${index}`, bytes }));
  await withServer({ messages }, async (server) => {
    expect((await pruned(postern, server.caller(), old)).deleted).toBe(2);
    expect(said(server, 'TOP')).toHaveLength(100);
  });
});

it('takes no more than one call may, says so, and comes to an end by being called again', async () => {
  const messages = Array.from({ length: 1_250 }, (_, index) => ({
    uidl: `u${index}`,
    bytes: aged(`${index}`, { received: 100 - index / 100 }),
  }));
  await withServer({ messages }, async (server) => {
    const first = await pruned(postern, server.caller(), { keepNewest: 50 });
    expect([first.deleted, first.kept, first.hasMore]).toEqual([1_000, 250, true]);
    const second = await pruned(postern, server.caller(), { keepNewest: 50 });
    expect([second.deleted, second.kept, second.hasMore]).toEqual([200, 50, false]);
    expect(left(server)).toEqual(messages.slice(-50).map(({ uidl }) => uidl));
  });
});

it('takes fewer where each message takes round trips of its own', async () => {
  const messages = Array.from({ length: 130 }, (_, index) => ({
    uidl: `u${index}`,
    bytes: aged('x', { received: 30 }),
  }));
  await withServer({ messages, capabilities: ['TOP', 'UIDL'] }, async (server) => {
    expect(await pruned(postern, server.caller(), old)).toMatchObject({ deleted: 100, kept: 30, hasMore: true });
    expect(await pruned(postern, server.caller(), old)).toMatchObject({ deleted: 30, kept: 0, hasMore: false });
  });
});

it('does not ask to be called again where the server lets none go', async () => {
  const messages = Array.from({ length: 130 }, (_, index) => ({
    uidl: `u${index}`,
    bytes: aged('x', { received: 30 }),
  }));
  await withServer({ messages, capabilities: ['TOP'], answer: instead('DELE', '-ERR no\r\n') }, async (server) => {
    const { deleted, hasMore, notDeleted } = await pruned(postern, server.caller(), old);
    expect([deleted, hasMore, notDeleted.length]).toEqual([0, false, 100]);
    expect(said(server, 'QUIT')).toEqual([]);
  });
});

it('leaves a receipt good that was given before: what it has deleted is already gone', async () => {
  await withServer({}, async (server) => {
    const { receipt } = await downloaded(postern, server.caller());
    expect((await pruned(postern, server.caller(), old)).deleted).toBe(3);
    const body = { receipt: receipt?.receipt };
    const answer = await postern.json(AcknowledgedSchema, server.caller(), '/v1/pop/downloads/ack', { body });
    expect(answer).toMatchObject({ deleted: 2, alreadyGone: 3 });
  });
});
