/**
 * Providers of mail of the east of Europe.
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

export const eastern: readonly Provider[] = [
  entry({
    id: 'seznam',
    name: 'Seznam',
    domains: ['seznam.cz', 'email.cz', 'post.cz', 'spoluzaci.cz'],
    ...servers('imap.seznam.cz', 'pop3.seznam.cz'),
    sources: [thunderbird('seznam.cz')],
  }),
  entry({
    id: 'wp.pl',
    name: 'Wirtualna Polska',
    domains: ['wp.pl'],
    ...servers('imap.wp.pl', 'pop3.wp.pl'),
    user: 'local-part',
    sources: [thunderbird('wp.pl')],
  }),
  entry({
    id: 'o2.pl',
    name: 'o2 Poczta',
    domains: ['o2.pl', 'go2.pl', 'tlen.pl', 'prokonto.pl'],
    ...servers('poczta.o2.pl', 'poczta.o2.pl'),
    user: 'local-part',
    habits: [switchedOn('both')],
    sources: [
      thunderbird('o2.pl'),
      'https://pomoc.o2.pl/jak-skonfigurowac-program-pocztowy',
      'https://pomoc.o2.pl/aktywacja-dostepu-dla-programow-pocztowych',
    ],
  }),
  entry({
    id: 'onet',
    name: 'Onet Poczta',
    domains: names(`
      onet.pl onet.eu poczta.onet.pl poczta.onet.eu op.pl vp.pl autograf.pl buziaczek.pl amorki.pl republika.pl adres.pl
      cyberia.pl onet.com.pl opoczta.pl pseudonim.pl spoko.pl vip.onet.pl
    `),
    ...servers('imap.poczta.onet.pl', 'pop3.poczta.onet.pl'),
    sources: [
      thunderbird('onet.pl'),
      'https://pomoc.poczta.onet.pl/baza-wiedzy/konfiguracja-poczty-w-programie-mozilla-thunderbird/',
    ],
  }),
  entry({
    id: 'yandex',
    name: 'Yandex Mail',
    domains: names('yandex.ru yandex.com yandex.net yandex.by yandex.kz yandex.ua ya.ru narod.ru'),
    mxSuffixes: ['mx.yandex.net', 'mx.yandex.ru'],
    ...servers('imap.yandex.com', 'pop.yandex.com'),
    isDeletedByPop3: false,
    oauth2: 'yandex',
    appPasswords: { isNeeded: true, url: 'https://yandex.com/support/passport/authorization/app-passwords.html' },
    habits: [
      switchedOn('both'),
      {
        protocol: 'pop3',
        text: 'Mail that is deleted by POP3 stays on the server: only its web page and IMAP delete it there.',
      },
    ],
    sources: [
      thunderbird('yandex.ru'),
      deltaChat('yandex.ru'),
      'https://yandex.com/support/mail/mail-clients/others.html',
    ],
  }),
  entry({
    id: 'mail.ru',
    name: 'Mail.ru',
    domains: ['mail.ru', 'inbox.ru', 'list.ru', 'bk.ru', 'internet.ru', 'corp.mail.ru'],
    mxSuffixes: ['emx.mail.ru', 'mxs.mail.ru'],
    ...serversEitherWay('imap.mail.ru', 'pop.mail.ru'),
    oauth2: 'mail.ru',
    appPasswords: { isNeeded: true, url: 'https://help.mail.ru/mail/security/protection/external' },
    sources: [thunderbird('mail.ru'), deltaChat('mail.ru')],
  }),
  entry({
    id: 'vk.com',
    name: 'VK Mail',
    domains: ['vk.com'],
    ...onlyImap('imap.mail.ru'),
    appPasswords: { isNeeded: true, url: 'https://account.mail.ru/user/2-step-auth/passwords/' },
    sources: [deltaChat('vk.com')],
  }),
  entry({
    id: 'rambler',
    name: 'Rambler',
    domains: ['rambler.ru', 'autorambler.ru', 'myrambler.ru', 'rambler.ua', 'lenta.ru', 'ro.ru', 'r0.ru'],
    ...servers('imap.rambler.ru', 'pop.rambler.ru'),
    habits: [switchedOn('both')],
    sources: [
      thunderbird('rambler.ru'),
      deltaChat('rambler.ru'),
      'https://help.rambler.ru/mail/mail-pochtovye-klienty/1275/',
    ],
  }),
  entry({
    id: 'ukr.net',
    name: 'UKR.NET',
    domains: ['ukr.net'],
    ...onlyImap('imap.ukr.net'),
    habits: [switchedOn('imap')],
    sources: [deltaChat('ukr.net'), 'https://wiki.ukr.net/ManageIMAPAccess'],
  }),
  entry({
    id: 'thinline',
    name: 'Český hosting',
    domains: [],
    mxSuffixes: ['thinline.cz'],
    ...serversEitherWay('mail.cesky-hosting.cz', 'mail.cesky-hosting.cz'),
    sources: [thunderbird('thinline.cz')],
  }),
];
