/**
 * What is the body of a webhook? (Standard Webhooks: `{type, timestamp, data}`)
 *
 * The same whoever gives an event out. Pure.
 */
import type { Account } from '../core/account.ts';
import { accountJson } from '../core/account-parts.ts';
import type { Protocol } from '../core/server.ts';
import { utcDateOf } from '../core/utc-date.ts';
import type { Json, JsonObject, testEventType, WatchEvent } from './event.ts';

export interface EventBody {
  readonly type: WatchEvent['type'] | typeof testEventType;
  readonly timestamp: string;
  readonly data: JsonObject;
}

/** What a body says besides what its event does: whose it is, and where its links lead. */
export interface Sender {
  readonly id: string;
  readonly account: Pick<Account, 'server' | 'user'>;
  /** Links begin with it. */
  readonly origin: string;
}

/** `data`: as the event has it, or with what was read for it. */
export function eventBodyOf(
  { id, account, origin }: Sender,
  { type, atMs }: { readonly type: EventBody['type']; readonly atMs: number },
  data: JsonObject,
): EventBody {
  const isThere = type === 'message.received' || type === 'message.updated';
  const linked = isThere ? withLinks(origin, account.server.protocol, data) : data;
  return { type, timestamp: utcDateOf(atMs), data: { subscriptionId: id, account: accountJson(account), ...linked } };
}

/** Where a message and its octets are read. A link holds no secret, so it may be anywhere that a body may be. */
export function linksOf(origin: string, protocol: Protocol, mailboxId: string | null, messageId: string) {
  const folder = mailboxId === null ? '/v1/imap' : `/v1/imap/mailboxes/${encodeURIComponent(mailboxId)}`;
  const url = `${origin}${protocol === 'imap' ? folder : '/v1/pop'}/messages/${encodeURIComponent(messageId)}`;
  return { url, rawUrl: `${url}/raw` };
}

/** Of the message, and of its attachments. */
function withLinks(origin: string, protocol: Protocol, data: JsonObject): JsonObject {
  const { message, mailboxId } = data;
  if (!isObject(message) || typeof message['id'] !== 'string') return data;
  const links = linksOf(origin, protocol, typeof mailboxId === 'string' ? mailboxId : null, message['id']);
  const { attachments } = message;
  const linked = isList(attachments) ? { attachments: attachments.map((part) => withLink(links.url, part)) } : {};
  return { ...data, message: { ...message, ...linked, ...links } };
}

const withLink = (url: string, part: Json): Json =>
  isObject(part) && typeof part['partId'] === 'string'
    ? { ...part, url: `${url}/parts/${encodeURIComponent(part['partId'])}` }
    : part;

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
