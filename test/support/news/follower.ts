/**
 * A subscription that is looked after by a test instead of an alarm: it keeps what is known from look to look.
 */
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { readWorker } from '../../../scripts/workers/wrangler-config.ts';
import { type Access, fullAccess } from '../../../src/core/access.ts';
import { accountParts } from '../../../src/core/account-parts.ts';
import type { MailFailure } from '../../../src/core/failure.ts';
import { limits } from '../../../src/core/limits.ts';
import { parseMailServer } from '../../../src/core/server.ts';
import type { WatchEvent } from '../../../src/watch/event.ts';
import type { Settings, Subscription } from '../../../src/watch/subscription.ts';
import { plainSettings } from '../kept-subscription.ts';
import { type Caller, type Postern, startPostern } from '../postern.ts';
import type { Answer, Errand, Outcome } from './worker.ts';

const allEvents: Settings = {
  ...plainSettings,
  events: ['message.received', 'message.updated', 'message.deleted', 'mailbox.reset'],
};

export interface Wish {
  readonly settings?: Partial<Settings>;
  readonly access?: Access;
  readonly createdAtMs?: number;
  readonly since?: string;
}

export interface LookOptions {
  readonly mostEvents?: number;
  readonly waited?: Errand['waited'];
  /** Milliseconds since 1970. */
  readonly nowMs?: number;
}

/** Of the inside of a look, when it succeeds. */
export type Found = Extract<Outcome, { readonly ok: true }>;

export class Follower {
  readonly id: string;
  wish: Wish;
  known: string | null = null;
  /** All that was told, in order. */
  readonly told: WatchEvent[] = [];

  constructor(id: string, wish: Wish) {
    this.id = id;
    this.wish = wish;
  }

  get subscription(): Subscription {
    const { settings, access = fullAccess, createdAtMs = startedAtMs } = this.wish;
    return {
      id: this.id,
      createdAtMs,
      status: 'active',
      statusReason: null,
      account: { server: { protocol: 'imap', host: 'imap.postern.example', port: 993, security: 'tls' }, user: '' },
      settings: { ...allEvents, ...settings },
      credentialId: null,
      access,
      lineage: null,
      secrets: [],
      origin: 'https://postern.example',
    };
  }
}

const startedAtMs = Date.now();

export interface NewsStage {
  readonly postern: Postern;
  /** Nothing is known of its mailboxes yet. */
  follower(wish?: Wish): Follower;
  /** One that has looked once, so that what is there is old. */
  begun(caller: Caller, wish?: Wish): Promise<Follower>;
  /** One look for all of them in one session; what is found is kept. */
  lookTogether(caller: Caller, followers: readonly Follower[], options?: LookOptions): Promise<readonly Outcome[]>;
  look(caller: Caller, follower: Follower, options?: LookOptions): Promise<Found>;
  /** Looks until there is nothing more, and answers all that was told. */
  drain(caller: Caller, follower: Follower, options?: LookOptions): Promise<readonly WatchEvent[]>;
  failure(caller: Caller, follower: Follower): Promise<MailFailure>;
  answer(caller: Caller, followers: readonly Follower[], options?: LookOptions): Promise<Answer>;
}

export function newsStage(trusted: () => readonly string[] = () => []): NewsStage {
  let postern: Postern | undefined;
  let count = 0;
  beforeAll(async () => {
    const front = await readWorker(join(import.meta.dirname, '..', '..', '..'), 'test/support/news/news.toml');
    postern = await startPostern({ front, trustedCertificates: trusted() });
  });
  afterAll(async () => {
    await postern?.stop();
  });
  const stage: NewsStage = {
    get postern() {
      if (postern === undefined) throw new Error('Not before the tests begin');
      return postern;
    },
    follower(wish = {}) {
      count += 1;
      return new Follower(`sub_${count}`, wish);
    },
    async begun(caller, wish) {
      const follower = stage.follower(wish);
      await stage.drain(caller, follower);
      follower.told.length = 0;
      return follower;
    },
    async answer(caller, followers, { mostEvents = limits.newsEvents, waited = null, nowMs = Date.now() } = {}) {
      const account = accountOf(caller);
      const watched = followers.map(({ subscription, known, wish }) => ({
        subscription,
        known,
        since: wish.since ?? null,
      }));
      const look = { account: accountParts(account), nowMs, mostEvents };
      const errand: Errand = { account, look, watched, waited };
      const response = await stage.postern.call(null, '/', { body: errand });
      return response.json();
    },
    async lookTogether(caller, followers, options) {
      const answer = await stage.answer(caller, followers, options);
      if ('lost' in answer) throw new Error(`lost: ${JSON.stringify(answer.lost)}`);
      for (const outcome of answer.outcomes) {
        const follower = followers.find(({ id }) => id === outcome.subscriptionId);
        if (!outcome.ok || follower === undefined) continue;
        follower.known = outcome.known;
        follower.told.push(...outcome.events);
      }
      return answer.outcomes;
    },
    async look(caller, follower, options) {
      const [outcome] = await stage.lookTogether(caller, [follower], options);
      if (outcome?.ok !== true) throw new Error(`failed: ${JSON.stringify(outcome)}`);
      return outcome;
    },
    async drain(caller, follower, options) {
      const before = follower.told.length;
      while ((await stage.look(caller, follower, options)).hasMore);
      return follower.told.slice(before);
    },
    async failure(caller, follower) {
      const [outcome] = await stage.lookTogether(caller, [follower]);
      if (outcome?.ok !== false) throw new Error('It did not fail');
      return outcome.failure;
    },
  };
  return stage;
}

function accountOf({ user, password, mailServer }: Caller): Errand['account'] {
  const server = parseMailServer(mailServer);
  if (!server.ok) throw new Error(`No mail server: ${mailServer}`);
  return { server: server.value, user, credential: { kind: 'password', secret: password }, access: fullAccess };
}

/** `received INBOX 1.2`, for short. */
export const told = (events: readonly WatchEvent[]): string[] =>
  events.map(({ type, ref, data }) => {
    const [, what = type] = type.split('.');
    if (ref?.protocol !== 'imap')
      return [what, data['reason'], pathIn(data['mailboxId']), pathIn(data['newMailboxId'])].filter(Boolean).join(' ');
    return `${what} ${ref.mailboxPath} ${ref.uid}`;
  });

const pathIn = (id: unknown): string => Buffer.from(String(id ?? '').replace(/^mb_/, ''), 'base64url').toString();
