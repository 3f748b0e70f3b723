/**
 * What becomes of a mail server's faults?
 *
 * Each is told as what it is, in time, and costs no message.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { letter } from '../support/mail.ts';
import { downloaded } from '../support/pop-client.ts';
import {
  type AnswerTo,
  instead,
  type PopScript,
  type PopServer,
  startPopServer,
  withPopServer,
} from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const list = '/v1/pop/messages';
const messages = ['a', 'b', 'c'].map((uidl) => ({ uidl, bytes: letter(`letter-${uidl}`) }));

const withServer = (script: PopScript, use: (server: PopServer) => Promise<void>) =>
  withPopServer({ messages, ...script }, use);

describe.concurrent('a server that greets', () => {
  const greetings: readonly [string, string, string, number][] = [
    ['with garbage', '220 mail ESMTP\r\n', 'protocol-violated', 502],
    ['with binary garbage', '\x16\x03\x01\0\n', 'protocol-violated', 502],
    ['with -ERR', '-ERR come back later\r\n', 'login-unavailable', 503],
    ['with -ERR [SYS/TEMP]', '-ERR [SYS/TEMP] busy\r\n', 'login-unavailable', 503],
    ['with -ERR [IN-USE]', '-ERR [IN-USE] locked\r\n', 'maildrop-locked', 409],
    ['with a line that never ends', `+OK ${'x'.repeat(100_000)}`, 'limit-exceeded', 502],
  ];
  it.each(greetings)('%s', async (_how, greeting, kind, status) => {
    await withServer({ greeting }, async (server) => {
      expect((await postern.problem(kind, server.caller(), list)).status).toBe(status);
      expect(server.commands).toEqual([]);
    });
  });

  it('never, is given up after ten seconds', async () => {
    await withServer({ greeting: null }, async (server) => {
      const start = Date.now();
      const problem = await postern.problem('deadline-exceeded', server.caller(), list);
      expect(problem).toMatchObject({ status: 504, phase: 'greeting', limitMs: 10_000 });
      expect(Date.now() - start).toBeLessThan(15_000);
    });
  });
});

describe('a login', () => {
  const refusals: readonly [string, string, number, string | null][] = [
    ['-ERR [AUTH] no\r\n', 'login-refused', 401, null],
    ['-ERR no\r\n', 'login-refused', 401, null],
    ['-ERR [LOGIN-DELAY] wait\r\n', 'login-unavailable', 503, '30'],
    ['-ERR [SYS/TEMP] wait\r\n', 'login-unavailable', 503, '30'],
    ['-ERR [IN-USE] locked\r\n', 'maildrop-locked', 409, '10'],
    ['-ERR maildrop already locked\r\n', 'maildrop-locked', 409, '10'],
    ['-ERR [SYS/PERM] POP3 is switched off\r\n', 'command-refused', 502, null],
    ['-ERR Maximum number of connections from user+IP exceeded\r\n', 'server-limit-reached', 429, '60'],
  ];
  const ways = [
    ['PASS', []],
    ['AUTH', ['SASL PLAIN']],
  ] as const;
  const refusedWays = ways.flatMap(([command, capabilities]) =>
    refusals.map(([answer, kind, status, retryAfter]) => ({ command, capabilities, answer, kind, status, retryAfter })),
  );
  it.each(refusedWays)('whose $command is answered with $answer is told as $kind', async (refused) => {
    const { command, capabilities, answer, kind, status, retryAfter } = refused;
    await withServer({ capabilities, answer: instead(command, answer) }, async (server) => {
      const response = await postern.call(server.caller(), list);
      expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter]);
      expect(await response.json()).toMatchObject({ type: `/problems/${kind}` });
    });
  });

  it('is to be tried again when the delay that CAPA announces is over', async () => {
    const answer = instead('PASS', '-ERR [LOGIN-DELAY] wait\r\n');
    await withServer({ capabilities: ['USER', 'LOGIN-DELAY 180'], answer }, async (server) => {
      const problem = await postern.problem('login-unavailable', server.caller(), list);
      expect(problem).toMatchObject({ status: 503, responseCode: 'LOGIN-DELAY', retryAfterSeconds: 180 });
    });
  });

  const spaced = (server: PopServer) => {
    const { password, ...caller } = server.caller();
    return { ...caller, user: ' ada love ', password: ` ${password} ü ` };
  };
  const said = ({ commands }: PopServer, pattern: RegExp): string[] =>
    commands.filter((line) => pattern.test(line)).map((line) => Buffer.from(line, 'latin1').toString());

  it('sends user and password as they are, with spaces at their ends', async () => {
    await withServer({}, async (server) => {
      const { user, password } = spaced(server);
      await postern.json(MaildropPageSchema, spaced(server), list);
      expect(said(server, /^(USER|PASS|AUTH|APOP)/)).toEqual([`USER ${user}`, `PASS ${password}`]);
    });
  });

  it('sends them so by SASL, too', async () => {
    await withServer({ capabilities: ['SASL PLAIN'] }, async (server) => {
      const { user, password } = spaced(server);
      await postern.json(MaildropPageSchema, spaced(server), list);
      const [auth = '', ...others] = said(server, /^(USER|PASS|AUTH|APOP)/);
      expect(others).toEqual([]);
      const [verb, mechanism, response = ''] = auth.split(' ');
      expect([verb, mechanism]).toEqual(['AUTH', 'PLAIN']);
      expect(Buffer.from(response, 'base64').toString()).toBe(`\0${user}\0${password}`);
    });
  });
});

describe('a listing', () => {
  const faults: readonly [string, string, string, number][] = [
    ['UIDL', '-ERR [SYS/TEMP] later\r\n', 'server-busy', 503],
    ['LIST', '-ERR no\r\n', 'command-refused', 502],
    ['UIDL', '+OK\r\n1\r\n.\r\n', 'protocol-violated', 502],
    ['UIDL', '+OK\r\none a\r\n.\r\n', 'protocol-violated', 502],
    ['UIDL', `+OK\r\n1 ${'x'.repeat(300)}\r\n.\r\n`, 'protocol-violated', 502],
    ['LIST', '+OK\r\n1 many\r\n.\r\n', 'protocol-violated', 502],
    ['LIST', '+OK\r\n2 10\r\n.\r\n', 'protocol-violated', 502],
    ['LIST', '+OK\r\n1 10\r\n2 10\r\n.\r\n', 'protocol-violated', 502],
    ['LIST', '+OK\r\n1 10\r\n2 10\r\n3 10\r\n4 10\r\n.\r\n', 'protocol-violated', 502],
    ['LIST', '+OK\r\n1 10\r\n2 10\r\n4 10\r\n.\r\n', 'protocol-violated', 502],
    ['LIST', '+OK\r\n1 10\r\n3 10\r\n2 10\r\n.\r\n', 'protocol-violated', 502],
    ['LIST', '+OK\r\n1 10\r\n2 10\r\n2 10\r\n.\r\n', 'protocol-violated', 502],
    ['LIST', '+OK\r\n0 10\r\n1 10\r\n2 10\r\n.\r\n', 'protocol-violated', 502],
    ['LIST', '+OK\r\n1 10\r\n2 -10\r\n3 10\r\n.\r\n', 'protocol-violated', 502],
    ['UIDL', '+OK\r\n1 a\r\n2 b\r\n.\r\n', 'protocol-violated', 502],
    ['UIDL', '+OK\r\n1 a\r\n2 b\r\n3 c\r\n4 d\r\n.\r\n', 'protocol-violated', 502],
    ['UIDL', '+OK\r\n1 a\r\n2 b\r\n2 c\r\n.\r\n', 'protocol-violated', 502],
    ['UIDL', '+OK\r\n2 b\r\n1 a\r\n3 c\r\n.\r\n', 'protocol-violated', 502],
    ['UIDL', '+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n+OK and more\r\n', 'protocol-violated', 502],
  ];
  it.each(faults)('whose %s is answered with %j is a problem', async (verb, answer, kind, status) => {
    await withServer({ answer: instead(verb, answer) }, async (server) => {
      expect((await postern.problem(kind, server.caller(), list)).status).toBe(status);
    });
  });

  it.each([
    ['repeat', [1, 2, 2]],
    ['descend', [3, 2, 1]],
    ['begin with 0', [0, 1, 2]],
  ])('whose numbers %s in UIDL and LIST alike is a problem', async (_how, numbers) => {
    const rows = (about: readonly string[]) =>
      `+OK\r\n${numbers.map((number, index) => `${number} ${about[index]}\r\n`).join('')}.\r\n`;
    const answer: AnswerTo = (command) => {
      if (command === 'UIDL') return rows(['a', 'b', 'c']);
      return command === 'LIST' ? rows(['10', '10', '10']) : undefined;
    };
    await withServer({ answer }, async (server) => {
      await postern.problem('protocol-violated', server.caller(), list);
    });
  });

  it('may leave numbers out of both lists, and each message is found by its own', async () => {
    const [, second, third] = messages;
    const answer: AnswerTo = (command) => {
      if (command === 'UIDL') return '+OK\r\n2 b\r\n3 c\r\n.\r\n';
      return command === 'LIST' ? `+OK\r\n2 ${second?.bytes.length}\r\n3 ${third?.bytes.length}\r\n.\r\n` : undefined;
    };
    await withServer({ answer }, async (server) => {
      const page = await postern.json(MaildropPageSchema, server.caller(), `${list}?headers=true`);
      expect(page.messages.map(({ uidl, subject }) => [uidl, subject?.at(-1)])).toEqual([
        ['b', 'b'],
        ['c', 'c'],
      ]);
      expect((await postern.call(server.caller(), `${list}/Yw`, { method: 'DELETE' })).status).toBe(204);
      expect(server.messages.map(({ uidl }) => uidl)).toEqual(['a', 'b']);
    });
  });

  it('ends when it grows beyond all measure', async () => {
    const rows = Buffer.from(`1 ${'x'.repeat(60)}\r\n`.repeat(300_000));
    const answer: AnswerTo = (command) =>
      command === 'UIDL' ? Buffer.concat([Buffer.from('+OK\r\n'), rows]) : undefined;
    await withServer({ answer }, async (server) => {
      const problem = await postern.problem('limit-exceeded', server.caller(), list);
      expect(problem).toMatchObject({ status: 502, limit: 'replyListBytes' });
    });
  });
});

it('never takes what a server says unasked for the answer to the next command', async () => {
  const answer: AnswerTo = (command) => {
    if (command === 'DELE 1') return '+OK\r\n+OK\r\n';
    return command === 'DELE 2' ? '-ERR no\r\n' : undefined;
  };
  await withServer({ answer }, async (server) => {
    const { receipt } = await downloaded(postern, server.caller());
    const call = { body: { receipt: receipt?.receipt } };
    await postern.problem('protocol-violated', server.caller(), '/v1/pop/downloads/ack', call);
    expect(server.commands.filter((command) => /^(DELE|QUIT)/.test(command))).toEqual(['DELE 1']);
    expect(server.messages).toHaveLength(3);
  });
});

it.each(['pop3://127.0.0.1:1?security=none', 'pop3s://127.0.0.1:1'])('says that nobody listens at %s', async (url) => {
  const server = await startPopServer();
  await server.stop();
  const problem = await postern.problem('connect-failed', server.caller(url), list);
  expect(problem.status).toBe(502);
});
