/**
 * UIDLs that are others in each session, against RFC 1939 §7: is nothing ever deleted or read in the place of something else?
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { aged, pruned } from '../support/pop-aged.ts';
import { downloaded } from '../support/pop-client.ts';
import { type PopServer, withPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const list = '/v1/pop/messages';
const ages = [30, 20, 1];

/** Made of the number of the session and of that of the message. */
function withServer(use: (server: PopServer) => Promise<void>): Promise<void> {
  let session = 0;
  const messages = ages.map((day) => ({ uidl: `kept-${day}`, bytes: aged(`${day}`, { received: day }) }));
  const answer = (command: string): string | undefined => {
    if (command === 'CAPA') session += 1;
    const [verb, number] = command.split(' ');
    if (verb !== 'UIDL') return undefined;
    if (number !== undefined) return `+OK ${number} ${session}-${number}\r\n`;
    return `+OK\r\n${ages.map((_, index) => `${index + 1} ${session}-${index + 1}\r\n`).join('')}.\r\n`;
  };
  return withPopServer({ messages, answer, capabilities: ['TOP', 'UIDL', 'PIPELINING'] }, use);
}
const left = (server: PopServer) => server.messages.map(({ uidl }) => uidl);
const pageAt = (server: PopServer) => postern.json(MaildropPageSchema, server.caller(), list);

it('finds no message by an id of another session, and deletes none', async () => {
  await withServer(async (server) => {
    const { messages } = await pageAt(server);
    await pageAt(server);
    for (const call of [{}, { method: 'DELETE' }])
      await postern.problem('message-not-found', server.caller(), `${list}/${messages[0]?.id}`, call);
    expect(left(server)).toHaveLength(3);
  });
});

it('deletes nothing by a receipt of another session, and says so', async () => {
  await withServer(async (server) => {
    const { receipt } = await downloaded(postern, server.caller());
    const body = { receipt: receipt?.receipt };
    const answer = await postern.json(AcknowledgedSchema, server.caller(), '/v1/pop/downloads/ack', { body });
    expect(answer).toEqual({ deleted: 0, alreadyGone: 3, notDeleted: [] });
    expect(left(server)).toHaveLength(3);
  });
});

it('follows no cursor of another session', async () => {
  await withServer(async (server) => {
    const { nextCursor } = await postern.json(MaildropPageSchema, server.caller(), `${list}?limit=1`);
    await postern.problem('state-gone', server.caller(), `${list}?limit=1&cursor=${nextCursor}`);
  });
});

it('prunes all the same, since that takes one session', async () => {
  await withServer(async (server) => {
    expect(await pruned(postern, server.caller(), { olderThanDays: 7 })).toMatchObject({ deleted: 2, kept: 1 });
    expect(left(server)).toEqual(['kept-1']);
  });
});
