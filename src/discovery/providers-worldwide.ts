/**
 * Other providers of mail that have people of all countries.
 */
import type { Provider } from './provider.ts';
import {
  deltaChat,
  entry,
  mailCore,
  names,
  onlyImap,
  servers,
  serversEitherWay,
  thunderbird,
} from './provider-entry.ts';

export const worldwide: readonly Provider[] = [
  entry({
    id: 'fastmail',
    name: 'Fastmail',
    domains: names(`
      123mail.org 150mail.com 150ml.com 16mail.com 2-mail.com 4email.net 50mail.com airpost.net allmail.net
      bestmail.us cluemail.com elitemail.org emailcorner.net emailengine.net emailengine.org emailgroups.net
      emailplus.org emailuser.net eml.cc f-m.fm fast-email.com fast-mail.org fastem.com fastemail.us
      fastemailer.com fastest.cc fastimap.com fastmail.cn fastmail.co.uk fastmail.com fastmail.com.au
      fastmail.de fastmail.es fastmail.fm fastmail.fr fastmail.im fastmail.in fastmail.jp fastmail.mx
      fastmail.net fastmail.nl fastmail.org fastmail.se fastmail.to fastmail.tw fastmail.uk fastmail.us
      fastmailbox.net fastmessaging.com fea.st fmail.co.uk fmailbox.com fmgirl.com fmguy.com ftml.net
      h-mail.us hailmail.net imap-mail.com imap.cc imapmail.org inoutbox.com internet-e-mail.com
      internet-mail.org internetemails.net internetmailing.net jetemail.net justemail.net letterboxes.org
      mail-central.com mail-page.com mailandftp.com mailas.com mailbolt.com mailc.net mailcan.com
      mailforce.net mailftp.com mailhaven.com mailingaddress.org mailite.com mailmight.com mailnew.com
      mailsent.net mailservice.ms mailup.net mailworks.org ml1.net mm.st myfastmail.com mymacmail.com
      nospammail.net ownmail.net petml.com postinbox.com postpro.net proinbox.com promessage.com realemail.net
      reallyfast.biz reallyfast.info rushpost.com sent.as sent.at sent.com speedpost.net speedymail.org
      ssl-mail.com swift-mail.com the-fastest.net the-quickest.com theinternetemail.com veryfast.biz
      veryspeedy.net warpmail.net xsmail.com yepmail.net your-mail.com
    `),
    mxSuffixes: ['messagingengine.com'],
    ...servers('imap.fastmail.com', 'pop.fastmail.com'),
    oauth2: 'fastmail',
    appPasswords: { isNeeded: true, url: 'https://fastmail.help/hc/en-us/articles/1500000279921' },
    habits: [
      {
        protocol: 'pop3',
        text: 'POP3 shows the inbox; another folder when its name stands in the user’s: ada+folder@fastmail.com.',
      },
    ],
    sources: [
      thunderbird('messagingengine.com'),
      deltaChat('fastmail'),
      mailCore,
      'https://www.fastmail.com/help/technical/servernamesandports.html',
    ],
  }),
  entry({
    id: 'mail.com',
    name: 'mail.com',
    domains: names(`
      mail.com mail.org email.com post.com usa.com accountant.com consultant.com dr.com engineer.com
      cheerful.com techie.com linuxmail.org europe.com london.com uymail.com myself.com iname.com writeme.com
      2die4.com activist.com adexec.com africamail.com aircraftmail.com alabama.usa.com alaska.usa.com
      allergist.com alumni.com alumnidirector.com americamail.com amorous.com angelic.com archaeologist.com
      arizona.usa.com artlover.com asia-mail.com atheist.com australiamail.com bartender.net berlin.com
      bigger.com bikerider.com birdlover.com blader.com boardermail.com brazilmail.com brew-master.com
      california.usa.com californiamail.com caress.com catlover.com chef.net chemist.com chinamail.com
      clerk.com cliffhanger.com collector.org columnist.com comic.com computer4u.com contractor.net
      coolsite.net counsellor.com count.com couple.com cutey.com cyberdude.com cybergal.com cyber-wizard.com
      dallasmail.com dbzmail.com deliveryman.com diplomats.com disciples.com doctor.com doglover.com
      doramail.com dublin.com earthling.net elvisfan.com englandmail.com europemail.com execs.com fan.com
      feelings.com financier.com fireman.net florida.usa.com footballer.com gardener.com geologist.com
      germanymail.com graduate.org graphic-designer.com hackermail.com hairdresser.net hilarious.com
      hockeymail.com homemail.com hot-shot.com hour.com humanoid.net illinois.usa.com innocent.com inorbit.com
      instruction.com instructor.net insurer.com irelandmail.com italymail.com japan.com journalist.com
      keromail.com kittymail.com koreamail.com lawyer.com legislator.com loveable.com lovecat.com
      mad.scientist.com madonnafan.com madrid.com marchmail.com mexicomail.com mindless.com minister.com
      mobsters.com monarchy.com moscowmail.com munich.com musician.org muslim.com newyork.usa.com null.net
      nycmail.com oath.com optician.com pacificwest.com petlover.com photographer.net playful.com poetic.com
      politician.com popstar.com presidency.com priest.com programmer.net publicist.com realtyagent.com
      reborn.com reggaefan.com religious.com repairman.com representative.com rescueteam.com revenue.com
      rocketship.com rockfan.com rome.com royal.net saintly.com salesperson.net sanfranmail.com scientist.com
      scotlandmail.com secretary.net seductive.com singapore.com snakebite.com songwriter.net soon.com
      spainmail.com teachers.org technologist.com texas.usa.com thegame.com therapist.net toke.com tokyo.com
      toothfairy.com tvstar.com umpire.com wallet.com webname.com weirdness.com who.net whoever.com
      winning.com witty.com worker.com workmail.com yours.com
    `),
    ...serversEitherWay('imap.mail.com', 'pop.mail.com'),
    sources: [thunderbird('mail.com')],
  }),
  entry({
    id: 'proton',
    name: 'Proton Mail',
    domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
    mxSuffixes: ['protonmail.ch'],
    imap: null,
    pop3: null,
    habits: [
      {
        protocol: 'both',
        text: 'Mail is encrypted for its reader: only Proton’s Bridge, a program on one’s own computer, has IMAP.',
      },
    ],
    sources: [deltaChat('protonmail'), 'https://proton.me/support/protonmail-bridge-faq'],
  }),
  entry({
    id: 'tuta',
    name: 'Tuta Mail',
    domains: ['tuta.com', 'tuta.io', 'tutanota.com', 'tutanota.de', 'tutamail.com', 'keemail.me'],
    mxSuffixes: ['mail.tutanota.de'],
    imap: null,
    pop3: null,
    habits: [
      {
        protocol: 'both',
        text: 'Mail is encrypted for its reader: there is neither IMAP nor POP3, only its own programs.',
      },
    ],
    sources: [deltaChat('tutanota')],
  }),
  entry({
    id: 'hey',
    name: 'HEY',
    domains: ['hey.com'],
    imap: null,
    pop3: null,
    habits: [{ protocol: 'both', text: 'There is neither IMAP nor POP3, only its own programs.' }],
    sources: [deltaChat('hey.com')],
  }),
  entry({
    id: 'runbox',
    name: 'Runbox',
    domains: ['runbox.com', 'runbox.no', 'runbox.us'],
    ...servers('mail.runbox.com', 'mail.runbox.com'),
    user: 'local-part',
    appPasswords: { isNeeded: false, url: 'https://help.runbox.com/account-security/' },
    sources: ['https://help.runbox.com/email-program-settings/', 'https://help.runbox.com/account-security/'],
  }),
  entry({
    id: 'pobox',
    name: 'Pobox',
    domains: ['pobox.com'],
    mxSuffixes: ['pobox.com', 'rightbox.com'],
    ...serversEitherWay('mail.pobox.com', 'mail.pobox.com'),
    sources: [thunderbird('pobox.com'), mailCore],
  }),
  entry({
    id: 'hushmail',
    name: 'Hushmail',
    domains: ['hushmail.com'],
    ...servers('imap.hushmail.com', 'pop.hushmail.com'),
    sources: [mailCore],
  }),
  entry({
    id: 'disroot',
    name: 'Disroot',
    domains: ['disroot.org'],
    ...onlyImap('disroot.org'),
    user: 'local-part',
    sources: [deltaChat('disroot')],
  }),
  entry({
    id: 'riseup',
    name: 'Riseup',
    domains: ['riseup.net'],
    ...onlyImap('mail.riseup.net'),
    sources: [deltaChat('riseup.net')],
  }),
  entry({
    id: 'vivaldi',
    name: 'Vivaldi Webmail',
    domains: ['vivaldi.net'],
    imap: ['imap://imap.vivaldi.net'],
    pop3: [],
    sources: [deltaChat('vivaldi')],
  }),
];
