/**
 * What does Thunderbird's database of providers propose? (README.md beside this)
 */
import type { Incoming } from '../../support/settings-document.ts';

export interface Entry {
  /** By which it is asked for. */
  readonly domains: readonly string[];
  readonly servers: readonly Incoming[];
  readonly issuer?: string;
}

const local = { username: '%EMAILLOCALPART%' };
const both = { authentication: ['OAuth2', 'password-cleartext'] };
const oauth2 = { authentication: ['OAuth2'] };

const imap = (hostname: string, more: Partial<Incoming> = {}): Incoming => ({ type: 'imap', hostname, ...more });
const pop3 = (hostname: string, more: Partial<Incoming> = {}): Incoming => ({ type: 'pop3', hostname, ...more });
const pair = (imapHost: string, popHost: string, more: Partial<Incoming> = {}): readonly Incoming[] => [
  imap(imapHost, more),
  pop3(popHost, more),
];
const eitherWay = (imapHost: string, popHost: string, more: Partial<Incoming> = {}): readonly Incoming[] => [
  imap(imapHost, more),
  imap(imapHost, { port: 143, socketType: 'STARTTLS', ...more }),
  pop3(popHost, more),
  pop3(popHost, { port: 110, socketType: 'STARTTLS', ...more }),
];

export const ispEntries: readonly Entry[] = [
  {
    domains: ['gmail.com', 'googlemail.com', 'google.com'],
    servers: pair('imap.gmail.com', 'pop.gmail.com', both),
    issuer: 'accounts.google.com',
  },
  {
    domains: ['mail.protection.outlook.com'],
    servers: pair('outlook.office365.com', 'outlook.office365.com', oauth2),
    issuer: 'login.microsoftonline.com',
  },
  { domains: ['outlook.com', 'hotmail.com'], servers: pair('outlook.office365.com', 'outlook.office365.com', oauth2) },
  {
    domains: ['yahoo.com'],
    servers: [
      imap('imap.mail.yahoo.com', both),
      imap('export.imap.mail.yahoo.com', both),
      pop3('pop.mail.yahoo.com', both),
    ],
    issuer: 'login.yahoo.com',
  },
  { domains: ['icloud.com', 'me.com', 'mac.com'], servers: [imap('imap.mail.me.com', local)] },
  { domains: ['aol.com'], servers: pair('imap.aol.com', 'pop.aol.com', both), issuer: 'login.aol.com' },
  { domains: ['gmx.net', 'gmx.de'], servers: eitherWay('imap.gmx.net', 'pop.gmx.net') },
  { domains: ['web.de'], servers: eitherWay('imap.web.de', 'pop3.web.de', local) },
  { domains: ['t-online.de', 'magenta.de'], servers: pair('secureimap.t-online.de', 'securepop.t-online.de') },
  { domains: ['mail.ru'], servers: eitherWay('imap.mail.ru', 'pop.mail.ru', both), issuer: 'o2.mail.ru' },
  { domains: ['yandex.ru', 'yandex.com'], servers: pair('imap.yandex.com', 'pop.yandex.com') },
  { domains: ['messagingengine.com'], servers: pair('imap.fastmail.com', 'pop.fastmail.com', both) },
  { domains: ['zoho.com'], servers: pair('imap.zoho.com', 'pop.zoho.com') },
  { domains: ['posteo.de'], servers: eitherWay('posteo.de', 'posteo.de') },
  { domains: ['orange.fr', 'wanadoo.fr'], servers: pair('imap.orange.fr', 'pop.orange.fr') },
  { domains: ['free.fr'], servers: pair('imap.free.fr', 'pop.free.fr', local) },
  { domains: ['laposte.net'], servers: pair('imap.laposte.net', 'pop.laposte.net', local) },
  { domains: ['libero.it'], servers: pair('imapmail.libero.it', 'popmail.libero.it') },
  { domains: ['seznam.cz'], servers: pair('imap.seznam.cz', 'pop3.seznam.cz') },
  { domains: ['wp.pl'], servers: pair('imap.wp.pl', 'pop3.wp.pl', local) },
  { domains: ['o2.pl'], servers: pair('poczta.o2.pl', 'poczta.o2.pl', local) },
  { domains: ['qq.com'], servers: [imap('imap.qq.com')] },
  { domains: ['163.com'], servers: [imap('imap.163.com')] },
  { domains: ['comcast.net'], servers: eitherWay('imap.comcast.net', 'mail.comcast.net', both), issuer: 'comcast.net' },
  { domains: ['btinternet.com'], servers: pair('mail.btinternet.com', 'mail.btinternet.com') },
  { domains: ['ovh.net'], servers: pair('ssl0.ovh.net', 'ssl0.ovh.net') },
  { domains: ['kundenserver.de'], servers: eitherWay('imap.1und1.de', 'pop.1und1.de') },
  { domains: ['your-server.de'], servers: [imap('mail.your-server.de')] },
  { domains: ['rzone.de'], servers: pair('imap.strato.de', 'pop3.strato.de') },
  { domains: ['gandi.net'], servers: eitherWay('mail.gandi.net', 'mail.gandi.net') },
];
