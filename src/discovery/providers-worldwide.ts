/**
 * Providers of mail for everybody, wherever they live.
 */
import type { Provider } from './provider.ts';

export const worldwide: readonly Provider[] = [
  {
    id: 'gmail',
    name: 'Gmail',
    domains: ['gmail.com', 'googlemail.com'],
    mxSuffixes: ['gmail-smtp-in.l.google.com'],
    imap: ['imaps://imap.gmail.com'],
    pop3: ['pop3s://pop.gmail.com'],
    user: 'address',
    oauth2: 'google',
    appPasswords: { isNeeded: true, url: 'https://support.google.com/accounts/answer/185833' },
    limits: { connections: 15, notes: [] },
    habits: [],
    sources: ['https://support.google.com/mail/answer/7126229'],
  },
];
