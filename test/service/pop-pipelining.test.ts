/**
 * A server that announces PIPELINING (RFC 2449 §6.6): is it sent commands ahead, and does that cost nobody a message?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AcknowledgedSchema, MaildropPageSchema } from '../../src/maildrop/schema.ts';
import { letter } from '../support/mail.ts';
import { asSent, expectSameBytes, multiLine, packetsOf, trickyMessage } from '../support/pop-bytes.ts';
import { downloaded } from '../support/pop-client.ts';
import { type AnswerTo, instead, type PopScript, type PopServer, withPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';
import { seeded } from '../support/random.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const capabilities = ['PIPELINING', 'UIDL', 'TOP'];
const ack = '/v1/pop/downloads/ack';
const spool = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ uidl: `uidl-${index + 1}`, bytes: letter(`letter-${index + 1}`) }));
const messages = spool(5);

const withServer = (script: PopScript, use: (server: PopServer) => Promise<void>) =>
  withPopServer({ messages, capabilities, ...script }, use);

/** Says nothing until so many commands that begin so have come, and then all its answers at once. */
function onlyAfter(count: number, start: string, usual: (number: number) => Uint8Array): AnswerTo {
  const held: Uint8Array[] = [];
  return (command) => {
    if (!command.startsWith(start)) return undefined;
    held.push(usual(Number(command.split(' ')[1])));
    return held.length < count ? null : Buffer.concat(held.splice(0));
  };
}

const reply = (number: number) =>
  Buffer.concat([Buffer.from('+OK\r\n'), multiLine(messages[number - 1]?.bytes ?? Buffer.of())]);

describe('a server that answers to none of five commands before it has all', () => {
  it('is asked for headers', async () => {
    await withServer({ answer: onlyAfter(5, 'TOP', reply) }, async (server) => {
      const page = await postern.json(MaildropPageSchema, server.caller(), '/v1/pop/messages?headers=true');
      expect(page.messages).toHaveLength(5);
    });
  });

  it('is told what to delete, and QUIT only when it has agreed', async () => {
    const answer = onlyAfter(5, 'DELE', () => Buffer.from('+OK\r\n'));
    await withServer({ answer }, async (server) => {
      const { receipt } = await downloaded(postern, server.caller());
      const body = { receipt: receipt?.receipt };
      expect(await postern.json(AcknowledgedSchema, server.caller(), ack, { body })).toMatchObject({ deleted: 5 });
      expect(server.commands.slice(-6)).toEqual([...messages.map((_, index) => `DELE ${index + 1}`), 'QUIT']);
    });
  });
});

it('fails a message alone that the server refuses', async () => {
  await withServer({ answer: instead('RETR 3', '-ERR [SYS/TEMP] not now\r\n') }, async (server) => {
    const { messages, errors, receipt } = await downloaded(postern, server.caller());
    expect(messages.map(({ uidl, message }) => [uidl, message?.text])).toEqual(
      [1, 2, 4, 5].map((number) => [`uidl-${number}`, `This is letter-${number}.\n`]),
    );
    expect(errors).toMatchObject([{ uidl: 'uidl-3', problem: { type: '/problems/command-refused' } }]);
    const body = { receipt: receipt?.receipt };
    expect(await postern.json(AcknowledgedSchema, server.caller(), ack, { body })).toMatchObject({ deleted: 4 });
    expect(server.messages.map(({ uidl }) => uidl)).toEqual(['uidl-3']);
  });
});

it.each([1, 3, 5])('deletes nothing when DELE %d is refused among others', async (number) => {
  await withServer({ answer: instead(`DELE ${number}`, '-ERR [SYS/PERM] no\r\n') }, async (server) => {
    const { receipt } = await downloaded(postern, server.caller());
    const call = { body: { receipt: receipt?.receipt } };
    const problem = await postern.problem('command-refused', server.caller(), ack, call);
    expect(problem).toMatchObject({ status: 502, command: 'DELE', responseCode: 'SYS/PERM' });
    expect(server.messages).toHaveLength(5);
    expect(server.commands).not.toContain('QUIT');
  });
});

it('is asked for one message at a time, so that none can pass for another when the end of one is missing', async () => {
  const answer: AnswerTo = (command, socket) => {
    if (command !== 'RETR 3') return undefined;
    // Behind the answer that is on its way.
    setImmediate(() => socket.end());
    return '+OK\r\nSubject: half of it';
  };
  await withServer({ answer }, async (server) => {
    const { messages, errors, receipt } = await downloaded(postern, server.caller(), { format: 'raw' });
    expect(server.commands.filter((command) => command.startsWith('RETR'))).toEqual(['RETR 1', 'RETR 2', 'RETR 3']);
    expect(messages.map(({ uidl }) => uidl)).toEqual(['uidl-1', 'uidl-2']);
    expect(errors).toMatchObject([{ uidl: 'uidl-3', problem: { type: '/problems/connection-lost' } }]);
    expect(receipt?.count).toBe(2);
    const body = { receipt: receipt?.receipt };
    expect(await postern.json(AcknowledgedSchema, server.caller(), ack, { body })).toMatchObject({ deleted: 2 });
    expect(server.messages.map(({ uidl }) => uidl)).toEqual(['uidl-3', 'uidl-4', 'uidl-5']);
  });
});

it('downloads 500 random messages byte for byte, whatever their packets', async () => {
  const random = seeded(2449);
  const tricky = Array.from({ length: 500 }, (_, index) => ({ uidl: `uidl-${index}`, bytes: trickyMessage(random) }));
  await withServer({ messages: tricky, packets: (bytes) => packetsOf(bytes, random) }, async (server) => {
    const download = await downloaded(postern, server.caller(), { limit: 500, format: 'raw' });
    expect(download.errors).toEqual([]);
    expect(download.receipt?.count).toBe(500);
    for (const [index, { uidl, raw = '' }] of download.messages.entries()) {
      expectSameBytes(Buffer.from(raw, 'base64'), asSent(tricky[index]?.bytes ?? Buffer.of()), uidl);
    }
  });
});
