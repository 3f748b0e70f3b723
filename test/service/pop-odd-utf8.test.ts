/**
 * A server that knows header fields in UTF-8 (RFC 6856): do they come as they are, and what does that cost?
 */
import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { type Answer, type AnswerTo, type PopScript, type PopServer, withPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const list = '/v1/pop/messages?headers=true';
const original = Buffer.from('From: Jørgen <jørgen@øl.example>\r\nSubject: Grüße 🎉\r\n\r\ntext\r\n');
const downgraded = 'From: J?rgen <invalid@internationalized-address.invalid>\r\nSubject: Gr__e\r\n\r\n';

/** Rewrites header fields for whoever has not said UTF8, as RFC 6857 has it. */
function downgrading(): AnswerTo {
  const speaking = new WeakSet<Socket>();
  return (command, socket) => {
    if (command === 'UTF8') {
      speaking.add(socket);
      return '+OK UTF8 enabled\r\n';
    }
    return command === 'TOP 1 0' && !speaking.has(socket) ? `+OK\r\n${downgraded}.\r\n` : undefined;
  };
}

const withServer = (script: PopScript, use: (server: PopServer) => Promise<void>) =>
  withPopServer({ messages: [{ uidl: 'a', bytes: original }], answer: downgrading(), ...script }, use);
const subjectAt = async (server: PopServer) =>
  (await postern.json(MaildropPageSchema, server.caller(), list)).messages.map(({ subject, from }) => [
    subject,
    from?.[0]?.email,
  ]);
const asWritten = [['Grüße 🎉', 'jørgen@øl.example']];

it.each([
  ['AUTH', ['UTF8', 'SASL PLAIN', 'PIPELINING']],
  ['AUTH', ['UTF8 USER', 'SASL PLAIN']],
  ['USER', ['UTF8 USER', 'USER']],
  ['USER', ['UTF8', 'USER', 'PIPELINING']],
] as const)('gives them as they are: UTF8 goes before %s (%j)', async (verb, capabilities) => {
  await withServer({ capabilities }, async (server) => {
    expect(await subjectAt(server)).toEqual(asWritten);
    expect(server.commands.slice(0, 3).map((line) => line.split(' ')[0])).toEqual(['CAPA', 'UTF8', verb]);
  });
});

it('goes before APOP as well', async () => {
  const greeting = '+OK <1896.697170952@dbc.mtview.ca.us>\r\n';
  await withServer({ greeting, capabilities: ['UTF8', 'UIDL'] }, async (server) => {
    expect(await subjectAt(server)).toEqual(asWritten);
    expect(server.commands.slice(0, 3).map((line) => line.split(' ')[0])).toEqual(['CAPA', 'UTF8', 'APOP']);
  });
});

it('costs no round trip where commands may be sent ahead: the login does not wait for its answer', async () => {
  const inOneGo: AnswerTo = (command): Answer | undefined => {
    if (command === 'UTF8') return null;
    return command.startsWith('AUTH') ? '+OK UTF8 enabled\r\n+OK logged in\r\n' : undefined;
  };
  // The script lists messages for those alone whose login it has answered itself.
  const answer: AnswerTo = (command, socket) => {
    if (command === 'UIDL' || command === 'LIST') return '+OK\r\n.\r\n';
    return inOneGo(command, socket);
  };
  await withServer({ capabilities: ['UTF8', 'SASL PLAIN', 'PIPELINING'], answer }, async (server) => {
    expect(await subjectAt(server)).toEqual([]);
  });
});

it('is answered before anything else is said where commands may not be sent ahead', async () => {
  let saidByThen = 0;
  const answer: AnswerTo = (command, socket) => {
    if (command === 'UTF8') saidByThen = socket.bytesRead;
    return downgrading()(command, socket);
  };
  await withServer({ capabilities: ['UTF8', 'SASL PLAIN'], answer }, async (server) => {
    await subjectAt(server);
    expect(saidByThen).toBe('CAPA\r\nUTF8\r\n'.length);
  });
});

it('is not said to a server that does not announce it', async () => {
  await withServer({ capabilities: ['SASL PLAIN', 'PIPELINING'] }, async (server) => {
    expect(await subjectAt(server)).not.toEqual(asWritten);
    expect(server.commands).not.toContain('UTF8');
  });
});

it.each([[['PIPELINING']], [[]]])('does without it where it is announced and refused (%j)', async (more) => {
  const answer: AnswerTo = (command) => (command === 'UTF8' ? '-ERR not today\r\n' : undefined);
  await withServer({ capabilities: ['UTF8', 'SASL PLAIN', ...more], answer }, async (server) => {
    expect(await subjectAt(server)).toEqual(asWritten);
  });
});

it('tells a wrong password as one, when UTF8 was sent ahead of it', async () => {
  const answer: AnswerTo = (command) => {
    if (command === 'UTF8') return '+OK\r\n';
    return command.startsWith('AUTH') ? '-ERR [AUTH] no\r\n' : undefined;
  };
  await withServer({ capabilities: ['UTF8', 'SASL PLAIN', 'PIPELINING'], answer }, async (server) => {
    await postern.problem('login-refused', server.caller(), list);
  });
});
