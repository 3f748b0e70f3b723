/**
 * Is the login what the server asks for, in as few lines as it allows, and does it end whatever the server answers?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { canaryPassword } from '../support/canary.ts';
import type { ImapServer } from '../support/imap-script.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { accountHeaders } from '../support/postern.ts';

const inbox = messagesPath('inbox');
const user = 'ada@scripted.example';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const said = {
  plain: base64(`\0${user}\0${canaryPassword}`),
  bearer: (server: ImapServer) =>
    base64(`n,a=${user},\x01host=127.0.0.1\x01port=${portOf(server)}\x01auth=Bearer ${canaryPassword}\x01\x01`),
  xoauth2: base64(`user=${user}\x01auth=Bearer ${canaryPassword}\x01\x01`),
};
const portOf = (server: ImapServer): string => new URL(server.caller().mailServer).port;

type Credential = 'password' | 'token';

const stage = imapScriptStage({ messages: [letter('1')] });
const { serve } = stage;

function headersOf(server: ImapServer, credential: Credential): Record<string, string> {
  const caller = { ...server.caller(), user };
  if (credential === 'password') return accountHeaders(caller);
  return { Authorization: `Bearer ${canaryPassword}`, 'Mail-User': user, 'Mail-Server': caller.mailServer };
}

async function statusOf(server: ImapServer, credential: Credential): Promise<number> {
  const response = await stage.postern.call(null, inbox, { headers: headersOf(server, credential) });
  await response.arrayBuffer();
  return response.status;
}

/** What a server with these capabilities heard of a login that it lets in after so many challenges. */
async function heard(capabilities: readonly string[], credential: Credential, challenges: readonly string[]) {
  const lines: string[] = [];
  const next = [...challenges];
  const server = await serve({
    capabilities,
    answer: (command) => {
      if (!/^(AUTHENTICATE|LOGIN)/.test(command)) return undefined;
      lines.push(command);
      return next.shift() ?? '$ OK in\r\n';
    },
    answerLine: (line) => {
      lines.push(line);
      return next.shift() ?? '$ OK in\r\n';
    },
  });
  expect(await statusOf(server, credential)).toBe(200);
  return { lines, server };
}

describe('a login', () => {
  it('puts the response on the command line where the server takes it there', async () => {
    expect((await heard(['SASL-IR', 'AUTH=PLAIN', 'AUTH=LOGIN'], 'password', [])).lines).toEqual([
      `AUTHENTICATE PLAIN ${said.plain}`,
    ]);
    expect((await heard(['SASL-IR', 'AUTH=XOAUTH2', 'AUTH=PLAIN'], 'token', [])).lines).toEqual([
      `AUTHENTICATE XOAUTH2 ${said.xoauth2}`,
    ]);
    const bearer = await heard(['SASL-IR', 'AUTH=XOAUTH2', 'AUTH=OAUTHBEARER'], 'token', []);
    expect(bearer.lines).toEqual([`AUTHENTICATE OAUTHBEARER ${said.bearer(bearer.server)}`]);
  });

  it('waits to be asked where it does not, even without a space behind the plus', async () => {
    expect((await heard(['AUTH=PLAIN'], 'password', ['+\r\n'])).lines).toEqual(['AUTHENTICATE PLAIN', said.plain]);
    expect((await heard(['AUTH=XOAUTH2'], 'token', ['+ \r\n'])).lines).toEqual(['AUTHENTICATE XOAUTH2', said.xoauth2]);
    const bearer = await heard(['AUTH=OAUTHBEARER'], 'token', ['+ \r\n']);
    expect(bearer.lines).toEqual(['AUTHENTICATE OAUTHBEARER', said.bearer(bearer.server)]);
  });

  it('answers the questions of LOGIN in turn, whatever their words', async () => {
    for (const questions of [
      ['+ VXNlcm5hbWU6\r\n', '+ UGFzc3dvcmQ6\r\n'],
      ['+ \r\n', '+ \r\n'],
      ['+ Qm9uam91cg==\r\n', '+ !\r\n'],
    ]) {
      const { lines } = await heard(['SASL-IR', 'AUTH=LOGIN'], 'password', questions);
      expect(lines).toEqual(['AUTHENTICATE LOGIN', base64(user), base64(canaryPassword)]);
    }
  });

  it('says it once more to a server that did not listen to the command line', async () => {
    expect((await heard(['SASL-IR', 'AUTH=PLAIN'], 'password', ['+ \r\n'])).lines).toEqual([
      `AUTHENTICATE PLAIN ${said.plain}`,
      said.plain,
    ]);
  });

  it('is the LOGIN command where no mechanism fits, and for the mailboxes of others on Exchange', async () => {
    expect((await heard([], 'password', [])).lines).toEqual([`LOGIN "${user}" "${canaryPassword}"`]);
    expect((await heard(['AUTH=GSSAPI'], 'password', [])).lines).toEqual([`LOGIN "${user}" "${canaryPassword}"`]);
  });

  it('is not tried where the server takes none of this kind', async () => {
    for (const [capabilities, credential] of [
      [['LOGINDISABLED'], 'password'],
      [['LOGINDISABLED', 'AUTH=XOAUTH2'], 'password'],
      [['AUTH=PLAIN', 'SASL-IR'], 'token'],
    ] as const) {
      const server = await serve({ capabilities });
      const problem = await stage.postern.problem('unsupported-by-server', null, inbox, {
        headers: headersOf(server, credential),
      });
      expect(problem.status).toBe(422);
      expect(server.commands).toEqual([]);
    }
  });
});

