/**
 * Outside of development: which mail servers are never called, however their address is spelt?
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PopServer, startPopServer } from '../support/pop-script.ts';
import { type Postern, startPostern } from '../support/postern.ts';

let postern: Postern;
let server: PopServer;
beforeAll(async () => {
  postern = await startPostern({ development: false });
  server = await startPopServer();
});
afterAll(async () => {
  await server.stop();
  await postern.stop();
});

const inwards = [
  [
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '127.0.0.1.',
    encodeURIComponent('①②⑦.⓪.⓪.①'),
  ],
  [
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',

    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
  ],
  [
    'localhost',
    'LOCALHOST',
    'localhost.',
    'localhost..',
    'mail.localhost',
    'printer.local',
    'db.internal',
    'mailserver',
  ],
  [
    '0.0.0.0',
    '[::]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
  ],
  ['[fe80::1]', '[fc00::1]', '[fd12:3456::1]', '[ff02::1]', '[2001:db8::1]', '[fec0::1]'],
].flat();

it.each(inwards)('does not call %s', async (host) => {
  for (const url of [`pop3s://${host}:${server.port}`, `pop3://${host}:${server.port}`, `pop3s://${host}`]) {
    const problem = await postern.problem('server-forbidden', server.caller(url), '/v1/pop/messages');
    expect(problem).toMatchObject({ status: 403, reason: 'address' });
  }
  expect(server.connections).toBe(0);
});

it.each(['[::127.0.0.1]', '[::7f00:1]', '[4000::1]'])(
  'does not call %s, which is no global address of IPv6',
  async (host) => {
    const problem = await postern.problem('server-forbidden', server.caller(`pop3s://${host}`), '/v1/pop/messages');
    expect(problem).toMatchObject({ status: 403, reason: 'address' });
  },
);

it.each([
  'pop3s://pop.example.com:25',
  'pop3s://pop.example.com:143',
  'pop3://pop.example.com:8110',
  'pop3s://93.184.216.34:22',
])('calls no other port than those of POP3 (%s)', async (url) => {
  const problem = await postern.problem('server-forbidden', server.caller(url), '/v1/pop/messages');
  expect(problem).toMatchObject({ status: 403, reason: 'port' });
});

it('sends no password without TLS', async () => {
  const url = 'pop3://pop.example.com?security=none';
  const problem = await postern.problem('server-forbidden', server.caller(url), '/v1/pop/messages');
  expect(problem).toMatchObject({ status: 403, reason: 'cleartext' });
});

it.each([
  ['GET', '/v1/pop/messages'],
  ['GET', '/v1/pop/messages/YQ'],
  ['GET', '/v1/pop/messages/YQ/raw'],
  ['GET', '/v1/pop/messages/YQ/parts/1'],
  ['DELETE', '/v1/pop/messages/YQ'],
  ['POST', '/v1/pop/downloads'],
  ['POST', '/v1/pop/downloads/ack'],
])('holds the rule for %s %s', async (method, path) => {
  const call = { method, ...(method === 'POST' ? { body: { receipt: 'x' } } : {}) };
  await postern.problem('server-forbidden', server.caller(`pop3s://127.0.0.1:${server.port}`), path, call);
  expect(server.connections).toBe(0);
});
