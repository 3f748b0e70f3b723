/**
 * What does a caller choose, and does it fit the account?
 *
 * All that is wrong is told at once, each with its field, before anything is dialled.
 */
import { Failed, type FieldError } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Protocol } from '../../core/server.ts';
import { parsedTarget, targetRefusalOf } from '../../egress/target.ts';
import { mailboxNameOf } from '../../mailbox/rules.ts';
import { conditionOf } from '../../mailbox/search/query.ts';
import { type Include, nothingIncluded, type Settings } from '../subscription.ts';

type Nullish<T> = { readonly [Member in keyof T]?: T[Member] | null | undefined };
/** As the schema has read them: null is the default, and what is left out was not said. */
export type SettingsFields = Nullish<Omit<Settings, 'url' | 'include'>> & {
  readonly url?: string | undefined;
  readonly include?: Include | null | undefined;
};

type Tell = (field: string, message: string) => void;

const defaultsOf = (protocol: Protocol, leastPollSeconds: number): Omit<Settings, 'url'> => ({
  events: ['message.received'],
  mailboxes: protocol === 'imap' ? ['inbox'] : null,
  q: null,
  from: [],
  minBytes: null,
  maxBytes: null,
  includeOlder: false,
  include: nothingIncluded,
  pollSeconds: Math.max(limits.pollSecondsDefault, leastPollSeconds),
  slowestPollSeconds: null,
  mode: 'poll',
  order: 'parallel',
});

/** For a new subscription. Fails with `request-invalid`, or with `target-forbidden`. */
export function settingsOf(env: Env, protocol: Protocol, fields: SettingsFields & { readonly url: string }): Settings {
  const least = judged(env, protocol, fields);
  return { url: fields.url, ...filledIn(fields, defaultsOf(protocol, least)) };
}

/** For one that there is: what was said, and nothing else. Fails with `request-invalid`, or with `target-forbidden`. */
export function settingsGiven(env: Env, protocol: Protocol, fields: SettingsFields): Partial<Settings> {
  const least = judged(env, protocol, fields);
  const { url, ...others } = fields;
  const chosen = filledIn(fields, defaultsOf(protocol, least));
  for (const name of Object.keys(chosen)) {
    if (Reflect.get(others, name) === undefined) Reflect.deleteProperty(chosen, name);
  }
  return { ...chosen, ...(url === undefined ? {} : { url }) };
}

/** The operator's least number of seconds between two looks. */
function judged(env: Env, protocol: Protocol, fields: SettingsFields): number {
  const errors: FieldError[] = [];
  const tell: Tell = (field, message) => errors.push({ in: 'body', field, message });
  const least = leastPollSecondsOf(env);
  const url = fields.url === undefined ? null : targetIn(fields.url, tell);
  if (protocol === 'pop3') refuseForMaildrop(fields, tell);
  else judgeForMailbox(fields, tell);
  judgeSenders(fields.from ?? [], tell);
  judgeNumbers(fields, least, tell);
  if (errors.length > 0) throw new Failed({ kind: 'request-invalid', errors });
  if (url !== null) refuseTarget(url, env);
  return least;
}

/** Null, which is told, when it is none. */
function targetIn(text: string, tell: Tell): URL | null {
  const url = parsedTarget(text);
  if (url === null)
    tell('url', 'Give an absolute URL, such as https://hooks.example.com/mail, with nothing around it.');
  return url;
}

function refuseTarget(url: URL, { DEVELOPMENT }: Env): void {
  const reason = targetRefusalOf(url, DEVELOPMENT === 'true');
  if (reason !== null) throw new Failed({ kind: 'target-forbidden', reason });
}

function refuseForMaildrop({ events, mailboxes, q, mode }: SettingsFields, tell: Tell): void {
  if (events?.includes('message.updated'))
    tell('events', 'Nothing is changed in a maildrop; leave message.updated out.');
  if (isSaid(mailboxes)) tell('mailboxes', 'A maildrop has no mailboxes; leave it out.');
  if (isSaid(q)) tell('q', 'POP3 cannot search. Use `from`, `minBytes` and `maxBytes`, or the same account over IMAP.');
  if (mode === 'live')
    tell('mode', 'A POP3 server does not tell news by itself. Leave it out, or use the account over IMAP.');
}

