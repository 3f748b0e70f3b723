/**
 * Is a capsule as good as the credential that is sealed in it, for what it allows and no longer?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { AccountSchema, MintedCapsuleSchema } from '../../src/account/schema.ts';
import { scopes } from '../../src/core/access.ts';
import { limits } from '../../src/core/limits.ts';
import { MailboxesSchema } from '../../src/mailbox/schema/mailbox.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { canaryPassword } from '../support/canary.ts';
import { accounts, bearing, capsuleFor, exchangeOf, sealedFor } from '../support/capsules.ts';
import { accountOf } from '../support/consolidation.ts';
import { startImapServer } from '../support/imap-script.ts';
import { imapStage, messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapStage();
const inbox = messagesPath('inbox');

const secondsUntil = (date: string): number => (Date.parse(date) - Date.now()) / 1000;

describe('a capsule of a mailbox', () => {
  it('stands for server, user and password in one header', async () => {
    const caller = await stage.callerWith([letter('sealed')]);
    const { token, ...told } = await capsuleFor(stage.postern, caller);
    const page = await stage.postern.json(EmailPageSchema, null, inbox, bearing(token));
    expect(page.messages.map(({ messageId }) => messageId)).toEqual([['sealed@weaver.example']]);
    expect(told).toMatchObject({
      account: { protocol: 'imap', user: caller.user, server: { host: 'localhost', security: 'tls' } },
      access: { scopes: ['read', 'modify', 'delete', 'subscribe'], mailboxes: null },
    });
    expect(told.capabilities).toEqual(expect.arrayContaining(['MOVE', 'UIDPLUS']));
  });

  it('is kept by no cache, and shows nothing of what is in it', async () => {
    const caller = await stage.callerWith([]);
    const response = await stage.postern.call(null, accounts, { body: accountOf(caller) });
    const text = await response.text();
    expect([response.status, response.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const { token } = JSON.parse(text);
    const parts = String(token)
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    for (const word of [canaryPassword, caller.user, 'localhost']) expect(parts.join(' ')).not.toContain(word);
  });

  it('reaches the session that its password has opened, and shares it', async () => {
    const caller = await stage.callerWith([]);
    const { token } = await capsuleFor(stage.postern, caller);
    const response = await stage.postern.call(null, inbox, bearing(token));
    await response.arrayBuffer();
    expect(response.headers.get('server-timing')).not.toContain('login');
  });

  it('tells what it allows, and until when', async () => {
    const caller = await stage.callerWith([]);
    const made = await capsuleFor(stage.postern, caller, { scopes: ['delete', 'read', 'read'], mailboxes: ['inbox'] });
    const told = await stage.postern.json(AccountSchema, null, '/v1/account', bearing(made.token));
    expect(told).toMatchObject({
      user: caller.user,
      access: { scopes: ['read', 'delete'], mailboxes: ['inbox'] },
      capsule: { id: made.id, expiresAt: made.expiresAt },
    });
    const bare = await stage.postern.json(AccountSchema, caller, '/v1/account');
    expect(bare).toMatchObject({ access: { mailboxes: null }, capsule: null });
  });

  it('is good for 30 days unless it is said, and for a year at most', async () => {
    const caller = await stage.callerWith([]);
    const lives = async (expiresInSeconds?: number) =>
      secondsUntil(
        (await capsuleFor(stage.postern, caller, expiresInSeconds === undefined ? {} : { expiresInSeconds })).expiresAt,
      );
    for (const [asked, most] of [
      [undefined, limits.capsuleSeconds],
      [60, 60],
      [limits.capsuleSecondsMost, limits.capsuleSecondsMost],
    ] as const) {
      const seconds = await lives(asked);
      expect(seconds).toBeLessThanOrEqual(most);
      expect(seconds).toBeGreaterThan(most - 30);
    }
  });

  it('of an access token logs in with it, and is good for an hour unless it is said', async () => {
    const logins: string[] = [];
    const server = await startImapServer({
      capabilities: ['SASL-IR', 'AUTH=XOAUTH2'],
      answer: (command) => {
        if (!/^(AUTHENTICATE|LOGIN)/.test(command)) return undefined;
        logins.push(command.replace(/ \S*$/, ''));
        return '$ OK in\r\n';
      },
    });
    const { user, mailServer } = server.caller();
    const account = { server: mailServer, user, accessToken: canaryPassword };
    const usual = await stage.postern.json(MintedCapsuleSchema, null, accounts, { body: account });
    expect(secondsUntil(usual.expiresAt)).toBeLessThanOrEqual(limits.accessTokenCapsuleSeconds);
    const body = { ...account, expiresInSeconds: 7200 };
    const longer = await stage.postern.json(MintedCapsuleSchema, null, accounts, { body });
    expect(secondsUntil(longer.expiresAt)).toBeGreaterThan(limits.accessTokenCapsuleSeconds);
    await stage.postern.json(MailboxesSchema, null, '/v1/imap/mailboxes', bearing(longer.token));
    expect(logins).toEqual(['AUTHENTICATE XOAUTH2']);
    await server.stop();
  });

  it('is made for mailboxes that exist, by id or by role', async () => {
    const caller = await stage.callerWith([]);
    const [{ id = '' } = {}] = await stage.mailboxes(caller);
    const { access } = await capsuleFor(stage.postern, caller, { mailboxes: [id, 'trash', id] });
    expect(access.mailboxes).toEqual([id, 'trash']);
    const body = { ...accountOf(caller), mailboxes: ['inbox', 'inbox', 'mb_bm9uZQ', 'outbox', 'trash', 'flagged'] };
    const { errors = [] } = await stage.postern.problem('request-invalid', null, accounts, { body });
    expect(errors.map(({ field }) => field)).toEqual(['mailboxes.2', 'mailboxes.3', 'mailboxes.5']);
  });

  it('is not made with a password that the mail server refuses', async () => {
    const caller = await stage.callerWith([]);
    const body = accountOf({ ...caller, password: 'no' });
    await stage.postern.problem('login-refused', null, accounts, { body });
  });
});

describe('a capsule of a maildrop', () => {
  it('stands for its credential, and has no mailboxes', async () => {
    const caller = await stage.host.caller('pop3');
    await stage.deliver(caller, 'INBOX', letter('spooled'));
    const { token, maildrop, account } = await capsuleFor(stage.postern, caller);
    expect([account.protocol, maildrop?.expires]).toEqual(['pop3', 'not-told']);
    expect((await stage.postern.json(MaildropPageSchema, null, '/v1/pop/messages', bearing(token))).total).toBe(1);
    const body = { ...accountOf(caller), mailboxes: ['inbox'] };
    const { errors } = await stage.postern.problem('request-invalid', null, accounts, { body });
    expect(errors).toEqual([{ in: 'body', field: 'mailboxes', message: expect.stringContaining('leave it out') }]);
  });

  it('is not one of a mailbox', async () => {
    const { token } = await capsuleFor(stage.postern, await stage.host.caller('pop3'));
    await stage.postern.problem('protocol-mismatch', null, inbox, bearing(token));
  });
});

describe('an exchange', () => {
  it('makes a capsule that allows less, or lives less long, and otherwise the same', async () => {
    const first = await capsuleFor(stage.postern, await stage.callerWith([]), { expiresInSeconds: 3600 });
    const second = await exchangeOf(stage.postern, first.token, { scopes: ['read', 'modify'], mailboxes: ['inbox'] });
    expect(second).toMatchObject({
      account: first.account,
      expiresAt: first.expiresAt,
      access: { scopes: ['read', 'modify'], mailboxes: ['inbox'] },
    });
    expect(second.id).not.toBe(first.id);
    const third = await exchangeOf(stage.postern, second.token, { scopes: ['read'], expiresInSeconds: 60 });
    expect(third.access).toEqual({ scopes: ['read'], mailboxes: ['inbox'] });
    expect(secondsUntil(third.expiresAt)).toBeLessThanOrEqual(60);
    await stage.postern.json(EmailPageSchema, null, inbox, bearing(third.token));
    const { scope } = await stage.postern.problem(
      'scope-missing',
      null,
      `${inbox}/1.1`,
      bearing(third.token, { method: 'DELETE' }),
    );
    expect(scope).toBe('delete');
  });

  it.each([
    ['scopes', { scopes: ['read', 'delete'] }],
    ['mailboxes', { mailboxes: ['inbox', 'trash'] }],
    ['expiresInSeconds', { expiresInSeconds: 3700 }],
  ])('for more %s than are held is refused, and makes nothing', async (member, wish) => {
    const held = { scopes: ['read'], mailboxes: ['inbox'], expiresInSeconds: 3600 };
    const { token } = await capsuleFor(stage.postern, await stage.callerWith([]), held);
    const problem = await stage.postern.problem('access-too-wide', null, accounts, { body: { token, ...wish } });
    expect(problem).toMatchObject({ status: 403, member });
  });

  it('is possible for whatever a capsule allows, and makes one that allows no more', async () => {
    const caller = await stage.callerWith([]);
    for (const scope of scopes) {
      const { token } = await capsuleFor(stage.postern, caller, { scopes: [scope], mailboxes: ['inbox'] });
      expect((await exchangeOf(stage.postern, token)).access).toEqual({ scopes: [scope], mailboxes: ['inbox'] });
    }
  });

  it('asks for none of the mailboxes again that it does not name', async () => {
    const gone = ['inbox', 'mb_bm9uZQ'];
    const token = await sealedFor(await stage.callerWith([]), { access: { mailboxes: gone } });
    expect((await exchangeOf(stage.postern, token, { scopes: ['read'] })).access.mailboxes).toEqual(gone);
    const body = { token, mailboxes: ['mb_bm9uZQ'] };
    const { errors = [] } = await stage.postern.problem('request-invalid', null, accounts, { body });
    expect(errors.map(({ field }) => field)).toEqual(['mailboxes.0']);
  });

  it('can be made of an exchanged one, up to a number', async () => {
    let { token } = await capsuleFor(stage.postern, await stage.callerWith([]));
    for (let depth = 0; depth < limits.capsuleLineage; depth++) ({ token } = await exchangeOf(stage.postern, token));
    const { errors } = await stage.postern.problem('request-invalid', null, accounts, { body: { token } });
    expect(errors).toEqual([{ in: 'body', field: 'token', message: expect.stringContaining('Exchange one') }]);
    // So it fits into what every server takes for a header.
    expect(token.length).toBeLessThan(4_000);
  });
});
