/**
 * How is a credential proven to a POP3 server, whatever it offers?
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { canaryPassword } from '../support/canary.ts';
import { letter } from '../support/mail.ts';
import { type AnswerTo, instead, type PopScript, type PopServer, withPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({});
});
afterAll(() => postern.stop());

const list = '/v1/pop/messages';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const withServer = (script: PopScript, use: (server: PopServer) => Promise<void>) =>
  withPopServer({ messages: [{ uidl: 'a', bytes: letter('sasl') }], ...script }, use);

/** What was said until the login was over. */
const loginOf = ({ commands }: PopServer): string[] => {
  const end = commands.indexOf('UIDL');
  return commands.slice(0, end < 0 ? commands.length : end);
};

/** An access token in the place of a password. */
const withToken = (server: PopServer) => ({
  headers: {
    Authorization: `Bearer ${canaryPassword}`,
    'Mail-User': server.caller().user,
    'Mail-Server': server.caller().mailServer,
  },
});

describe('a password', () => {
  it('goes by AUTH PLAIN in one command', async () => {
    await withServer({ capabilities: ['USER', 'SASL LOGIN PLAIN'] }, async (server) => {
      const { user, password } = server.caller();
      expect((await postern.json(MaildropPageSchema, server.caller(), list)).total).toBe(1);
      expect(loginOf(server)).toEqual(['CAPA', `AUTH PLAIN ${base64(`\0${user}\0${password}`)}`]);
    });
  });

  it('understands names of mechanisms in small letters', async () => {
    await withServer({ capabilities: ['sasl plain'] }, async (server) => {
      await postern.json(MaildropPageSchema, server.caller(), list);
      expect(loginOf(server)[1]).toMatch(/^AUTH PLAIN /);
    });
  });

  // RFC 5034 §4: a command has at most 255 octets, of which CRLF are two.
  it.each([
    [253, 'in the command', 2],
    [257, 'in answer to the challenge', 3],
  ] as const)('goes %# where AUTH PLAIN would have %d octets: %s', async (octets, _where, lines) => {
    const responseBytes = ((octets - 'AUTH PLAIN '.length - 2) / 4) * 3;
    const answer: AnswerTo = (command) => {
      if (command === 'AUTH PLAIN') return '+ \r\n';
      return command.startsWith('AUTH PLAIN') || !/^[A-Z]{4}\b/.test(command) ? '+OK\r\n' : undefined;
    };
    await withServer({ capabilities: ['SASL PLAIN'], answer }, async (server) => {
      const { user } = server.caller();
      const caller = { ...server.caller(), password: 'p'.repeat(Math.floor(responseBytes) - user.length - 2) };
      await postern.json(MaildropPageSchema, caller, list);
      expect(loginOf(server)).toHaveLength(lines);
      for (const line of loginOf(server).slice(0, 2)) expect(line.length + 2).toBeLessThanOrEqual(255);
      const response = loginOf(server).at(-1)?.replace('AUTH PLAIN ', '') ?? '';
      expect(Buffer.from(response, 'base64').toString()).toBe(`\0${user}\0${caller.password}`);
    });
  });

  it('goes by AUTH LOGIN, question by question', async () => {
    const answers = ['+ VXNlcm5hbWU6\r\n', '+ UGFzc3dvcmQ6\r\n', '+OK\r\n'];
    const answer: AnswerTo = (command) => (/^(CAPA|UIDL|LIST)/.test(command) ? undefined : answers.shift());
    await withServer({ capabilities: ['SASL LOGIN'], answer }, async (server) => {
      const { user, password } = server.caller();
      await postern.json(MaildropPageSchema, server.caller(), list);
      expect(loginOf(server)).toEqual(['CAPA', 'AUTH LOGIN', base64(user), base64(password)]);
    });
  });

  it('goes as a digest where the greeting has a timestamp and there is no SASL (RFC 1939 §7)', async () => {
    const greeting = '+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n';
    await withServer({ greeting, capabilities: ['UIDL', 'TOP'] }, async (server) => {
      const caller = { ...server.caller(), user: 'mrose', password: 'tanstaaf' };
      expect((await postern.json(MaildropPageSchema, caller, list)).total).toBe(1);
      expect(loginOf(server)).toEqual(['CAPA', 'APOP mrose c4c9334bac560ecc979e58001b3e22fb']);
    });
  });

  it('is not a digest because of a timestamp alone, which does not say that the user is known for APOP', async () => {
    const greeting = '+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n';
    for (const script of [{ greeting }, { greeting, capabilities: ['USER', 'UIDL'] }]) {
      await withServer(script, async (server) => {
        const { user, password } = server.caller();
        await postern.json(MaildropPageSchema, server.caller(), list);
        expect(loginOf(server)).toEqual(['CAPA', `USER ${user}`, `PASS ${password}`]);
      });
    }
  });

  it('goes as a digest where a server without CAPA knows no USER, and greets with a timestamp', async () => {
    const greeting = '+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n';
    await withServer({ greeting, answer: instead('USER', '-ERR unknown command\r\n') }, async (server) => {
      const caller = { ...server.caller(), user: 'mrose', password: 'tanstaaf' };
      expect((await postern.json(MaildropPageSchema, caller, list)).total).toBe(1);
      const digest = 'APOP mrose c4c9334bac560ecc979e58001b3e22fb';
      expect(loginOf(server)).toEqual(['CAPA', 'USER mrose', digest]);
    });
  });

  it.each([
    ['there is no timestamp', '+OK ready\r\n', '-ERR no\r\n', 'login-refused'],
    ['USER is refused for a reason', '+OK <1.2@example.com>\r\n', '-ERR [SYS/TEMP] later\r\n', 'login-unavailable'],
  ])('does not go at all when USER is refused, and %s', async (_when, greeting, refusal, kind) => {
    await withServer({ greeting, answer: instead('USER', refusal) }, async (server) => {
      const { user } = server.caller();
      await postern.problem(kind, server.caller(), list);
      expect(loginOf(server)).toEqual(['CAPA', `USER ${user}`]);
    });
  });

  it('goes again, once, when the server overlooks it in the command and asks for it', async () => {
    const answers = ['+ \r\n', '+OK\r\n'];
    const answer: AnswerTo = (command) => (/^(CAPA|UIDL|LIST)/.test(command) ? undefined : answers.shift());
    await withServer({ capabilities: ['SASL PLAIN'], answer }, async (server) => {
      const { user, password } = server.caller();
      await postern.json(MaildropPageSchema, server.caller(), list);
      const response = base64(`\0${user}\0${password}`);
      expect(loginOf(server)).toEqual(['CAPA', `AUTH PLAIN ${response}`, response]);
    });
  });

  it.each([['SASL XOAUTH2 GSSAPI'], ['SASL'], ['USER'], []])(
    'goes by USER and PASS where there is nothing better (%s)',
    async (...capabilities) => {
      await withServer({ capabilities }, async (server) => {
        const { user, password } = server.caller();
        await postern.json(MaildropPageSchema, server.caller(), list);
        expect(loginOf(server)).toEqual(['CAPA', `USER ${user}`, `PASS ${password}`]);
      });
    },
  );

  it('is not said to a server that asks for more and more', async () => {
    const answer: AnswerTo = (command) => (command === 'CAPA' ? undefined : '+ bW9yZQ==\r\n');
    await withServer({ capabilities: ['SASL PLAIN'], answer }, async (server) => {
      await postern.problem('protocol-violated', server.caller(), list);
      expect(loginOf(server).slice(2)).toEqual(['*', '*']);
    });
  });
});

