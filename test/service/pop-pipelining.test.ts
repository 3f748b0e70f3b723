/**
 * A server that announces PIPELINING (RFC 2449 §6.6): is it sent commands ahead, and does that cost nobody a message?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AcknowledgedSchema } from '../../src/maildrop/schema/download.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
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
const idOf = (uidl: string) => Buffer.from(uidl).toString('base64url');
const spool = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ uidl: `uidl-${index + 1}`, bytes: letter(`letter-${index + 1}`) }));
const messages = spool(5);

const withServer = (script: PopScript, use: (server: PopServer) => Promise<void>) =>
  withPopServer({ messages, capabilities, ...script }, use);

/** From the first command that begins so, it says nothing until this one has come, and then all its answers at once. */
function onlyAfter(last: string, first: string): AnswerTo {
  const held: Uint8Array[] = [];
  return (command) => {
    if (held.length === 0 && !command.startsWith(first)) return undefined;
    held.push(usual(command));
    return command === last ? Buffer.concat(held.splice(0)) : null;
  };
}

function usual(command: string): Buffer {
  const [verb, number] = command.split(' ');
  const bytes = messages[Number(number) - 1]?.bytes ?? Buffer.of();
  if (verb === 'UIDL') return Buffer.from(`+OK ${number} uidl-${number}\r\n`);
  return Buffer.concat([Buffer.from('+OK\r\n'), verb === 'DELE' ? Buffer.of() : multiLine(bytes)]);
}

describe('a server that answers to none of five commands before it has all', () => {
  it('is asked for headers', async () => {
    await withServer({ answer: onlyAfter('UIDL 5', 'TOP') }, async (server) => {
      const page = await postern.json(MaildropPageSchema, server.caller(), '/v1/pop/messages?headers=true');
      expect(page.messages).toHaveLength(5);
    });
  });

  it('is asked for messages, each with its marker behind it', async () => {
    await withServer({ answer: onlyAfter('UIDL 5', 'RETR') }, async (server) => {
      expect((await downloaded(postern, server.caller())).receipt?.count).toBe(5);
      const asked = messages.flatMap((_, index) => [`RETR ${index + 1}`, `UIDL ${index + 1}`]);
      expect(server.commands.slice(-10)).toEqual(asked);
    });
  });

  it('is told what to delete, and QUIT only when it has agreed', async () => {
    await withServer({ answer: onlyAfter('DELE 5', 'DELE') }, async (server) => {
      const { receipt } = await downloaded(postern, server.caller());
      const body = { receipt: receipt?.receipt };
      expect(await postern.json(AcknowledgedSchema, server.caller(), ack, { body })).toMatchObject({ deleted: 5 });
      expect(server.commands.slice(-6)).toEqual([...messages.map((_, index) => `DELE ${index + 1}`), 'QUIT']);
    });
  });
});

it('does not take a marker that is given twice for the beginning of the next message', async () => {
  let asked = 0;
  const twice: AnswerTo = (command) => {
    if (command !== 'UIDL 1') return undefined;
    asked += 1;
    // The first is for finding out whether the server answers it at all.
    return asked === 1 ? undefined : '+OK 1 uidl-1\r\n+OK 1 uidl-1\r\n';
  };
  await withServer({ answer: twice }, async (server) => {
    const { messages, errors, receipt } = await downloaded(postern, server.caller());
    expect(messages.map(({ uidl }) => uidl)).toEqual(['uidl-1']);
    expect(errors.map(({ problem }) => problem.type)).toEqual(['/problems/protocol-violated']);
    expect(receipt?.count).toBe(1);
  });
});

it('fails a message alone that the server refuses', async () => {
  await withServer({ answer: instead('RETR 3', '-ERR [SYS/TEMP] not now\r\n') }, async (server) => {
    const { messages, errors, receipt } = await downloaded(postern, server.caller());
    expect(messages.map(({ uidl, message }) => [uidl, message?.text])).toEqual(
      [1, 2, 4, 5].map((number) => [`uidl-${number}`, `This is letter-${number}.\n`]),
    );
    expect(errors).toMatchObject([
      { uidl: 'uidl-3', problem: { type: '/problems/server-busy', responseCode: 'SYS/TEMP' } },
    ]);
    const body = { receipt: receipt?.receipt };
    expect(await postern.json(AcknowledgedSchema, server.caller(), ack, { body })).toMatchObject({ deleted: 4 });
    expect(server.messages.map(({ uidl }) => uidl)).toEqual(['uidl-3']);
  });
});

