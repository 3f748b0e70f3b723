/**
 * A subscription as a Watcher keeps it, where there is no Watcher.
 */
import { fullAccess } from '../../src/core/access.ts';
import type { KeptSubscription } from '../../src/watch/store/watch-store.ts';
import type { Settings, Subscription } from '../../src/watch/subscription.ts';

const settings: Settings = {
  url: 'https://hooks.example.com/mail',
  events: ['message.received'],
  mailboxes: ['inbox'],
  q: null,
  from: [],
  minBytes: null,
  maxBytes: null,
  includeOlder: false,
  include: {
    text: false,
    html: false,
    headers: false,
    attachments: false,
    raw: false,
    capsule: false,
    maxBodyBytes: 0,
  },
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
  settings,
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
  subscription: { ...subscription, ...rest, settings: { ...settings, ...wish } },
  known: null,
  newsAtMs,
  receiver: null,
});
