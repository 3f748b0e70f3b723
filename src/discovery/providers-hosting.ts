/**
 * Providers that take mail in for domains of their customers, and are known by their mail exchangers.
 */
import type { Provider } from './provider.ts';
import {
  deltaChat,
  domainConnect,
  entry,
  mailCore,
  onlyImap,
  servers,
  serversEitherWay,
  switchedOn,
  thunderbird,
} from './provider-entry.ts';

const zohoPages = ['https://www.zoho.com/mail/help/imap-access.html', 'https://www.zoho.com/mail/help/pop-access.html'];

/** Zoho has a data centre for each of these, and accounts live in one of them. */
const zohoDomains = {
  'zoho.com': 'zohomail.com',
  'zoho.eu': 'zohomail.eu',
  'zoho.in': 'zohomail.in',
  'zoho.jp': 'zohomail.jp',
  'zoho.com.au': 'zohomail.com.au',
  'zohocloud.ca': 'zohomailcloud.ca',
} as const;

const zoho = Object.entries(zohoDomains).map(([domain, mailDomain]) =>
  entry({
    id: domain,
    name: `Zoho Mail (${domain})`,
    // Domains of customers are on other servers, imappro and poppro, so no mail exchanger leads here.
    domains: [domain, mailDomain],
    ...servers(`imap.${domain}`, `pop.${domain}`),
    appPasswords: { isNeeded: false, url: 'https://www.zoho.com/mail/help/imap-access.html' },
    habits: [switchedOn('both'), { protocol: 'pop3', text: 'Free accounts from 2019 on have no POP3.' }],
    sources: [thunderbird(domain), ...zohoPages],
  }),
);

