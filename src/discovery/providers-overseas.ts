/**
 * Providers of mail of the Americas, Oceania and Asia.
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

/** NetEase answers `Unsafe Login` to a program that does not say what it is (ID, RFC 2971). */
const neteaseHabits = [
  switchedOn('both'),
  { protocol: 'imap', text: 'A program that does not say what it is (RFC 2971) may not open the inbox.' },
] as const;

const neteaseAppPasswords = { isNeeded: true, url: 'https://mail.163.com/' } as const;

export const overseas: readonly Provider[] = [
  entry({
    id: 'att',
    name: 'AT&T Mail',
    domains: names(`
      att.net currently.com ameritech.net bellsouth.net flash.net nvbell.net pacbell.net prodigy.net sbcglobal.net
      snet.net swbell.net wans.net
    `),
    ...servers('imap.mail.att.net', 'inbound.att.net'),
    sources: [thunderbird('att.net'), 'https://www.att.com/support/article/email-support/KM1010523/'],
  }),
  entry({
    id: 'comcast',
    name: 'Xfinity (Comcast)',
    domains: ['comcast.net'],
    mxSuffixes: ['mx1.comcast.net', 'mx2.comcast.net'],
    ...serversEitherWay('imap.comcast.net', 'mail.comcast.net'),
    oauth2: 'comcast',
    habits: [switchedOn('both')],
    sources: [thunderbird('comcast.net'), 'https://www.xfinity.com/support/articles/third-party-email-access'],
  }),
  entry({
    id: 'charter',
    name: 'Spectrum (Charter)',
    domains: ['charter.net', 'spectrum.net', 'bresnan.net'],
    ...servers('mobile.charter.net', 'mobile.charter.net'),
    sources: [thunderbird('charter.net'), 'https://www.spectrum.net/support/internet/mobile-email-setup'],
  }),
  entry({
    id: 'roadrunner',
    name: 'Road Runner (Spectrum)',
    domains: ['rr.com', '*.rr.com'],
    ...servers('mail.twc.com', 'mail.twc.com'),
    sources: [thunderbird('rr.com')],
  }),
  entry({
    id: 'earthlink',
    name: 'EarthLink',
    domains: ['earthlink.net', 'mindspring.com', 'ix.netcom.com'],
    ...servers('imap.earthlink.net', 'pop.earthlink.net'),
    sources: [thunderbird('earthlink.net'), 'https://help.earthlink.net/portal/en/kb/articles/email-server-settings'],
  }),
  entry({
    id: 'centurylink',
    name: 'CenturyLink',
    domains: ['centurylink.net', 'embarqmail.com'],
    ...servers('mail.centurylink.net', 'pop.centurylink.net'),
    sources: [thunderbird('centurylink.net')],
  }),
  entry({
    id: 'q.com',
    name: 'Q.com (CenturyLink)',
    domains: ['q.com'],
    ...servers('mail.q.com', 'mail.q.com'),
    sources: [thunderbird('q.com')],
  }),
  entry({
    id: 'bell.net',
    name: 'Bell (Canada)',
    domains: ['bell.net', 'sympatico.ca'],
    ...servers('imap.bell.net', 'pophm.sympatico.ca'),
    sources: [thunderbird('bell.net')],
  }),
  entry({
    id: 'uol',
    name: 'UOL',
    domains: ['uol.com.br'],
    ...servers('imap.uol.com.br', 'pop3.uol.com.br'),
    user: 'local-part',
    habits: [switchedOn('imap')],
    sources: [thunderbird('uol.com.br'), 'https://sac.uol.com.br/info/primeiros_passos/config_mozillathunderbird.jhtm'],
  }),
  entry({
    id: 'bol',
    name: 'BOL',
    domains: ['bol.com.br'],
    ...servers('imap.bol.com.br', 'pop3.bol.com.br'),
    user: 'local-part',
    sources: [thunderbird('bol.com.br')],
  }),
  entry({
    id: 'telstra',
    name: 'Telstra Mail',
    domains: ['bigpond.com', 'bigpond.net.au', 'bigpond.net', 'telstra.com'],
    ...servers('imap.telstra.com', 'pop.telstra.com'),
    sources: [
      thunderbird('bigpond.com'),
      'https://www.telstra.com.au/support/category/email/telstra-mail/recommended-email-settings-for-telstra-mail',
    ],
  }),
  entry({
    id: 'xtra',
    name: 'Xtra Mail (Spark)',
    domains: ['xtra.co.nz'],
    ...servers('imap.xtra.co.nz', 'pop3.xtra.co.nz'),
    sources: [thunderbird('xtra.co.nz'), 'https://www.spark.co.nz/help/get-more/xtra/xtra-mail-setup/'],
  }),
  entry({
    id: 'qq',
    name: 'QQ Mail',
    domains: ['qq.com', 'foxmail.com'],
    ...servers('imap.qq.com', 'pop.qq.com'),
    appPasswords: { isNeeded: true, url: 'https://service.mail.qq.com/cgi-bin/help?subtype=1&id=28&no=331' },
    habits: [switchedOn('both')],
    sources: [thunderbird('qq.com'), deltaChat('qq'), 'https://cloud.kd.cn/ask/9658.html'],
  }),
  entry({
    id: '163.com',
    name: 'NetEase 163',
    domains: ['163.com'],
    ...servers('imap.163.com', 'pop.163.com'),
    appPasswords: neteaseAppPasswords,
    habits: neteaseHabits,
    sources: [thunderbird('163.com'), deltaChat('163'), 'https://note.lispstudio.com/dacaf276000eb6a58da4f0ecc45cd0e2'],
  }),
  ...['126.com', 'yeah.net'].map((domain) =>
    entry({
      id: domain,
      name: `NetEase ${domain}`,
      domains: [domain],
      ...onlyImap(`imap.${domain}`),
      appPasswords: neteaseAppPasswords,
      habits: neteaseHabits,
      sources: [thunderbird(domain), deltaChat('163')],
    }),
  ),
  entry({
    id: 'aliyun',
    name: 'Alibaba Mail',
    domains: ['aliyun.com'],
    ...onlyImap('imap.aliyun.com'),
    sources: [deltaChat('aliyun')],
  }),
  entry({
    id: 'naver',
    name: 'Naver',
    domains: ['naver.com'],
    ...servers('imap.naver.com', 'pop.naver.com'),
    habits: [switchedOn('both')],
    sources: [
      thunderbird('naver.com'),
      deltaChat('naver'),
      'https://help.naver.com/service/30029/contents/21342?osType=PC&lang=ko',
    ],
  }),
  entry({
    id: 'daum',
    name: 'Daum',
    domains: ['daum.net'],
    ...onlyImap('imap.daum.net'),
    sources: [thunderbird('daum.net'), 'https://cs.daum.net/faq/43/9234.html'],
  }),
  entry({
    id: 'rediffmail',
    name: 'Rediffmail',
    domains: ['rediffmail.com'],
    imap: [],
    pop3: ['pop3s://pop.rediffmail.com'],
    sources: [thunderbird('rediffmail.com')],
  }),
  entry({
    id: 'yahoo.co.jp',
    name: 'Yahoo! メール',
    domains: ['yahoo.co.jp'],
    ...servers('imap.mail.yahoo.co.jp', 'pop.mail.yahoo.co.jp'),
    user: 'local-part',
    sources: [thunderbird('yahoo.co.jp'), 'https://github.com/MailCore/mailcore2/blob/master/resources/providers.json'],
  }),
  entry({
    id: 'softbank',
    name: 'SoftBank',
    domains: ['i.softbank.jp'],
    ...onlyImap('imap.softbank.jp'),
    user: 'local-part',
    sources: [thunderbird('i.softbank.jp')],
  }),
  entry({
    id: 'ocn',
    name: 'OCN',
    domains: ['ocn.ne.jp', 'ocn.ad.jp'],
    imap: [],
    pop3: ['pop3s://pop.ocn.ne.jp'],
    sources: [thunderbird('ocn.ne.jp')],
  }),
  entry({
    id: 'biglobe',
    name: 'BIGLOBE',
    domains: ['biglobe.ne.jp'],
    imap: [],
    pop3: ['pop3s://mail.biglobe.ne.jp'],
    sources: [thunderbird('biglobe.ne.jp')],
  }),
];
