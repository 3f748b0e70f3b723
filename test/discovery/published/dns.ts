/**
 * What do domains publish in the DNS? (README.md beside this)
 */
export interface Zone {
  readonly mx?: readonly string[];
  /** By the name of the service: `_imaps._tcp`. */
  readonly srv?: Readonly<Record<string, readonly string[]>>;
}

export const zones: Readonly<Record<string, Zone>> = {
  // support.google.com/a/answer/174125
  'workspace.example': { mx: ['1 smtp.google.com.'] },
  'workspace-of-old.example': {
    mx: [
      '5 alt1.aspmx.l.google.com.',
      '1 aspmx.l.google.com.',
      '5 alt2.aspmx.l.google.com.',
      '10 alt3.aspmx.l.google.com.',
      '10 alt4.aspmx.l.google.com.',
    ],
  },
  // learn.microsoft.com/microsoft-365/enterprise/external-domain-name-system-records
  'contoso.example': { mx: ['0 contoso-example.mail.protection.outlook.com.'] },
  // www.fastmail.help/hc/en-us/articles/360060591153
  'letters.example': {
    mx: ['10 in1-smtp.messagingengine.com.', '20 in2-smtp.messagingengine.com.'],
    srv: {
      '_imap._tcp': ['0 0 0 .'],
      '_imaps._tcp': ['0 1 993 imap.fastmail.com.'],
      '_pop3._tcp': ['0 0 0 .'],
      '_pop3s._tcp': ['10 1 995 pop.fastmail.com.'],
    },
  },
  // proton.me/support/proton-mail-dns-records
  'proton-customer.example': { mx: ['10 mail.protonmail.ch.', '20 mailsec.protonmail.ch.'] },
  // help.ovhcloud.com, 'MX Plan'
  'ovh-customer.example': { mx: ['1 mx1.mail.ovh.net.', '5 mx2.mail.ovh.net.', '100 mx3.mail.ovh.net.'] },
  // docs.gandi.net, 'Gandi mail servers'
  'gandi-customer.example': { mx: ['10 spool.mail.gandi.net.', '50 fb.mail.gandi.net.'] },
  // www.strato.de/faq, 'MX-Record'
  'strato-customer.example': { mx: ['5 smtpin.rzone.de.'] },
  // www.ionos.de/hilfe, 'MX-Records'
  'ionos-customer.example': { mx: ['10 mx00.kundenserver.de.', '10 mx01.kundenserver.de.'] },
  // docs.hetzner.com/konsoleh, 'E-mail'
  'hetzner-customer.example': { mx: ['10 www123.your-server.de.'] },
};
