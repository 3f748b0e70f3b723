/**
 * What is told about an account?
 */
import { expect, it } from 'vitest';
import { AccountSchema } from '../../src/account/schema.ts';
import { startImapServer } from '../support/imap-script.ts';
import { imapStage } from '../support/imap-stage.ts';
import { withPopServer } from '../support/pop-script.ts';

const stage = imapStage();
const account = '/v1/account';

it('tells what a mail server can do over either protocol, and logs in for it', async () => {
  const imap = await stage.postern.json(AccountSchema, await stage.host.caller('imap'), account);
  expect(imap).toMatchObject({ protocol: 'imap', server: { host: 'localhost', security: 'tls' } });
  expect(imap.capabilities).toEqual(expect.arrayContaining(['IMAP4rev1', 'MOVE', 'UIDPLUS']));
  const pop = await stage.postern.json(AccountSchema, await stage.host.caller('pop3'), account);
  expect(pop.capabilities).toEqual(expect.arrayContaining(['UIDL', 'TOP', 'PIPELINING']));
});

it('tells of none when a POP3 server does not know CAPA', async () => {
  await withPopServer({}, async (server) => {
    expect((await stage.postern.json(AccountSchema, server.caller(), account)).capabilities).toEqual([]);
  });
});

it('gives the arguments of a capability with it', async () => {
  await withPopServer({ capabilities: ['UIDL', 'LOGIN-DELAY 180'] }, async (server) => {
    const { capabilities } = await stage.postern.json(AccountSchema, server.caller(), account);
    expect(capabilities).toEqual(['UIDL', 'LOGIN-DELAY 180']);
  });
});

it('changes nothing, and selects no mailbox', async () => {
  const server = await startImapServer({ messages: [] });
  await stage.postern.json(AccountSchema, server.caller(), account);
  expect(server.commands.filter((command) => !/^(CAPABILITY|LOGIN|NOOP)/.test(command))).toEqual([]);
  await server.stop();
});

it('refuses a wrong password', async () => {
  const caller = await stage.host.caller('imap');
  await stage.postern.problem('login-refused', { ...caller, password: 'no' }, account);
});
