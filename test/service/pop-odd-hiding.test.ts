/**
 * A server that hides what was retrieved once that session has ended in order, as Gmail does: is everything shown for as long as
 * nobody has acknowledged it, or deleted it?
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { MaildropEmailSchema, MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { aged, pruned } from '../support/pop-aged.ts';
import { downloaded } from '../support/pop-client.ts';
import { instead, type PopScript, type PopServer, withPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const list = '/v1/pop/messages';
const messages = [30, 20, 10, 1].map((day) => ({ uidl: `d${day}`, bytes: aged(`${day}`, { received: day }) }));
const capabilities = ['TOP', 'UIDL', 'PIPELINING'];
const withServer = (script: PopScript, use: (server: PopServer) => Promise<void>) =>
  withPopServer({ messages, capabilities, hidesRetrieved: true, ...script }, use);
const shown = (server: PopServer) => server.messages.map(({ uidl }) => uidl);
const idsAt = async (server: PopServer) =>
  (await postern.json(MaildropPageSchema, server.caller(), list)).messages.map(({ id }) => id);
const acknowledge = (server: PopServer, body: object) =>
  postern.json(AcknowledgedSchema, server.caller(), '/v1/pop/downloads/ack', { body });

async function readAll(server: PopServer): Promise<void> {
  for (const id of await idsAt(server)) {
    await postern.json(MaildropEmailSchema, server.caller(), `${list}/${id}`);
    for (const what of ['raw', 'parts/1'])
      expect((await postern.call(server.caller(), `${list}/${id}/${what}`)).status).toBe(200);
  }
}

it('really hides it from a program that retrieves and quits', async () => {
  await withServer({}, async (server) => {
    const program = connect(server.port, '127.0.0.1');
    program.resume().write('USER ada\r\nPASS any\r\nTOP 1 0\r\nRETR 2\r\nQUIT\r\n');
    await once(program, 'close');
    expect(shown(server)).toEqual(['d30', 'd10', 'd1']);
  });
});

it.each([
  ['TOP', {}],
  ['no TOP', { answer: instead('TOP', '-ERR what?\r\n'), capabilities: ['UIDL', 'PIPELINING'] }],
] as const)('shows what was read, listed and downloaded, where there is %s', async (_what, script) => {
  await withServer(script, async (server) => {
    await readAll(server);
    expect((await downloaded(postern, server.caller())).messages).toHaveLength(4);
    expect(await idsAt(server)).toHaveLength(4);
    expect(shown(server)).toHaveLength(4);
  });
});

it('shows what was downloaded and not acknowledged, when other messages of that download are', async () => {
  await withServer({}, async (server) => {
    const { receipt, messages } = await downloaded(postern, server.caller());
    const ids = [messages[1]?.id];
    expect(await acknowledge(server, { receipt: receipt?.receipt, ids })).toMatchObject({ deleted: 1 });
    expect(shown(server)).toEqual(['d30', 'd10', 'd1']);
    expect((await downloaded(postern, server.caller())).messages).toHaveLength(3);
  });
});

it('shows what was read when another message is deleted at once', async () => {
  await withServer({ answer: instead('TOP', '-ERR what?\r\n'), capabilities: ['UIDL'] }, async (server) => {
    await readAll(server);
    const [id] = await idsAt(server);
    expect((await postern.call(server.caller(), `${list}/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(shown(server)).toEqual(['d20', 'd10', 'd1']);
  });
});

it('shows all that stays when the maildrop is pruned, whatever was read just before', async () => {
  await withServer({}, async (server) => {
    await readAll(server);
    expect(await pruned(postern, server.caller(), { olderThanDays: 15, keepNewest: 1 })).toMatchObject({ deleted: 2 });
    expect(shown(server)).toEqual(['d10', 'd1']);
  });
});
