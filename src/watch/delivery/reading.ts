/**
 * What of the mailbox goes into an event, and what if it cannot be read?
 *
 * Read when it is sent, one message at a time of each credential. A message that is gone, or that nobody can read, does not keep its event;
 * a mail server that has no time does, for as long as it takes, and is not asked for the next message meanwhile.
 */
import { Failed, type MailFailure, type Result } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { crashOf, logEvent } from '../../core/log.ts';
import { type EventType, eventTypes, type JsonObject, type MessageRef, type WatchEvent } from '../event.ts';
import { isObject } from '../event-body.ts';
import { isSummaryKept } from '../store/event-to-keep.ts';
import type { Subscription } from '../subscription.ts';
import type { MessageReader } from './courier.ts';
import type { Delivery } from './delivery.ts';
import { partsIncluded } from './include-members.ts';
import type { Read } from './payload.ts';
import { nextReadMs } from './schedule.ts';

/** `unreadable`: at the moment; asked again at `againMs`. `waits`: not asked at all, since another one has just found that out. */
export type ReadNow = Read | { readonly kind: 'unreadable'; readonly againMs: number } | { readonly kind: 'waits' };

const readTypes: readonly EventType[] = ['message.received', 'message.updated'];

/** Of events that are sent whatever becomes of the mail server. */
export const unreadTypes: readonly EventType[] = eventTypes.filter((type) => !readTypes.includes(type));

/** Of the message itself: another try would find the same. */
const goneKinds: ReadonlySet<MailFailure['kind']> = new Set([
  'message-not-found',
  'state-gone',
  'mailbox-not-found',
  'mailbox-not-granted',
]);
const unreadKinds: ReadonlySet<MailFailure['kind']> = new Set([
  'internal',
  'limit-exceeded',
  'message-too-large',
  'permission-denied',
  'protocol-violated',
  'subscription-ended',
  'too-large-for-json',
  'uidl-not-unique',
  'unsupported-by-server',
]);

/** After a login has gone well: some messages make a server refuse, or hang, or fall over, each time. */
const isMaybeOfMessage = (failure: MailFailure): boolean =>
  failure.kind === 'deadline-exceeded'
    ? !['connect', 'greeting', 'login', 'queue'].includes(failure.phase)
    : failure.kind === 'connection-lost' || failure.kind === 'command-refused';

const isGivenUp = (failure: MailFailure, ageMs: number): boolean =>
  unreadKinds.has(failure.kind) ||
  ageMs >= limits.unreadableGivenUpMs ||
  (isMaybeOfMessage(failure) && ageMs >= limits.unreadableMessageMs);

/** Only what is kept says what a message is; one whose summary was too large to be kept is read for it. */
const isWithoutSummary = ({ data: { message } }: WatchEvent): boolean => isObject(message) && !isSummaryKept(message);

interface Block {
  readonly untilMs: number;
  /** In a row, whichever messages were to be read. */
  readonly times: number;
}

export class Reading {
  readonly #read: MessageReader;
  /** The last one that is under way, by credential. */
  readonly #last = new Map<string, Promise<unknown>>();
  /** By credential: since the last time that something could be read. */
  readonly #blocked = new Map<string, Block>();

  constructor(read: MessageReader) {
    this.#read = read;
  }

  /** Until when events that need it wait; 0 when they need not. */
  blockedUntilMs({ credentialId, settings }: Subscription): number {
    const isNeeded = credentialId !== null && partsIncluded(settings.include).length > 0;
    return isNeeded ? (this.#blocked.get(credentialId)?.untilMs ?? 0) : 0;
  }

  async of(subscription: Subscription, delivery: Delivery, now: () => number, chance: number): Promise<ReadNow> {
    const { ref, type } = delivery.event;
    const { credentialId, settings } = subscription;
    const isAsked = partsIncluded(settings.include).length > 0 || isWithoutSummary(delivery.event);
    if (ref === null || !readTypes.includes(type) || !isAsked) return { kind: 'unasked' };
    if (credentialId === null) return { kind: 'unread' };
    const turn = async (): Promise<ReadNow> => {
      if (now() < this.blockedUntilMs(subscription)) return { kind: 'waits' };
      return this.#now(subscription, credentialId, ref, delivery, now, chance);
    };
    const reading = (this.#last.get(credentialId) ?? Promise.resolve()).then(turn);
    this.#last.set(credentialId, reading);
    const read = await reading;
    if (this.#last.get(credentialId) === reading) this.#last.delete(credentialId);
    return read;
  }

  async #now(
    subscription: Subscription,
    credentialId: string,
    ref: MessageRef,
    { event, attempts, createdAtMs }: Delivery,
    now: () => number,
    chance: number,
  ): Promise<ReadNow> {
    const message = await this.#tried(subscription, ref);
    if (message.ok) {
      this.#blocked.delete(credentialId);
      return { kind: 'read', message: message.value };
    }
    const { failure } = message;
    const { protocol, host } = subscription.account.server;
    logEvent('watch.unread', { protocol, host, type: event.type, failure: failure.kind });
    if (goneKinds.has(failure.kind)) return { kind: 'gone' };
    if (isGivenUp(failure, now() - createdAtMs)) return { kind: 'unread' };
    const blocked = (this.#blocked.get(credentialId)?.times ?? 0) + 1;
    const untilMs = nextReadMs(blocked, now(), chance);
    this.#blocked.set(credentialId, { untilMs, times: blocked });
    const own = attempts.length - attempts.findLastIndex((attempt) => attempt.failure !== 'unreadable');
    // Behind the others: it may be this message alone that cannot be read.
    return { kind: 'unreadable', againMs: Math.max(untilMs, nextReadMs(own, now(), chance)) + limits.unreadableMs };
  }

  /** A bug is of this message, and is not to keep the others. */
  async #tried(subscription: Subscription, ref: MessageRef): Promise<Result<JsonObject>> {
    try {
      return await this.#read(subscription, ref, subscription.settings.include);
    } catch (error) {
      if (error instanceof Failed) return { ok: false, failure: error.failure };
      const { protocol, host } = subscription.account.server;
      logEvent('object.crashed', { protocol, host, ...crashOf(error) });
      return { ok: false, failure: { kind: 'internal' } };
    }
  }
}