it.each([1, 3, 5])('deletes the others when DELE %d is refused, and says why that one stays', async (number) => {
  await withServer({ answer: instead(`DELE ${number}`, '-ERR [SYS/PERM] no\r\n') }, async (server) => {
    const { receipt } = await downloaded(postern, server.caller());
    const call = { body: { receipt: receipt?.receipt } };
    const answer = await postern.json(AcknowledgedSchema, server.caller(), ack, call);
    const problem = { type: '/problems/command-refused', status: 502, command: 'DELE', responseCode: 'SYS/PERM' };
    const uidl = `uidl-${number}`;
    expect(answer).toMatchObject({ deleted: 4, alreadyGone: 0, notDeleted: [{ id: idOf(uidl), uidl, problem }] });
    expect(server.messages.map(({ uidl }) => uidl)).toEqual([uidl]);
  });
});

const dele = ({ commands }: PopServer) => commands.filter((command) => command.startsWith('DELE'));

describe('a server that answers to RETR 3', () => {
  const whole = Buffer.concat([Buffer.from('+OK\r\n'), multiLine(messages[2]?.bytes ?? Buffer.of())]);
  const faults: readonly [string, Uint8Array][] = [
    ['without an end', whole.subarray(0, -3)],
    ['with an end too many', Buffer.concat([whole, Buffer.from('.\r\n')])],
    ['with dots that it did not stuff', Buffer.from('+OK\r\nSubject: x\r\n\r\n.\r\n+OK\r\nSubject: y\r\n\r\n.\r\n')],
    ['twice', Buffer.concat([whole, whole])],
    ['not at all', Buffer.of()],
    [
      'with the next one',
      Buffer.concat([
        Buffer.from('+OK\r\n'),
        multiLine(messages[3]?.bytes ?? Buffer.of()),
        Buffer.from('+OK 4 uidl-4\r\n'),
      ]),
    ],
  ];
  it.each(faults)('%s gives the two before and deletes no others', async (_how, bytes) => {
    const answer: AnswerTo = (command) => (command === 'RETR 3' ? bytes : undefined);
    await withServer({ answer }, async (server) => {
      const { messages, errors, receipt } = await downloaded(postern, server.caller(), { format: 'raw' });
      expect(messages.map(({ uidl }) => uidl)).toEqual(['uidl-1', 'uidl-2']);
      expect(errors).toMatchObject([{ uidl: 'uidl-3', problem: { type: '/problems/protocol-violated', status: 502 } }]);
      expect(receipt?.count).toBe(2);
      const body = { receipt: receipt?.receipt };
      expect(await postern.json(AcknowledgedSchema, server.caller(), ack, { body })).toMatchObject({ deleted: 2 });
      expect(dele(server)).toEqual(['DELE 1', 'DELE 2']);
      expect(server.messages.map(({ uidl }) => uidl)).toEqual(['uidl-3', 'uidl-4', 'uidl-5']);
    });
  });
});

it.each([
  ['does not know UIDL of one message', instead('UIDL 1', '-ERR unknown argument\r\n')],
  ['answers UIDL of one message in words of its own', instead('UIDL 1', '+OK 1 is uidl-1\r\n')],
])('is asked for one message at a time when it %s', async (_how, answer) => {
  await withServer({ answer }, async (server) => {
    expect((await downloaded(postern, server.caller())).receipt?.count).toBe(5);
    const asked = server.commands.slice(server.commands.indexOf('UIDL'));
    expect(asked).toEqual(['UIDL', 'LIST', 'UIDL 1', ...messages.map((_, index) => `RETR ${index + 1}`)]);
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
      expectSameBytes(Buffer.from(raw, 'base64'), asSent(tricky[index]?.bytes ?? Buffer.of()), String(uidl));
    }
  });
});
