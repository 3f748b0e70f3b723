/**
 * A subscription as a Watcher keeps it, where there is no Watcher.
 */
import { fullAccess } from '../../src/core/access.ts';
import type { KeptSubscription } from '../../src/watch/store/watch-store.ts';
import { nothingIncluded, type Settings, type Subscription } from '../../src/watch/subscription.ts';

export const plainSettings: Settings = {
  url: 'https://hooks.example.com/mail',
  events: ['message.received'],
  mailboxes: ['inbox'],
  q: null,
  from: [],
  minBytes: null,
  maxBytes: null,
  includeOlder: false,
  include: nothingIncluded,
  pollSeconds: 60,
  slowestPollSeconds: null,
  mode: 'poll',
  order: 'parallel',
};

const subscription: Subscription = {
  id: 'sub_1',
  createdAtMs: 0,
  status: 'active',
  statusReason: null,
  settings: plainSettings,
  account: {
    server: { protocol: 'imap', host: 'imap.postern.example', port: 993, security: 'tls' },
    user: 'ada@postern.example',
  },
  credentialId: 'crd_1',
  access: fullAccess,
  lineage: null,
  secrets: [],
  origin: 'https://postern.example.com',
};

export const keptSubscription = (
  wish: Partial<Settings> = {},
  { newsAtMs = null, ...rest }: { readonly newsAtMs?: number | null } & Partial<Subscription> = {},
): KeptSubscription => ({
  subscription: { ...subscription, ...rest, settings: { ...plainSettings, ...wish } },
  known: null,
  newsAtMs,
  receiver: null,
});
