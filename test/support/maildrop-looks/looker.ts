/**
 * Somebody who looks at a maildrop again and again, and keeps what is known in between.
 */
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { readWorker } from '../../../scripts/workers/wrangler-config.ts';
import { fullAccess } from '../../../src/core/access.ts';
import type { AccountMessage } from '../../../src/core/account.ts';
import type { MailFailure, Result } from '../../../src/core/failure.ts';
import { parseMailServer } from '../../../src/core/server.ts';
import type { PopRef } from '../../../src/watch/delivery/read-maildrop.ts';
import type { JsonObject, WatchEvent } from '../../../src/watch/event.ts';
import { type Include, nothingIncluded, type Settings, type Subscription } from '../../../src/watch/subscription.ts';
import { plainSettings } from '../kept-subscription.ts';
import { type Caller, type Postern, startPostern } from '../postern.ts';
import type { Errand, Outcome, ToldNews } from './worker.ts';

const maildropSettings: Settings = { ...plainSettings, events: ['message.received', 'mailbox.reset'], mailboxes: null };

/** Whatever a look was answered with, if it was not news. */
export class LookFailed extends Error {
  readonly failure: MailFailure;

  constructor(failure: MailFailure) {
    super(failure.kind);
    this.failure = failure;
  }
}

export class Looker {
  readonly #stage: () => Postern;
  readonly #caller: Caller;
  readonly #settings: Settings;
  readonly #createdAtMs: number;
  known: string | null = null;
  since: string | null = null;

  constructor(stage: () => Postern, caller: Caller, settings: Partial<Settings>, createdAtMs: number) {
    this.#stage = stage;
    this.#caller = caller;
    this.#settings = { ...maildropSettings, ...settings };
    this.#createdAtMs = createdAtMs;
  }

  /** One look, stored as soon as it is over. Throws LookFailed. */
  async look({ nowMs = Date.now(), mostEvents = 100, isStored = true } = {}): Promise<ToldNews> {
    const subscription = this.#subscription();
    const watched = [{ subscription, known: this.known, since: this.known === null ? this.since : null }];
    const outcome = await this.#run({ account: accountOf(this.#caller), look: { watched, nowMs, mostEvents } });
    const told = 'news' in outcome ? outcome.news[subscription.id] : undefined;
    if (told === undefined) throw new Error('No news');
    if ('kind' in told) throw new LookFailed(told);
    if (isStored) this.known = told.known;
    return told;
  }

  /** Events of as many looks as it takes. */
  async news(options: { readonly nowMs?: number; readonly mostEvents?: number } = {}): Promise<readonly WatchEvent[]> {
    const events: WatchEvent[] = [];
    for (let hasMore = true; hasMore; ) {
      const told = await this.look(options);
      events.push(...told.events);
      hasMore = told.hasMore;
    }
    return events;
  }

  async read({ ref }: WatchEvent, include: Partial<Include> = {}): Promise<Result<JsonObject>> {
    if (ref?.protocol !== 'pop3') throw new Error('About no message');
    return this.readBy(ref, include);
  }

  async readBy(ref: PopRef, include: Partial<Include> = {}): Promise<Result<JsonObject>> {
    const read = { ref, include: { ...nothingIncluded, ...include } };
    const outcome = await this.#run({ account: accountOf(this.#caller), read });
    if (!('message' in outcome)) throw new Error('Nothing read');
    return outcome.message;
  }

  async #run(errand: Errand): Promise<Outcome> {
    const response = await this.#stage().call(null, '/', { body: errand });
    const outcome: Outcome = await response.json();
    if ('failed' in outcome) throw new LookFailed(outcome.failed);
    return outcome;
  }

  #subscription(): Subscription {
    return {
      id: 'sub_test',
      createdAtMs: this.#createdAtMs,
      status: 'active',
      statusReason: null,
      settings: this.#settings,
      credentialId: null,
      access: fullAccess,
      lineage: null,
      secrets: [],
      origin: 'https://postern.example',
      account: accountOf(this.#caller),
    };
  }
}

const accountOf = ({ user, password, mailServer }: Caller): AccountMessage => {
  const server = parseMailServer(mailServer);
  if (!server.ok) throw new Error(`No mail server: ${mailServer}`);
  return { server: server.value, user, credential: { kind: 'password', secret: password }, access: fullAccess };
};

/** For all tests of one file. `trusted`: authorities, when they are known. */
export function lookStage(trusted: () => readonly string[] = () => []) {
  let postern: Postern | undefined;
  const started = (): Postern => {
    if (postern === undefined) throw new Error('Not before the tests begin');
    return postern;
  };
  beforeAll(async () => {
    const root = join(import.meta.dirname, '..', '..', '..');
    const front = await readWorker(root, 'test/support/maildrop-looks/looks.toml');
    postern = await startPostern({ front, trustedCertificates: trusted() });
  });
  afterAll(() => postern?.stop());
  return {
    /** Somebody who subscribes now, or at another time, and has not looked yet. */
    looker: (caller: Caller, settings: Partial<Settings> = {}, createdAtMs = Date.now()) =>
      new Looker(started, caller, settings, createdAtMs),
  };
}
