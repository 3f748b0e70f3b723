/**
 * What becomes of a login that a server refuses, delays or pretends?
 */
import { describe, expect, it } from 'vitest';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';

const inbox = messagesPath('inbox');

const stage = imapScriptStage();
const { serve } = stage;

describe('a login', () => {
  const answering = (text: string) => (command: string) => (/^(LOGIN|AUTHENTICATE)/.test(command) ? text : undefined);

  it.each([
    ['[AUTHENTICATIONFAILED] no', 'login-refused', 401, 'AUTHENTICATIONFAILED'],
    ['no reason given', 'login-refused', 401, null],
    ['[UNAVAILABLE] later', 'login-unavailable', 503, 'UNAVAILABLE'],
    ['[LIMIT] too many', 'server-limit-reached', 429, 'LIMIT'],
    ['[ALERT] Too many simultaneous connections. (Failure)', 'server-limit-reached', 429, 'ALERT'],
  ])('that is answered NO %s is a problem of the kind %s', async (text, kind, status, responseCode) => {
    const server = await serve({ answer: answering(`$ NO ${text}\r\n`) });
    const problem = await stage.postern.problem(kind, server.caller(), inbox);
    expect(problem).toMatchObject({ status, responseCode });
  });

  it('that the server claims to have happened already is not believed', async () => {
    const server = await serve({ greeting: '* PREAUTH [CAPABILITY IMAP4rev1] welcome back\r\n' });
    const problem = await stage.postern.problem('protocol-violated', server.caller(), inbox);
    expect(problem.status).toBe(502);
  });

  it('that is told when to come back says so in Retry-After', async () => {
    const server = await serve({ answer: answering('$ NO [INUSE] busy\r\n') });
    const response = await stage.postern.call(server.caller(), inbox);
    await response.arrayBuffer();
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30']);
  });
});

describe('a server that does not greet as IMAP servers do', () => {
  it.each([
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    '+OK POP3 ready\r\n',
    '220 mx.example ESMTP\r\n',
    'SSH-2.0-OpenSSH_9.2\r\n',
    '\x15\x03\x01\x00\x02\x02\x0a',
    '* NO not today\r\n',
  ])('is recognized at once, and gets no password (%j)', async (greeting) => {
    const server = await serve({ greeting });
    await stage.postern.problem('protocol-violated', server.caller(), inbox);
    expect(server.commands).toEqual([]);
  });

  it.each([
    ['* BYE [UNAVAILABLE] going down\r\n', 'login-unavailable', 'UNAVAILABLE'],
    ['* BYE go away\r\n', 'login-unavailable', null],
    ['* BYE Too many open connections\r\n', 'server-limit-reached', null],
  ])('and says %j instead gets no password', async (greeting, kind, responseCode) => {
    const server = await serve({ greeting });
    expect(await stage.postern.problem(kind, server.caller(), inbox)).toMatchObject({ responseCode });
    expect(server.commands).toEqual([]);
  });
});

it('waits for a greeting no longer than its deadline', async () => {
  const server = await serve({ greeting: '' });
  const problem = await stage.postern.problem('deadline-exceeded', server.caller(), inbox);
  expect(problem).toMatchObject({ status: 504, phase: 'greeting' });
  expect(server.commands).toEqual([]);
});