describe('an access token', () => {
  it.each([
    ['OAUTHBEARER', 'SASL PLAIN XOAUTH2 OAUTHBEARER'],
    ['XOAUTH2', 'SASL PLAIN LOGIN XOAUTH2'],
  ])('goes by AUTH %s where a server has %s', async (mechanism, capability) => {
    await withServer({ capabilities: [capability] }, async (server) => {
      const response = await postern.call(null, list, withToken(server));
      expect(response.status).toBe(200);
      const [, auth = '', ...others] = loginOf(server);
      expect(others).toEqual([]);
      const message = Buffer.from(auth.replace(`AUTH ${mechanism} `, ''), 'base64').toString();
      expect(message).toContain(`\x01auth=Bearer ${canaryPassword}\x01\x01`);
      expect(message).toContain(server.caller().user);
    });
  });

  it.each([
    ['OAUTHBEARER', 'AQ=='],
    ['XOAUTH2', ''],
  ])('that %s refuses with an explanation is acknowledged, and told as refused', async (mechanism, acknowledgement) => {
    const answer: AnswerTo = (command) => {
      if (command.startsWith('AUTH')) return `+ ${base64('{"status":"invalid_token"}')}\r\n`;
      return command === 'CAPA' ? undefined : '-ERR [AUTH] no\r\n';
    };
    await withServer({ capabilities: [`SASL ${mechanism}`], answer }, async (server) => {
      const problem = await postern.problem('login-refused', null, list, withToken(server));
      expect(problem).toMatchObject({ status: 401, responseCode: 'AUTH' });
      expect(loginOf(server)[2]).toBe(acknowledgement);
      expect(loginOf(server)).toHaveLength(3);
    });
  });

  it.each([['SASL PLAIN LOGIN'], ['USER'], []])(
    'never goes where a server takes none (%s)',
    async (...capabilities) => {
      await withServer({ capabilities, greeting: '+OK <1896.697170952@dbc.mtview.ca.us>\r\n' }, async (server) => {
        const problem = await postern.problem('unsupported-by-server', null, list, withToken(server));
        expect(problem.status).toBe(422);
        expect(loginOf(server)).toEqual(['CAPA']);
      });
    },
  );
});
