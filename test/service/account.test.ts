/**
 * What is told about an account?
 */
import { describe, expect, it } from 'vitest';
import { AccountSchema } from '../../src/account/schema.ts';
import { startImapServer } from '../support/imap-script.ts';
import { imapStage } from '../support/imap-stage.ts';
import { startPopServer, withPopServer } from '../support/pop-script.ts';

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

describe('what a POP3 server does to mail that stays there, and to those who come often', () => {
  const policyOf = async (...capabilities: readonly string[]) => {
    const server = await startPopServer({ capabilities });
    const { maildrop } = await stage.postern.json(AccountSchema, server.caller(), account);
    await server.stop();
    return { maildrop, commands: server.commands };
  };

  it.each([
    [['EXPIRE 60', 'LOGIN-DELAY 180'], 'after-days', 60, 180],
    [['EXPIRE 0'], 'after-days', 0, null],
    [['expire never'], 'never', null, null],
    [['LOGIN-DELAY 0', 'EXPIRE soon'], 'not-told', null, null],
    [['UIDL'], 'not-told', null, null],
  ] as const)('is told as CAPA tells it (%j)', async (capabilities, expires, expiresAfterDays, loginDelaySeconds) => {
    const { maildrop, commands } = await policyOf(...capabilities);
    expect(maildrop).toEqual({ expires, expiresAfterDays, loginDelaySeconds });
    expect(commands.filter((command) => command === 'CAPA')).toHaveLength(1);
  });

  it('is asked for again behind the login, where it is another for each user (RFC 2449 §6.5, §6.7)', async () => {
    const answers = [
      ['EXPIRE 0 USER', 'LOGIN-DELAY 900 USER'],
      ['EXPIRE 30', 'LOGIN-DELAY 60'],
    ];
    const answer = (command: string) =>
      command === 'CAPA' ? `+OK\r\n${(answers.shift() ?? []).join('\r\n')}\r\n.\r\n` : undefined;
    await withPopServer({ answer }, async (server) => {
      const told = await stage.postern.json(AccountSchema, server.caller(), account);
      expect(told.maildrop).toEqual({ expires: 'after-days', expiresAfterDays: 30, loginDelaySeconds: 60 });
      expect(told.capabilities).toEqual(['EXPIRE 0 USER', 'LOGIN-DELAY 900 USER']);
      expect(server.commands.at(-1)).toBe('CAPA');
    });
  });

  it('is nothing that there is for a mailbox', async () => {
    expect(await stage.postern.json(AccountSchema, await stage.host.caller('imap'), account)).not.toHaveProperty(
      'maildrop',
    );
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
