/**
 * What is said to a request that is wrong before any mail server is called, and what every answer carries.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { withFiles } from '../support/imap-letters.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapStage();
const inbox = messagesPath('inbox');
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('an account that cannot be one', () => {
  const server = 'imaps://localhost:1';
  const cases: readonly (readonly [string, Record<string, string>, string, string])[] = [
    ['without credentials', { 'Mail-Server': server }, 'credentials-missing', ''],
    ['with another scheme', { 'Mail-Server': server, Authorization: 'Digest x' }, 'credentials-missing', ''],
    ['without a server', { Authorization: basic('a:b') }, 'request-invalid', 'Mail-Server'],
    [
      'with a server that is no URL',
      { Authorization: basic('a:b'), 'Mail-Server': 'mail.example' },
      'request-invalid',
      'Mail-Server',
    ],
    [
      'with a server of the web',
      { Authorization: basic('a:b'), 'Mail-Server': 'https://mail.example' },
      'request-invalid',
      'Mail-Server',
    ],
    ['without a password', { Authorization: basic('a:'), 'Mail-Server': server }, 'request-invalid', 'Authorization'],
    [
      'with CR LF in the user',
      { Authorization: basic('a\r\nb LOGOUT:b'), 'Mail-Server': server },
      'request-invalid',
      'Authorization',
    ],
    [
      'with NUL in the user',
      { Authorization: basic('a\0b:b'), 'Mail-Server': server },
      'request-invalid',
      'Authorization',
    ],
    [
      'with LF in the password',
      { Authorization: basic('a:b\nc'), 'Mail-Server': server },
      'request-invalid',
      'Authorization',
    ],
    [
      'with CR in the password',
      { Authorization: basic('a:b\rc'), 'Mail-Server': server },
      'request-invalid',
      'Authorization',
    ],
    [
      'with NUL in the password',
      { Authorization: basic('a:b\0'), 'Mail-Server': server },
      'request-invalid',
      'Authorization',
    ],
    [
      'of the other protocol',
      { Authorization: basic('a:b'), 'Mail-Server': 'pop3s://localhost:1' },
      'protocol-mismatch',
      '',
    ],
    [
      'on a private address',
      { Authorization: basic('a:b'), 'Mail-Server': 'imaps://10.0.0.1' },
      'server-forbidden',
      '',
    ],
  ];

  it.each(cases)('%s is refused, and the header is named', async (_, headers, kind, field) => {
    for (const path of ['/v1/imap/mailboxes', inbox, `${inbox}/1.1`, `${inbox}/1.1/raw`]) {
      const problem = await stage.postern.problem(kind, null, path, { headers });
      if (field !== '') expect(problem.errors).toMatchObject([{ in: 'header', field }]);
    }
  });
});

it('logs in with a user and a password of any script and any sign', async () => {
  const passwords = ['pass word', 'quote"back\\slash', 'Пароль-密码', '{5}', '%s*(', ' '];
  for (const [index, password] of passwords.entries()) {
    const user = `odd${index}@postern.example`;
    await stage.host.dovecot.addUser(user, password);
    const { mailServer } = await stage.host.caller('imap');
    expect((await stage.page({ user, password, mailServer })).total).toBe(0);
  }
});

it('sends nothing of a mailbox id to the server that could end a command', async () => {
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([letter('1')]));
  await stage.page(caller);
  const before = relay.commands.length;
  for (const path of ['x\r\ny DELETE INBOX', 'x\ny', 'x\0y', 'x"\r\n']) {
    const id = `mb_${Buffer.from(path).toString('base64url')}`;
    await stage.postern.problem('mailbox-not-found', caller, messagesPath(id));
  }
  expect(relay.commands).toHaveLength(before);
  const quotes = `mb_${Buffer.from('x" DELETE "INBOX').toString('base64url')}`;
  await stage.postern.problem('mailbox-not-found', caller, messagesPath(quotes));
  const sent = relay.commands.slice(before).filter((command) => !command.startsWith('ID '));
  expect(new Set(sent.map((command) => command.replace(/ \(CONDSTORE\)$/, '')))).toEqual(
    new Set(['SELECT "x\\" DELETE \\"INBOX"']),
  );
  await relay.stop();
});

describe('what an answer says about keeping it', () => {
  it.each([
    ['/v1/imap/mailboxes', 'private, no-cache'],
    [inbox, 'private, no-cache'],
    ['{message}', 'private, no-cache'],
    ['{message}/raw', 'private, max-age=31536000, immutable'],
    ['{message}/parts/2', 'private, max-age=31536000, immutable'],
  ])('%s', async (target, cacheControl) => {
    const caller = await stage.callerWith([withFiles]);
    const path = target.replace('{message}', first(await stage.paths(caller)));
    for (const method of ['GET', 'HEAD']) {
      const response = await stage.postern.call(caller, path, { method });
      const body = await response.arrayBuffer();
      expect(response.status).toBe(200);
      expect(body.byteLength > 0).toBe(method === 'GET');
      expect(response.headers.get('cache-control')).toBe(cacheControl);
      expect(response.headers.get('vary')).toBe('Authorization, Mail-Server, Mail-User');
      if (cacheControl.endsWith('immutable')) expect(response.headers.get('etag')).toMatch(/^"[^"]+"$/);
    }
  });

  it('of a problem is that nobody keeps it', async () => {
    const caller = await stage.callerWith([]);
    const response = await stage.postern.call(caller, `${inbox}/1.1`);
    await response.arrayBuffer();
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});

it('tells where the time went, and gives each answer an id of its own', async () => {
  const caller = await stage.callerWith([letter('1')]);
  const answers = [];
  for (let count = 0; count < 2; count++) answers.push(await stage.postern.call(caller, inbox));
  const [cold, warm] = answers.map(({ headers }) => headers.get('server-timing') ?? '');
  expect(cold).toMatch(/connect;dur=\d+.*login;dur=\d+.*select;dur=\d+.*fetch;dur=\d+.*total;dur=\d+/);
  expect(warm).toMatch(/select;dur=\d+.*fetch;dur=\d+.*total;dur=\d+/);
  expect(warm).not.toMatch(/connect|login/);
  expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(2);
  for (const answer of answers) await answer.arrayBuffer();
});

it.each([
  ['PUT', '/v1/imap/mailboxes', 'GET, HEAD, POST'],
  ['PUT', inbox, 'GET, HEAD, POST'],
  ['POST', `${inbox}/1.1`, 'DELETE, GET, HEAD, PATCH, PUT'],
  ['DELETE', `${inbox}/1.1/raw`, 'GET, HEAD'],
  ['PATCH', `${inbox}/1.1/parts/1`, 'GET, HEAD'],
  ['GET', `${inbox}/1.1/copy`, 'POST'],
])('%s %s is a method that is not allowed, and the allowed ones are named', async (method, path, allow) => {
  const response = await stage.postern.call(null, path, { method });
  expect(response.headers.get('allow')).toBe(allow);
  expect(await response.json()).toMatchObject({
    type: '/problems/method-not-allowed',
    status: 405,
    allow: allow.split(', '),
  });
});

it('refuses a query that it does not know rather than ignoring it', async () => {
  const caller = await stage.callerWith([letter('1')]);
  for (const path of ['/v1/imap/mailboxes?colour=blue', `${first(await stage.paths(caller))}?colour=blue`]) {
    const problem = await stage.postern.problem('request-invalid', caller, path);
    expect(problem.errors).toMatchObject([{ in: 'query', field: 'colour' }]);
  }
});