export const hosting: readonly Provider[] = [
  ...zoho,
  entry({
    id: 'ionos.fr',
    name: 'IONOS (France)',
    domains: [],
    mxSuffixes: ['ionos.fr'],
    ...servers('imap.ionos.fr', 'pop.ionos.fr'),
    sources: ['https://ionos.fr/assistance/email/mise-en-place-demail-made-in-germany/serveur-entrant'],
  }),
  entry({
    id: 'ovh',
    name: 'OVHcloud',
    domains: ['ovh.net'],
    mxSuffixes: ['ovh.net'],
    ...servers('ssl0.ovh.net', 'ssl0.ovh.net'),
    sources: [thunderbird('ovh.net'), mailCore],
  }),
  entry({
    id: 'gandi',
    name: 'Gandi Mail',
    domains: ['gandi.net'],
    mxSuffixes: ['mail.gandi.net'],
    ...serversEitherWay('mail.gandi.net', 'mail.gandi.net'),
    sources: [thunderbird('gandi.net')],
  }),
  entry({
    id: 'infomaniak',
    name: 'Infomaniak',
    domains: ['ik.me'],
    mxSuffixes: ['infomaniak.ch'],
    ...servers('mail.infomaniak.com', 'mail.infomaniak.com'),
    sources: ['https://www.infomaniak.com/en/support/faq/admin2/email-service', deltaChat('infomaniak.com')],
  }),
  entry({
    id: 'migadu',
    name: 'Migadu',
    domains: ['migadu.com'],
    mxSuffixes: ['migadu.com'],
    ...onlyImap('imap.migadu.com'),
    habits: [{ protocol: 'pop3', text: 'POP3 has the inbox alone; what was taken for spam is not in it.' }],
    sources: [
      deltaChat('migadu'),
      'https://www.migadu.com/en/guides/config.html',
      'https://www.migadu.com/en/guides/pop.html',
    ],
  }),
  entry({
    id: 'purelymail',
    name: 'Purelymail',
    domains: ['purelymail.com', 'cheapermail.com', 'placeq.com', 'rethinkmail.com', 'worldofmail.com'],
    ...onlyImap('imap.purelymail.com'),
    sources: [deltaChat('purelymail.com')],
  }),
  entry({
    id: 'amazon-workmail',
    name: 'Amazon WorkMail',
    // Domains of customers share their mail exchangers with those of Amazon SES, which keeps no mailboxes.
    domains: ['*.awsapps.com'],
    imap: ['us-east-1', 'us-west-2', 'eu-west-1'].map((region) => `imaps://imap.mail.${region}.awsapps.com`),
    pop3: [],
    habits: [{ protocol: 'both', text: 'It is in one of three regions, and ends on 31 March 2027.' }],
    sources: [
      'https://docs.aws.amazon.com/workmail/latest/userguide/using_IMAP.html',
      'https://docs.aws.amazon.com/workmail/latest/adminguide/workmail-end-of-support.html',
    ],
  }),
  entry({
    id: 'privateemail',
    name: 'Namecheap Private Email',
    domains: [],
    mxSuffixes: ['privateemail.com'],
    ...servers('mail.privateemail.com', 'mail.privateemail.com'),
    sources: [
      'https://mailflowauthority.com/email-infrastructure/private-email-imap-settings',
      'https://namecheap.com/support/knowledgebase/article.aspx/1262/2176/what-does-namecheap-private-email-dns-verification-imply',
    ],
  }),
  entry({
    id: 'rackspace',
    name: 'Rackspace Email',
    domains: [],
    mxSuffixes: ['emailsrvr.com'],
    ...onlyImap('secure.emailsrvr.com'),
    sources: [thunderbird('emailsrvr.com'), mailCore],
  }),
  entry({
    id: 'godaddy',
    name: 'GoDaddy (Workspace Email)',
    domains: [],
    mxSuffixes: ['secureserver.net'],
    ...servers('imap.secureserver.net', 'pop.secureserver.net'),
    sources: [thunderbird('wildwestdomains.com'), domainConnect('godaddy.com.professional_mail')],
  }),
  entry({
    id: 'hostinger',
    name: 'Hostinger',
    domains: [],
    mxSuffixes: ['mx1.hostinger.com', 'mx2.hostinger.com'],
    ...serversEitherWay('imap.hostinger.com', 'pop.hostinger.com'),
    sources: [mailCore],
  }),
  entry({
    id: 'one.com',
    name: 'one.com',
    domains: ['one.com'],
    mxSuffixes: ['one.com'],
    ...onlyImap('imap.one.com'),
    sources: [thunderbird('one.com')],
  }),
  entry({
    id: 'dondominio',
    name: 'DonDominio',
    domains: [],
    mxSuffixes: ['dondominio.com'],
    ...servers('imap.dondominio.com', 'pop3.dondominio.com'),
    sources: [thunderbird('dondominio.com')],
  }),
  entry({
    id: 'websupport',
    name: 'WebSupport',
    domains: [],
    mxSuffixes: ['websupport.sk'],
    ...serversEitherWay('imap.websupport.sk', 'pop.websupport.sk'),
    sources: [thunderbird('websupport.sk')],
  }),
  entry({
    id: 'active24',
    name: 'ACTIVE 24',
    domains: [],
    mxSuffixes: ['active24.com', 'smtp.cz'],
    ...servers('email.active24.com', 'email.active24.com'),
    sources: [thunderbird('active24.com')],
  }),
  entry({
    id: 'webhuset',
    name: 'Webhuset',
    domains: [],
    mxSuffixes: ['webhuset.no'],
    ...servers('imap.webhuset.no', 'mail.webhuset.no'),
    sources: [thunderbird('webhuset.no'), 'https://www.webhuset.no/kb/8/oppsett-for-epost-hos-oss'],
  }),
  ...(['eu', 'us'] as const).map((region) =>
    entry({
      id: `ox-cloud-${region}`,
      name: `OX Cloud (${region.toUpperCase()})`,
      domains: [],
      mxSuffixes: [`cloud${region}.xion.oxcs.net`],
      ...servers(`imap.${region}.appsuite.cloud`, `pop.${region}.appsuite.cloud`),
      sources: [thunderbird(`oxcloud-${region}`)],
    }),
  ),
];
