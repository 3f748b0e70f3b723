/**
 * Providers of mail whose people are mostly in Germany, Austria and Switzerland.
 */
import type { Provider } from './provider.ts';
import {
  deltaChat,
  entry,
  names,
  onlyImap,
  servers,
  serversEitherWay,
  switchedOn,
  thunderbird,
} from './provider-entry.ts';

const gmxAppPasswords = {
  isNeeded: false,
  url: 'https://hilfe.gmx.net/sicherheit/2fa/anwendungsspezifisches-passwort.html',
} as const;

export const german: readonly Provider[] = [
  entry({
    id: 'gmx.net',
    name: 'GMX',
    domains: names(`
      gmx.net gmx.de gmx.at gmx.ch gmx.eu gmx.biz gmx.org gmx.info mein.gmx mail.gmx email.gmx
    `),
    ...serversEitherWay('imap.gmx.net', 'pop.gmx.net'),
    appPasswords: gmxAppPasswords,
    habits: [switchedOn('both')],
    sources: [
      thunderbird('gmx.net'),
      deltaChat('gmx.net'),
      'https://hilfe.gmx.net/pop-imap/imap/imap-serverdaten.html',
      'https://hilfe.gmx.net/pop-imap/einschalten.html',
    ],
  }),
  entry({
    id: 'gmx.com',
    name: 'GMX (international)',
    domains: names(`
      gmx.com gmx.tm gmx.us gmx.co.uk gmx.es gmx.fr gmx.ca gmx.cn gmx.co.in gmx.com.br gmx.com.my gmx.hk
      gmx.ie gmx.ph gmx.pt gmx.ru gmx.se gmx.sg gmx.tw gmx.com.tr gmx.it gmx.li
    `),
    ...serversEitherWay('imap.gmx.com', 'pop.gmx.com'),
    habits: [switchedOn('both')],
    sources: [thunderbird('gmx.com'), 'https://support.gmx.com/pop-imap/toggle.html'],
  }),
  entry({
    id: 'web.de',
    name: 'WEB.DE',
    domains: ['web.de'],
    ...serversEitherWay('imap.web.de', 'pop3.web.de'),
    user: 'local-part',
    limits: { connections: null, notes: ['POP3 is asked for every 15 minutes at most.'] },
    habits: [switchedOn('both')],
    sources: [
      thunderbird('web.de'),
      deltaChat('web.de'),
      'https://hilfe.web.de/pop-imap/imap/imap-serverdaten.html',
      'https://hilfe.web.de/pop-imap/einschalten.html',
    ],
  }),
  entry({
    id: 't-online',
    name: 'T-Online (Telekom)',
    domains: ['t-online.de', 'magenta.de'],
    ...servers('secureimap.t-online.de', 'securepop.t-online.de'),
    appPasswords: {
      isNeeded: true,
      url: 'https://www.telekom.de/hilfe/apps-dienste/e-mail/programme/passwort-verwalten',
    },
    sources: [
      thunderbird('t-online.de'),
      deltaChat('t-online'),
      'https://www.telekom.de/hilfe/apps-dienste/e-mail/einstellungen/posteingang-postausgang-server',
    ],
  }),
  entry({
    id: 'freenet',
    name: 'freenet Mail',
    domains: ['freenet.de'],
    imap: ['imaps://mx.freenet.de', 'imap://mx.freenet.de'],
    pop3: [],
    habits: [switchedOn('both')],
    sources: [deltaChat('freenet.de')],
  }),
  entry({
    id: 'vodafone.de',
    name: 'Vodafone (Germany)',
    domains: ['vodafonemail.de', 'vodafone.de', 'arcor.de', 'kabelmail.de'],
    ...servers('imap.vodafonemail.de', 'pop3.vodafonemail.de'),
    sources: [thunderbird('vodafonemail.de'), deltaChat('vodafone.de')],
  }),
  entry({
    id: 'posteo',
    name: 'Posteo',
    domains: names(`
      posteo.de posteo.at posteo.be posteo.ca posteo.ch posteo.cl posteo.co posteo.co.uk posteo.com
      posteo.com.br posteo.cr posteo.cz posteo.dk posteo.ee posteo.es posteo.eu posteo.fi posteo.gl posteo.gr
      posteo.hn posteo.hr posteo.hu posteo.ie posteo.in posteo.is posteo.it posteo.jp posteo.la posteo.li
      posteo.lt posteo.lu posteo.me posteo.mx posteo.my posteo.net posteo.nl posteo.no posteo.nz posteo.org
      posteo.pe posteo.pl posteo.pm posteo.pt posteo.ro posteo.se posteo.sg posteo.si posteo.tn posteo.uk
      posteo.us
    `),
    ...serversEitherWay('posteo.de', 'posteo.de'),
    sources: [
      thunderbird('posteo.de'),
      'https://posteo.de/hilfe/wie-richte-ich-posteo-in-einem-mailprogramm-ein-pop3-imap-und-smtp',
    ],
  }),
  entry({
    id: 'mailbox.org',
    name: 'mailbox.org',
    domains: ['mailbox.org', 'secure.mailbox.org'],
    mxSuffixes: ['mailbox.org'],
    ...servers('imap.mailbox.org', 'pop3.mailbox.org'),
    appPasswords: { isNeeded: false, url: 'https://kb.mailbox.org/en/private/e-mail/e-mail-configuration' },
    sources: ['https://kb.mailbox.org/en/private/e-mail/e-mail-configuration', deltaChat('mailbox.org')],
  }),
  entry({
    id: 'mail.de',
    name: 'mail.de',
    domains: ['mail.de'],
    ...onlyImap('imap.mail.de'),
    sources: [deltaChat('mail.de')],
  }),
  entry({
    id: 'a1.net',
    name: 'A1 (Austria)',
    domains: ['a1.net', 'aon.at'],
    ...onlyImap('securemail.a1.net'),
    sources: [thunderbird('a1.net')],
  }),
  entry({
    id: 'magenta.at',
    name: 'Magenta (Austria)',
    domains: ['chello.at'],
    ...onlyImap('mail.mymagenta.at'),
    sources: [deltaChat('chello.at')],
  }),
  entry({
    id: 'bluewin',
    name: 'Bluewin (Swisscom)',
    domains: ['bluewin.ch', 'bluemail.ch'],
    ...servers('imaps.bluewin.ch', 'pop3s.bluewin.ch'),
    sources: [thunderbird('bluewin.ch'), deltaChat('bluewin.ch')],
  }),
  entry({
    id: '1und1',
    name: 'IONOS (Germany)',
    domains: names('online.de onlinehome.de sofortstart.de sofort-start.de sofortsurf.de sofort-surf.de go4more.de'),
    mxSuffixes: ['kundenserver.de', 'schlund.de', 'ionos.de'],
    ...serversEitherWay('imap.1und1.de', 'pop.1und1.de'),
    sources: [thunderbird('1und1.de')],
  }),
  entry({
    id: 'strato',
    name: 'Strato',
    domains: ['strato.de'],
    mxSuffixes: ['rzone.de'],
    ...servers('imap.strato.de', 'pop3.strato.de'),
    sources: [
      thunderbird('strato.de'),
      'https://www.strato.de/faq/mail/externes-e-mail-programm-mit-strato-e-mail-adresse-nutzen/',
    ],
  }),
  entry({
    id: 'domainfactory',
    name: 'domainFACTORY',
    domains: [],
    mxSuffixes: ['ispgateway.de'],
    ...servers('sslin.df.eu', 'sslin.df.eu'),
    sources: [thunderbird('df.eu')],
  }),
  entry({
    id: 'hetzner',
    name: 'Hetzner',
    domains: [],
    mxSuffixes: ['your-server.de'],
    ...onlyImap('mail.your-server.de'),
    sources: [thunderbird('hetzner.de')],
  }),
];
