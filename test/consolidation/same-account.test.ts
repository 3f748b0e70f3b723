import { expect, it } from 'vitest';
import { isSameAccount, isSameGmailMessage, isSameMessage } from '../../src/consolidation/same-account.ts';
import { fullAccess } from '../../src/core/access.ts';
import type { Account } from '../../src/core/account.ts';
import { Secret } from '../../src/core/secret.ts';

const account = (host: string, user: string): Account => ({
  server: { protocol: 'pop3', host, port: 995, security: 'tls' },
  user,
  credential: { kind: 'password', secret: new Secret('x') },
  access: fullAccess,
});

it.each([
  ['pop.gmail.com', 'ada@gmail.com', 'imap.gmail.com', 'ada@gmail.com'],
  ['outlook.office365.com', 'ada@example.com', 'outlook.office365.com', 'ADA@example.com'],
  ['pop3.example.com', 'ada', 'imap.example.com', 'ada@example.com'],
  ['pop.mail.example.com', 'ada', 'imap.mail.example.com', 'ada'],
  ['mail.example.com', 'ada', 'example.com', 'ada'],
  ['pop-mail.example.com', 'ada', 'imap-mail.example.com', 'ada'],
  ['pop.gmail.com', 'recent:ada.l@gmail.com', 'imap.gmail.com', 'adal@gmail.com'],
  ['pop.googlemail.com', 'ada@googlemail.com', 'imap.gmail.com', 'ada+lists@gmail.com'],
  ['pop.gmail.com', 'recent:ada@example.com', 'imap.gmail.com', 'ada@example.com'],
])('takes %s, %s and %s, %s for the same account', (host, user, otherHost, otherUser) => {
  expect(isSameAccount(account(host, user), account(otherHost, otherUser))).toBe(true);
});

it.each([
  ['pop.example.com', 'ada@example.com', 'imap.example.com', 'grace@example.com'],
  ['pop.gmail.com', 'a.da@example.com', 'imap.gmail.com', 'ada@example.com'],
  ['pop.gmail.com', 'ada@gmail.com', 'imap.gmail.com', 'grace@gmail.com'],
  ['pop.hoster.example', 'info@one.example', 'imap.hoster.example', 'info@two.example'],
  ['pop.old.example', 'ada@one.example', 'imap.new.example', 'ada@one.example'],
  ['mail1.example.com', 'ada', 'mail2.example.com', 'ada'],
  ['pop.co.uk', 'ada', 'imap.example.co.uk', 'ada'],
])('takes %s, %s and %s, %s for two accounts', (host, user, otherHost, otherUser) => {
  expect(isSameAccount(account(host, user), account(otherHost, otherUser))).toBe(false);
});

it.each([
  ['000001f46a6a5f00', 'Dovecot'],
  ['6a6a5f00000001f4', 'Dovecot, the other way round'],
  ['UID500-1785356032', 'Courier'],
  ['1785356032.500', 'Cyrus'],
])('knows by %s which message of the mailbox it is (%s)', (uidl) => {
  expect(isSameMessage(uidl, { uidValidity: 1785356032, uid: 500 })).toBe(true);
  expect(isSameMessage(uidl, { uidValidity: 1785356032, uid: 501 })).toBe(false);
  expect(isSameMessage(uidl, { uidValidity: 1785356033, uid: 500 })).toBe(false);
});

it('knows by a UIDL of Gmail which of its messages it is', () => {
  expect(isSameGmailMessage('GmailId12f79852626270cc', String(0x12f79852626270ccn))).toBe(true);
  expect(isSameGmailMessage('GmailId12f79852626270cc', String(0x12f79852626270cdn))).toBe(false);
  expect(isSameGmailMessage('GmailId12f79852626270cc', null)).toBe(false);
  expect(isSameGmailMessage('12f79852626270cc', String(0x12f79852626270ccn))).toBe(false);
});