describe('a refused access token', () => {
  // {"status":"401"}
  const explanation = '+ eyJzdGF0dXMiOiI0MDEifQ==\r\n';

  it.each([
    ['XOAUTH2', ['SASL-IR', 'AUTH=XOAUTH2'], ''],
    ['OAUTHBEARER', ['SASL-IR', 'AUTH=OAUTHBEARER'], 'AQ=='],
    ['XOAUTH2', ['AUTH=XOAUTH2'], ''],
  ])('by %s is 401 with its code, after its explanation was acknowledged (%j)', async (_, capabilities, answer) => {
    const lines: string[] = [];
    const isInline = capabilities.includes('SASL-IR');
    const server = await serve({
      capabilities,
      answer: (command) => (command.startsWith('AUTHENTICATE') ? (isInline ? explanation : '+ \r\n') : undefined),
      answerLine: (line) => {
        lines.push(line);
        return lines.length === (isInline ? 1 : 2) ? '$ NO [AUTHENTICATIONFAILED] expired\r\n' : explanation;
      },
    });
    const problem = await stage.postern.problem('login-refused', null, inbox, { headers: headersOf(server, 'token') });
    expect(problem).toMatchObject({ status: 401, responseCode: 'AUTHENTICATIONFAILED' });
    expect(lines.at(-1)).toBe(answer);
  });
});

it.each([
  [['AUTH=PLAIN'], 'password'],
  [['AUTH=PLAIN', 'SASL-IR'], 'password'],
  [['AUTH=LOGIN'], 'password'],
  [['AUTH=XOAUTH2', 'SASL-IR'], 'token'],
  [['AUTH=OAUTHBEARER'], 'token'],
] as const)('ends a login in which the server asks and asks (%j)', async (capabilities, credential) => {
  const server = await serve({
    capabilities,
    answer: (command) => (command.startsWith('AUTHENTICATE') ? '+ bW9yZQ==\r\n' : undefined),
    answerLine: () => '+ bW9yZQ==\r\n',
  });
  await stage.postern.problem('protocol-violated', null, inbox, { headers: headersOf(server, credential) });
});

describe('what a server can do', () => {
  const capabilities = ['SASL-IR', 'AUTH=PLAIN'];
  const asked = ({ commands }: ImapServer) => commands.map((command) => command.split(' ')[0]).slice(0, 4);

  it('is not asked for when it has told in its greeting and with the login', async () => {
    const answer = (command: string) =>
      command.startsWith('AUTHENTICATE') ? '$ OK [CAPABILITY IMAP4rev1 ESEARCH] in\r\n' : undefined;
    const server = await serve({ capabilities, answer });
    expect(await statusOf(server, 'password')).toBe(200);
    expect(asked(server)).toEqual(['AUTHENTICATE', 'SELECT', 'FETCH']);
  });

  it('may be told in a line of its own before the login is done', async () => {
    const answer = (command: string) =>
      command.startsWith('AUTHENTICATE') ? '* CAPABILITY IMAP4rev1 ESEARCH\r\n$ OK in\r\n' : undefined;
    const server = await serve({ capabilities, answer });
    expect(await statusOf(server, 'password')).toBe(200);
    expect(asked(server)).toEqual(['AUTHENTICATE', 'SELECT', 'FETCH']);
  });

  it('is asked for when it has not told', async () => {
    const server = await serve({ capabilities, greeting: '* OK hello\r\n' });
    expect(await statusOf(server, 'password')).toBe(200);
    expect(asked(server)).toEqual(['CAPABILITY', 'AUTHENTICATE', 'CAPABILITY', 'SELECT']);
  });

  it('may stay unknown', async () => {
    const answer = (command: string) => (command === 'CAPABILITY' ? '$ BAD what?\r\n' : undefined);
    const server = await serve({ greeting: '* OK hello\r\n', answer });
    expect(await statusOf(server, 'password')).toBe(200);
    expect(asked(server)).toEqual(['CAPABILITY', 'LOGIN', 'CAPABILITY', 'SELECT']);
  });
});
