/**
 * The largest providers of mail, which have people of all countries.
 */
import type { Provider } from './provider.ts';
import {
  deltaChat,
  domainConnect,
  entry,
  mailCore,
  names,
  servers,
  switchedOn,
  thunderbird,
} from './provider-entry.ts';

const googleHabits = [
  switchedOn('pop3'),
  {
    protocol: 'pop3',
    text: 'What a POP3 session has retrieved is not shown to later ones, though it is still in the mailbox.',
  },
  {
    protocol: 'pop3',
    text: 'What becomes of mail that is deleted by POP3 is set on its web page: it is kept, archived or deleted.',
  },
  { protocol: 'imap', text: 'A label is a mailbox, so the same message may be in several.' },
] as const;

const googleLimits = {
  connections: 15,
  notes: ['2,500 MB a day are sent by IMAP and 1,250 MB by POP3; 500 MB a day are taken in by IMAP.'],
};

const googlePages = [
  'https://support.google.com/mail/answer/7126229',
  'https://support.google.com/mail/answer/7104828',
  'https://support.google.com/a/answer/1071518',
];

const microsoftServers = servers('outlook.office365.com', 'outlook.office365.com');

export const large: readonly Provider[] = [
  entry({
    id: 'gmail',
    name: 'Gmail',
    domains: ['gmail.com', 'googlemail.com'],
    mxSuffixes: ['gmail-smtp-in.l.google.com'],
    ...servers('imap.gmail.com', 'pop.gmail.com'),
    oauth2: 'google',
    appPasswords: { isNeeded: true, url: 'https://support.google.com/accounts/answer/185833' },
    limits: googleLimits,
    habits: googleHabits,
    sources: [thunderbird('googlemail.com'), deltaChat('gmail'), mailCore, ...googlePages],
  }),
  entry({
    id: 'google-workspace',
    name: 'Google Workspace',
    domains: [],
    // The one of new customers, and those of all others.
    mxSuffixes: ['smtp.google.com', 'aspmx.l.google.com', 'aspmx2.googlemail.com', 'aspmx3.googlemail.com'],
    ...servers('imap.gmail.com', 'pop.gmail.com'),
    oauth2: 'google',
    appPasswords: { isNeeded: true, url: 'https://support.google.com/accounts/answer/185833' },
    limits: googleLimits,
    habits: [
      { protocol: 'both', text: 'Whoever administers the domain may have switched IMAP and POP3 off.' },
      ...googleHabits,
    ],
    sources: [
      thunderbird('googlemail.com'),
      domainConnect('google.com.gmail-setup'),
      'https://support.google.com/a/answer/174125',
      ...googlePages,
    ],
  }),
  entry({
    id: 'outlook.com',
    name: 'Outlook.com',
    domains: names(`
      hotmail.com live.com msn.com outlook.com windowslive.com outlook.at outlook.be outlook.cl outlook.cz
      outlook.de outlook.dk outlook.es outlook.fr outlook.hu outlook.ie outlook.in outlook.it outlook.jp
      outlook.kr outlook.lv outlook.my outlook.ph outlook.pt outlook.sa outlook.sg outlook.sk outlook.co.id
      outlook.co.il outlook.co.th outlook.com.ar outlook.com.au outlook.com.br outlook.com.gr outlook.com.tr
      outlook.com.vn hotmail.be hotmail.ca hotmail.cl hotmail.cz hotmail.de hotmail.dk hotmail.es hotmail.fi
      hotmail.fr hotmail.gr hotmail.hu hotmail.it hotmail.lt hotmail.lv hotmail.my hotmail.nl hotmail.no
      hotmail.ph hotmail.rs hotmail.se hotmail.sg hotmail.sk hotmail.co.id hotmail.co.il hotmail.co.in
      hotmail.co.jp hotmail.co.kr hotmail.co.th hotmail.co.uk hotmail.co.za hotmail.com.ar hotmail.com.au
      hotmail.com.br hotmail.com.hk hotmail.com.tr hotmail.com.tw hotmail.com.vn live.at live.be live.ca
      live.cl live.cn live.de live.dk live.fi live.fr live.hk live.ie live.in live.it live.jp live.nl live.no
      live.ru live.se live.co.jp live.co.kr live.co.uk live.co.za live.com.ar live.com.au live.com.mx
      live.com.my live.com.ph live.com.pt live.com.sg livemail.tw
    `),
    mxSuffixes: ['olc.protection.outlook.com', 'pamx1.hotmail.com'],
    ...microsoftServers,
    takesPassword: false,
    oauth2: 'microsoft',
    habits: [
      switchedOn('both'),
      { protocol: 'both', text: 'Passwords are not taken, nor are app passwords: sign in by OAuth 2.0.' },
    ],
    sources: [
      thunderbird('hotmail.com'),
      deltaChat('outlook.com'),
      domainConnect('outlook.com.personalizedoutlookemail'),
      'https://support.microsoft.com/en-us/office/pop-imap-and-smtp-settings-8361e398-8af4-4e97-b147-6c6c4ac95353',
    ],
  }),
  entry({
    id: 'microsoft-365',
    name: 'Microsoft 365',
    domains: ['office365.com', '*.onmicrosoft.com'],
    mxSuffixes: ['mail.protection.outlook.com', 'mx.microsoft'],
    ...microsoftServers,
    takesPassword: false,
    oauth2: 'microsoft',
    habits: [
      { protocol: 'both', text: 'Passwords are not taken: sign in by OAuth 2.0.' },
      { protocol: 'both', text: 'Whoever administers the domain may have switched IMAP and POP3 off.' },
    ],
    sources: [thunderbird('office365.com'), 'https://learn.microsoft.com/en-us/purview/how-smtp-dane-works'],
  }),
  entry({
    id: 'yahoo',
    name: 'Yahoo Mail',
    domains: names(`
      yahoo.com yahoo.ca yahoo.de yahoo.it yahoo.fr yahoo.es yahoo.se yahoo.co.in yahoo.co.uk yahoo.co.nz yahoo.com.au
      yahoo.com.ar yahoo.com.br yahoo.com.mx ymail.com myyahoo.com rocketmail.com cox.net
    `),
    mxSuffixes: ['am0.yahoodns.net'],
    ...servers('imap.mail.yahoo.com', 'pop.mail.yahoo.com'),
    oauth2: 'yahoo',
    appPasswords: {
      isNeeded: true,
      url: 'https://help.yahoo.com/kb/generate-manage-rd-party-passwords-sln15241.html',
    },
    sources: [
      thunderbird('yahoo.com'),
      mailCore,
      'https://help.yahoo.com/kb/new-mail-for-desktop/imap-server-settings-yahoo-mail-sln4075.html',
      'https://help.yahoo.com/kb/new-mail-for-desktop/pop-access-settings-instructions-yahoo-mail-sln4724.html',
    ],
  }),
  entry({
    id: 'aol',
    name: 'AOL Mail',
    domains: names(`
      aol.com aim.com netscape.net netscape.com compuserve.com cs.com wmconnect.com aol.de aol.it aol.fr aol.es aol.se
      aol.co.uk aol.co.nz aol.com.au aol.com.ar aol.com.br aol.com.mx verizon.net
    `),
    mxSuffixes: ['mail.gm0.yahoodns.net'],
    ...servers('imap.aol.com', 'pop.aol.com'),
    oauth2: 'aol',
    appPasswords: { isNeeded: true, url: 'https://login.aol.com/account/security' },
    sources: [thunderbird('aol.com'), thunderbird('verizon.net'), deltaChat('aol')],
  }),
  entry({
    id: 'icloud',
    name: 'iCloud Mail',
    domains: ['icloud.com', 'me.com', 'mac.com'],
    mxSuffixes: ['mail.icloud.com'],
    imap: ['imaps://imap.mail.me.com'],
    pop3: null,
    user: 'local-part',
    appPasswords: { isNeeded: true, url: 'https://support.apple.com/102654' },
    habits: [
      { protocol: 'pop3', text: 'There is no POP3.' },
      {
        protocol: 'imap',
        text: 'With a domain of one’s own, the user is that of the iCloud address and not of the address in that domain.',
      },
    ],
    sources: [thunderbird('me.com'), deltaChat('icloud'), 'https://support.apple.com/102525'],
  }),
];