function judgeForMailbox({ mailboxes, q }: SettingsFields, tell: Tell): void {
  judgeMailboxes(mailboxes ?? [], tell);
  if (isSaid(q)) judgeSearch(q, tell);
}

function judgeMailboxes(mailboxes: readonly string[], tell: Tell): void {
  if (mailboxes.length > 1 && mailboxes.includes('*')) tell('mailboxes', 'Give * alone: it stands for the others too.');
  for (const [index, id] of mailboxes.entries()) {
    if (id !== '*' && mailboxNameOf(id) === null)
      tell(`mailboxes.${index}`, 'Give the id of a mailbox, a role such as inbox, or * alone.');
  }
}

function judgeSearch(q: string, tell: Tell): void {
  const condition = conditionOf(q);
  if (condition.ok) return;
  if (condition.failure.kind !== 'request-invalid') throw new Failed(condition.failure);
  for (const { message } of condition.failure.errors) tell('q', message);
}

/** An address or a domain, as it stands in a header; RFC 5321 §4.5.3.1 bounds both. */
const sender = /^[^\s\p{Cc}<>@,;]{0,64}@[^\s\p{Cc}<>@,;]{1,255}$/u;

function judgeSenders(senders: readonly string[], tell: Tell): void {
  for (const [index, text] of senders.entries()) {
    if (!sender.test(text))
      tell(`from.${index}`, 'Give an address (ada@weaver.example), or a domain with its @ (@weaver.example).');
  }
}

function judgeNumbers(fields: SettingsFields, least: number, tell: Tell): void {
  const { minBytes, maxBytes, pollSeconds, slowestPollSeconds } = fields;
  if (isSaid(minBytes) && isSaid(maxBytes) && minBytes > maxBytes) tell('maxBytes', 'Give no less than `minBytes`.');
  if (isSaid(pollSeconds) && pollSeconds < least)
    tell('pollSeconds', `Give ${least} or more: the operator has no account looked at more often.`);
  if (isSaid(slowestPollSeconds) && slowestPollSeconds < (pollSeconds ?? least))
    tell('slowestPollSeconds', 'Give no less than `pollSeconds`, or leave it out.');
}

const isSaid = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;

/** Fails with `misconfigured`. */
function leastPollSecondsOf({ LEAST_POLL_SECONDS: text }: Env): number {
  const isNumber = /^[1-9]\d{0,4}$/.test(text) && Number(text) <= limits.pollSecondsMost;
  if (!isNumber) throw new Failed({ kind: 'misconfigured', variable: 'LEAST_POLL_SECONDS' });
  return Number(text);
}

/** Null is the default, and so is what is left out. Each once, and in the spelling that is compared. */
function filledIn(fields: SettingsFields, defaults: Omit<Settings, 'url'>): Omit<Settings, 'url'> {
  return {
    events: once(fields.events ?? defaults.events),
    mailboxes: isSaid(fields.mailboxes) ? once(fields.mailboxes) : defaults.mailboxes,
    q: fields.q ?? defaults.q,
    from: once((fields.from ?? defaults.from).map((text) => text.toLowerCase())),
    minBytes: fields.minBytes ?? defaults.minBytes,
    maxBytes: fields.maxBytes ?? defaults.maxBytes,
    includeOlder: fields.includeOlder ?? defaults.includeOlder,
    include: fields.include ?? defaults.include,
    pollSeconds: fields.pollSeconds ?? defaults.pollSeconds,
    slowestPollSeconds: fields.slowestPollSeconds ?? defaults.slowestPollSeconds,
    mode: fields.mode ?? defaults.mode,
    order: fields.order ?? defaults.order,
  };
}

const once = <T>(list: readonly T[]): readonly T[] => [...new Set(list)];
