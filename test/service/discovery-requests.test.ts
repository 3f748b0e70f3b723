/**
 * What is a search for servers refused, and what does it never call?
 */
import { expect, it } from 'vitest';
import { canaryPassword } from '../support/canary.ts';
import { discoveryStage } from '../support/discovery-stage.ts';
import { startPopServer } from '../support/pop-script.ts';

// As in production: neither loopback nor private addresses may be called.
const stage = discoveryStage(() => ({ development: false }));

it.each<[string, unknown, string, string]>([
  ['no address', {}, 'email', 'Give a whole address'],
  ['half an address', { email: 'ada' }, 'email', 'Give a whole address'],
  ['an address of no domain', { email: 'ada@[192.0.2.1]' }, 'email', 'Give a whole address'],
  ['a line break', { email: 'ada@example.com\r\nX-Y: z' }, 'email', 'Give a whole address'],
  ['an empty password', { email: 'ada@example.com', password: '' }, 'password', 'Give one that is not empty'],
  [
    'a password with a line break',
    { email: 'ada@example.com', password: 'a\r\nb' },
    'password',
    'Leave CR, LF and NUL out.',
  ],
  ['a capsule', { email: 'ada@example.com', password: 'pstn_e30..a.b.c' }, 'password', 'a capsule is none'],
  [
    'a password that no header holds',
    { email: 'ada@example.com', password: 'x'.repeat(16_385) },
    'password',
    'Give at most 16384 characters.',
  ],
  ['another field', { email: 'ada@example.com', server: 'imaps://x' }, 'server', 'There is no such field'],
  [
    'an answer to nothing',
    { email: 'ada@example.com', answers: { colour: 'red' } },
    'answers.colour',
    'There is no such field',
  ],
])('takes no request with %s', async (_, body, field, remedy) => {
  const { errors } = await stage.postern.problem('request-invalid', null, '/v1/discover', { body });
  expect(errors).toMatchObject([{ in: 'body', field, message: expect.stringContaining(remedy) }]);
  expect(stage.web.asked).toEqual([]);
});

it('takes no request that is no JSON', async () => {
  const call = {
    method: 'POST',
    bytes: Buffer.from('email=ada@example.com'),
    headers: { 'Content-Type': 'text/plain' },
  };
  await stage.postern.problem('media-type-unsupported', null, '/v1/discover', call);
});

it('calls no mail server that is not public, whoever names it', async () => {
  const server = await startPopServer();
  stage.publish('evil.example', [
    { type: 'pop3', hostname: '127.0.0.1', port: server.port, socketType: 'STARTTLS' },
    { type: 'pop3', hostname: 'localhost', port: 110, socketType: 'STARTTLS' },
    { type: 'imap', hostname: '0x7f.1' },
  ]);
  const { candidates, sources } = await stage.discover({ email: 'ada@evil.example', password: canaryPassword });
  expect(candidates).toEqual({ imap: [], pop3: [] });
  expect(sources.find(({ source }) => source === 'autoconfig')).toMatchObject({
    outcome: 'nothing',
    leftOut: [{ reason: 'address' }, { reason: 'address' }, { reason: 'address' }],
  });
  expect(server.connections).toBe(0);
  await server.stop();
});

it('asks no host that is not public', async () => {
  const before = stage.web.asked.length;
  const { sources, candidates } = await stage.discover({ email: 'ada@mail.internal' });
  const outcomeOf = (name: string) => sources.find(({ source }) => source === name)?.outcome;
  expect([outcomeOf('autoconfig'), outcomeOf('well-known'), candidates]).toEqual([
    'forbidden',
    'forbidden',
    { imap: [], pop3: [] },
  ]);
  expect(stage.web.asked.slice(before).filter((url) => new URL(url).hostname.endsWith('internal'))).toEqual([]);
});

it('answers nobody else, and lets nobody keep it', async () => {
  const response = await stage.postern.call(null, '/v1/discover', { body: { email: 'ada@gmail.com' } });
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ provider: { id: 'gmail', name: 'Gmail' } });
});
