/**
 * Providers of mail of the west, north and south of Europe.
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

export const european: readonly Provider[] = [
  entry({
    id: 'orange.fr',
    name: 'Orange (France)',
    domains: ['orange.fr', 'wanadoo.fr'],
    ...servers('imap.orange.fr', 'pop.orange.fr'),
    sources: [thunderbird('orange.fr')],
  }),
  entry({
    id: 'free.fr',
    name: 'Free',
    domains: ['free.fr'],
    ...servers('imap.free.fr', 'pop.free.fr'),
    user: 'local-part',
    sources: [
      thunderbird('free.fr'),
      'https://assistance.free.fr/articles/configurer-de-maniere-avancee-mon-logiciel-de-messagerie-609',
    ],
  }),
  entry({
    id: 'laposte.net',
    name: 'La Poste',
    domains: ['laposte.net'],
    ...servers('imap.laposte.net', 'pop.laposte.net'),
    user: 'local-part',
    sources: [thunderbird('laposte.net')],
  }),
  entry({
    id: 'sfr.fr',
    name: 'SFR',
    domains: ['sfr.fr', 'neuf.fr', 'club-internet.fr'],
    ...servers('imap.sfr.fr', 'pop.sfr.fr'),
    sources: [thunderbird('sfr.fr')],
  }),
  entry({
    id: 'mailo',
    name: 'Mailo',
    domains: ['mailo.com'],
    ...onlyImap('imap.mailo.com'),
    sources: [deltaChat('mailo.com')],
  }),
  entry({
    id: 'libero',
    name: 'Libero',
    domains: ['libero.it', 'iol.it', 'blu.it', 'inwind.it', 'giallo.it'],
    ...servers('imapmail.libero.it', 'popmail.libero.it'),
    sources: [thunderbird('libero.it')],
  }),
  entry({
    id: 'virgilio',
    name: 'Virgilio',
    domains: ['virgilio.it'],
    ...servers('in.virgilio.it', 'in.virgilio.it'),
    sources: [
      thunderbird('virgilio.it'),
      'https://aiuto.virgilio.it/articolo/mail/configurare-virgilio-mail-con-client-di-posta-imap-e-smtp/',
    ],
  }),
  entry({
    id: 'tim.it',
    name: 'TIM',
    domains: ['tim.it'],
    imap: ['imap://imap.tim.it'],
    pop3: ['pop3://pop.tim.it'],
    sources: [
      thunderbird('tim.it'),
      'https://www.tim.it/assistenza/assistenza-tecnica/mail/configurazione/protocolli-posta',
    ],
  }),
  entry({
    id: 'alice.it',
    name: 'Alice (TIM)',
    domains: ['alice.it'],
    imap: ['imap://in.alice.it'],
    pop3: ['pop3://in.alice.it'],
    sources: [
      thunderbird('alice.it'),
      'https://www.tim.it/assistenza/assistenza-tecnica/mail/configurazione/protocolli-posta',
    ],
  }),
  entry({
    id: 'tiscali.it',
    name: 'Tiscali (Italy)',
    domains: ['tiscali.it'],
    ...servers('imap.tiscali.it', 'pop.tiscali.it'),
    sources: [
      thunderbird('tiscali.it'),
      deltaChat('tiscali.it'),
      'https://assistenza.tiscali.it/servizi/guida/posta-elettronica/',
    ],
  }),
  entry({
    id: 'email.it',
    name: 'Email.it',
    domains: ['email.it'],
    ...servers('in.email.it', 'pop.email.it'),
    sources: [thunderbird('email.it'), 'https://assistenza.email.it/imap-pop.php'],
  }),
  entry({
    id: 'fastweb',
    name: 'Fastweb',
    domains: ['fastwebnet.it'],
    ...servers('imap.fastwebnet.it', 'pop.fastwebnet.it'),
    sources: [thunderbird('fastwebnet.it'), 'https://www.fastweb.it/fastmail/guida/mail_POPeIMAP/'],
  }),
  entry({
    id: 'sapo',
    name: 'SAPO',
    domains: ['sapo.pt', 'sapo.cv', 'sapo.ao', 'sapo.mz', 'sapo.tl', 'meo.pt'],
    ...servers('imap.sapo.pt', 'pop.sapo.pt'),
    sources: [thunderbird('sapo.pt'), 'https://ajuda.sapo.pt/configurar-programa-de-email-70015'],
  }),
  entry({
    id: 'btinternet',
    name: 'BT Mail',
    domains: ['btinternet.com', 'btopenworld.com', 'talk21.com'],
    ...servers('mail.btinternet.com', 'mail.btinternet.com'),
    sources: [thunderbird('btinternet.com')],
  }),
  entry({
    id: 'sky.com',
    name: 'Sky Mail',
    domains: ['sky.com'],
    ...servers('imap.tools.sky.com', 'pop.tools.sky.com'),
    sources: [thunderbird('sky.com')],
  }),
  entry({
    id: 'virginmedia',
    name: 'Virgin Media',
    domains: ['virginmedia.com'],
    ...servers('imap.virginmedia.com', 'pop3.virginmedia.com'),
    sources: [thunderbird('virginmedia.com')],
  }),
  entry({
    id: 'blueyonder',
    name: 'Blueyonder (Virgin Media)',
    domains: ['blueyonder.co.uk'],
    ...servers('imap4.blueyonder.co.uk', 'pop3.blueyonder.co.uk'),
    sources: [thunderbird('blueyonder.co.uk')],
  }),
  entry({
    id: 'ntlworld',
    name: 'NTL World (Virgin Media)',
    domains: ['ntlworld.com'],
    ...servers('imap.ntlworld.com', 'pop3.ntlworld.com'),
    sources: [thunderbird('ntlworld.com')],
  }),
  entry({
    id: 'virgin.net',
    name: 'Virgin.net (Virgin Media)',
    domains: ['virgin.net'],
    ...servers('imap4.virgin.net', 'pop.virgin.net'),
    sources: [thunderbird('virgin.net')],
  }),
  entry({
    id: 'kpn',
    name: 'KPN',
    domains: names(`
      kpnmail.nl kpnplanet.nl planet.nl wxs.nl hetnet.nl freeler.nl snelnet.net on.nl onsbrabantnet.nl onsmail.nl
      onsnet.nu onsneteindhoven.nl onsnetnuenen.nl xs4all.nl telfort.nl tip.nl tiscali.nl tiscalimail.nl
    `),
    ...serversEitherWay('imap.kpnmail.nl', 'pop.kpnmail.nl'),
    sources: [thunderbird('kpnmail.nl'), 'https://www.kpn.com/service/internet/e-mail/instellen-laptop-pc.htm'],
  }),
  entry({
    id: 'ziggo',
    name: 'Ziggo',
    domains: names(`
      ziggo.nl ziggomail.com hahah.nl casema.nl zinders.nl zeggis.nl zeggis.com razcall.nl razcall.com upcmail.nl
      chello.nl multiweb.nl home.nl quicknet.nl
    `),
    ...servers('imap.ziggo.nl', 'pop.ziggo.nl'),
    sources: [thunderbird('ziggo.nl'), deltaChat('ziggo.nl'), 'https://www.ziggo.nl/klantenservice/e-mail/'],
  }),
  entry({
    id: 'proximus',
    name: 'Proximus',
    domains: ['skynet.be', 'proximus.be', 'belgacom.net', 'kidcity.be'],
    ...servers('imap.proximus.be', 'pop.proximus.be'),
    sources: [thunderbird('skynet.be')],
  }),
  entry({
    id: 'mail.dk',
    name: 'YouSee Mail',
    domains: ['mail.dk'],
    ...servers('imap.mail.dk', 'pop3.mail.dk'),
    sources: [
      thunderbird('mail.dk'),
      'https://yousee.dk/hjaelp/artikler/hvad-er-mine-serveroplysninger-til-yousee-mail',
    ],
  }),
  ...['inbox.lv', 'inbox.lt', 'inbox.eu', 'inbox.la'].map((domain) =>
    entry({
      id: domain,
      name: domain,
      domains: [domain],
      ...servers(`mail.${domain}`, `mail.${domain}`),
      habits: [
        switchedOn('both'),
        { protocol: 'both', text: 'Access by IMAP and POP3 ends when nobody has used it for two months.' },
      ],
      sources: [thunderbird('inbox.lv'), 'https://help.inbox.lv/feedback/questions?category=278&language=en'],
    }),
  ),
  entry({
    id: 'mail.ee',
    name: 'mail.ee',
    domains: ['mail.ee'],
    ...servers('mail.ee', 'mail.ee'),
    habits: [switchedOn('both')],
    sources: [thunderbird('mail.ee')],
  }),
];
