/**
 * How is an entry of the table of providers written shortly?
 */
import type { Protocol } from '../core/server.ts';
import type { Habit, Provider } from './provider.ts';

type Facts = Pick<Provider, 'id' | 'name' | 'domains' | 'imap' | 'pop3' | 'sources'> & Partial<Provider>;

/** What is left out is what most providers have: the address is the user, and nothing is told of app passwords and limits. */
export const entry = (facts: Facts): Provider => ({
  mxSuffixes: [],
  user: 'address',
  takesPassword: true,
  isDeletedByPop3: true,
  oauth2: null,
  appPasswords: null,
  limits: { connections: null, notes: [] },
  habits: [],
  ...facts,
});

/** Names, separated by space and line breaks: some providers have a hundred. */
export const names = (text: string): readonly string[] => text.trim().split(/\s+/);

export const onlyImap = (host: string) => ({ imap: [`imaps://${host}`], pop3: [] });

/** With TLS from the first octet, on the usual ports. */
export const servers = (imapHost: string, popHost: string) => ({
  imap: [`imaps://${imapHost}`],
  pop3: [`pop3s://${popHost}`],
});

/** With STARTTLS besides. */
export const serversEitherWay = (imapHost: string, popHost: string) => ({
  imap: [`imaps://${imapHost}`, `imap://${imapHost}`],
  pop3: [`pop3s://${popHost}`, `pop3://${popHost}`],
});

export const switchedOn = (protocol: Protocol | 'both'): Habit => ({
  protocol,
  text: {
    imap: 'IMAP has to be switched on first, in the settings of its web page.',
    pop3: 'POP3 has to be switched on first, in the settings of its web page.',
    both: 'IMAP and POP3 have to be switched on first, in the settings of its web page.',
  }[protocol],
});

/** Thunderbird's list of providers, an entry each, kept by its makers. */
export const thunderbird = (id: string): string =>
  `https://github.com/thunderbird/autoconfig/blob/master/ispdb/${id}.xml`;

/** Delta Chat's list of providers, tried by a program from time to time. */
export const deltaChat = (id: string): string =>
  `https://github.com/deltachat/provider-db/blob/master/_providers/${id}.md`;

/** What a provider has hosts set as the mail exchangers of a domain. */
export const domainConnect = (id: string): string =>
  `https://github.com/Domain-Connect/Templates/blob/master/${id}.json`;

/** MailCore's list of providers, with mail exchangers. */
export const mailCore = 'https://github.com/MailCore/mailcore2/blob/master/resources/providers.json';
