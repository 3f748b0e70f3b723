/**
 * A server that lacks UIDL or TOP: what still works, and is what cannot be done honestly refused?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { MaildropEmailSchema, MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { letter } from '../support/mail.ts';
import { downloaded } from '../support/pop-client.ts';
import { type AnswerTo, instead, type PopScript, type PopServer, withPopServer } from '../support/pop-script.ts';
import { type Caller, type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const list = '/v1/pop/messages';
const ack = '/v1/pop/downloads/ack';
const remove = { method: 'DELETE' };
const unknown = '-ERR unknown command\r\n';
const noUidl = instead('UIDL', unknown);
const neither: AnswerTo = (command) => (/^(UIDL|TOP)/.test(command) ? unknown : undefined);
const spool = (...labels: readonly string[]) => labels.map((label) => ({ uidl: label, bytes: letter(label) }));
const messages = spool('a', 'b', 'c');

const withServer = (script: PopScript, use: (server: PopServer) => Promise<void>) =>
  withPopServer({ messages, answer: noUidl, ...script }, use);
const left = (server: PopServer) => server.messages.map(({ uidl }) => uidl);
const pageOf = (caller: Caller, query = '') => postern.json(MaildropPageSchema, caller, `${list}${query}`);
const idsOf = async (caller: Caller) => (await pageOf(caller)).messages.map(({ id }) => id);
const acknowledge = (caller: Caller, receipt: string | undefined) =>
  postern.json(AcknowledgedSchema, caller, ack, { body: { receipt } });

describe.each([
  ['no CAPA', undefined],
  ['CAPA', ['TOP']],
  ['PIPELINING', ['TOP', 'PIPELINING']],
] as const)('without UIDL, with %s', (_name, capabilities) => {
  const script: PopScript = capabilities === undefined ? {} : { capabilities };

  it('lists ids that are the same in every session, and no UIDL', async () => {
    await withServer(script, async (server) => {
      const page = await pageOf(server.caller(), '?headers=true');
      expect(page.messages.map(({ uidl }) => uidl)).toEqual([null, null, null]);
      expect(page.messages.map(({ subject }) => subject?.at(-1))).toEqual(['a', 'b', 'c']);
      expect(new Set(page.messages.map(({ id }) => id)).size).toBe(3);
      expect(await idsOf(server.caller())).toEqual(page.messages.map(({ id }) => id));
    });
  });

  it('reads and deletes by id the message that it was made of, whatever its number is now', async () => {
    await withServer(script, async (server) => {
      const [first, second, third] = await idsOf(server.caller());
      expect((await postern.call(server.caller(), `${list}/${first}`, remove)).status).toBe(204);
      const email = await postern.json(MaildropEmailSchema, server.caller(), `${list}/${third}`);
      expect(email).toMatchObject({ id: third, uidl: null, text: 'This is c.\n' });
      expect((await postern.call(server.caller(), `${list}/${second}`, remove)).status).toBe(204);
      expect(left(server)).toEqual(['c']);
      await postern.problem('message-not-found', server.caller(), `${list}/${second}`, remove);
      expect(left(server)).toEqual(['c']);
    });
  });

  it('deletes exactly what was downloaded, and that once', async () => {
    await withServer(script, async (server) => {
      const { messages, receipt } = await downloaded(postern, server.caller(), { limit: 2 });
      expect(messages.map(({ uidl, message }) => [uidl, message?.text])).toEqual([
        [null, 'This is a.\n'],
        [null, 'This is b.\n'],
      ]);
      expect(await acknowledge(server.caller(), receipt?.receipt)).toEqual({
        deleted: 2,
        alreadyGone: 0,
        notDeleted: [],
      });
      expect(await acknowledge(server.caller(), receipt?.receipt)).toEqual({
        deleted: 0,
        alreadyGone: 2,
        notDeleted: [],
      });
      expect(left(server)).toEqual(['c']);
    });
  });

  it('reads two messages of the same header and size, and deletes neither', async () => {
    const twins = [...spool('a'), ...['one', 'two'].map((body) => ({ uidl: body, bytes: letter('twin', body) }))];
    await withServer({ ...script, messages: twins }, async (server) => {
      const ids = await idsOf(server.caller());
      const texts: unknown[] = [];
      for (const id of ids)
        texts.push((await postern.json(MaildropEmailSchema, server.caller(), `${list}/${id}`)).text);
      expect(texts).toEqual(['This is a.\n', 'one\n', 'two\n']);
      for (const id of ids.slice(1)) await postern.problem('uidl-not-unique', server.caller(), `${list}/${id}`, remove);
      const { messages, errors, receipt } = await downloaded(postern, server.caller());
      expect(messages).toHaveLength(1);
      expect(errors.map(({ problem }) => problem.type)).toEqual(Array(2).fill('/problems/uidl-not-unique'));
      expect(await acknowledge(server.caller(), receipt?.receipt)).toMatchObject({ deleted: 1 });
      expect(left(server)).toEqual(['one', 'two']);
    });
  });

  it('neither deletes nor reads one of two of the same header and size for the other, which is gone', async () => {
    const twins = ['one', 'two'].map((body) => ({ uidl: body, bytes: letter('twin', body) }));
    await withServer({ ...script, messages: twins }, async (server) => {
      const ids = await idsOf(server.caller());
      twins.shift();
      for (const id of ids) {
        await postern.problem('uidl-not-unique', server.caller(), `${list}/${id}`, remove);
        await idsOf(server.caller());
        await postern.problem('message-not-found', server.caller(), `${list}/${id}`);
      }
      expect(left(server)).toEqual(['two']);
    });
  });

  it('lets no cache keep a message whose id another of the same header may have later', async () => {
    await withServer(script, async (server) => {
      const [id] = await idsOf(server.caller());
      const response = await postern.call(server.caller(), `${list}/${id}/raw`);
      await response.arrayBuffer();
      expect([response.headers.get('cache-control'), response.headers.has('etag')]).toEqual(['no-store', false]);
    });
  });

  it('tells messages of the same header apart by their size', async () => {
    const sized = ['short', 'longer'].map((body) => ({ uidl: body, bytes: letter('same', body) }));
    await withServer({ ...script, messages: sized }, async (server) => {
      const [, longer] = await idsOf(server.caller());
      expect((await postern.call(server.caller(), `${list}/${longer}`, remove)).status).toBe(204);
      expect(left(server)).toEqual(['short']);
    });
  });

  it('deletes the others when a message that cannot be told from a downloaded one has come since', async () => {
    const spooled = [...messages];
    await withServer({ ...script, messages: spooled }, async (server) => {
      const { messages: sent, receipt } = await downloaded(postern, server.caller());
      spooled.push({ uidl: 'new', bytes: letter('b', 'This is B.') });
      const body = { receipt: receipt?.receipt };
      const answer = await postern.json(AcknowledgedSchema, server.caller(), ack, { body });
      expect(answer).toMatchObject({ deleted: 2, alreadyGone: 0, notDeleted: [{ uidl: null }] });
      expect(answer.notDeleted.map(({ id, problem }) => [id, problem.type])).toEqual([
        [sent[1]?.id, '/problems/uidl-not-unique'],
      ]);
      expect(left(server)).toEqual(['b', 'new']);
    });
  });
});

it('names nothing by a header whose end is missing', async () => {
  const answer: AnswerTo = (command, socket) =>
    command === 'TOP 2 0' ? '+OK\r\nSubject: endless\r\n' : noUidl(command, socket);
  await withServer({ capabilities: ['TOP', 'PIPELINING'], answer }, async (server) => {
    await postern.problem('protocol-violated', server.caller(), list);
  });
});

describe('a refusal of UIDL that is no lack of it', () => {
  it.each([
    ['[SYS/TEMP] later', undefined, 'server-busy', 503],
    ['no', ['UIDL', 'TOP'], 'command-refused', 502],
  ] as const)('(%s, CAPA %j) makes no other ids', async (text, capabilities, kind, status) => {
    const script = capabilities === undefined ? {} : { capabilities };
    await withServer({ ...script, answer: instead('UIDL', `-ERR ${text}\r\n`) }, async (server) => {
      expect((await postern.problem(kind, server.caller(), list)).status).toBe(status);
    });
  });
});

describe('without UIDL and TOP', () => {
  it('says that messages cannot be told apart, and touches none', async () => {
    await withServer({ answer: neither }, async (server) => {
      for (const [path, call] of [
        [list, {}],
        [`${list}/YQ`, {}],
        [`${list}/YQ`, remove],
        ['/v1/pop/downloads', { body: {} }],
      ] as const) {
        const problem = await postern.problem('unsupported-by-server', server.caller(), path, call);
        expect(problem).toMatchObject({ status: 422, feature: 'UIDL, or TOP to tell messages apart without it' });
      }
      expect(server.commands.filter((command) => /^(RETR|DELE|QUIT)/.test(command))).toEqual([]);
    });
  });

  it('still knows an empty maildrop', async () => {
    await withServer({ answer: neither, messages: [] }, async (server) => {
      expect(await pageOf(server.caller())).toMatchObject({ total: 0, messages: [] });
    });
  });

  it('is busy rather than unable when TOP is refused for now', async () => {
    const answer: AnswerTo = (command, socket) =>
      noUidl(command, socket) ?? instead('TOP', '-ERR [SYS/TEMP] later\r\n')(command, socket);
    await withServer({ answer }, async (server) => {
      await postern.problem('server-busy', server.caller(), list);
    });
  });
});

describe('without TOP', () => {
  const withUidls = (script: PopScript, use: (server: PopServer) => Promise<void>) =>
    withPopServer({ messages, ...script }, use);

  it('reads by RETR, and never says QUIT', async () => {
    await withUidls({ answer: instead('TOP', unknown) }, async (server) => {
      const email = await postern.json(MaildropEmailSchema, server.caller(), `${list}/Yg`);
      expect(email.text).toBe('This is b.\n');
      expect(server.commands).not.toContain('QUIT');
      expect(left(server)).toEqual(['a', 'b', 'c']);
      await postern.problem('unsupported-by-server', server.caller(), `${list}?headers=true`);
    });
  });

  it('is not where TOP is refused for now: nothing is retrieved', async () => {
    await withUidls({ answer: instead('TOP', '-ERR [SYS/TEMP] later\r\n') }, async (server) => {
      await postern.problem('server-busy', server.caller(), `${list}/Yg`);
      expect(server.commands.some((command) => command.startsWith('RETR'))).toBe(false);
    });
  });
});
