/**
 * What is the body of a webhook? (Standard Webhooks: `{type, timestamp, data}`)
 *
 * The same whoever gives an event out. Pure.
 */
import type { Account } from '../core/account.ts';
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
  const { protocol, ...server } = account.server;
  const told = { protocol, user: account.user, server };
  const isThere = type === 'message.received' || type === 'message.updated';
  const linked = isThere ? withLinks(origin, protocol, data) : data;
  return { type, timestamp: new Date(atMs).toISOString(), data: { subscriptionId: id, account: told, ...linked } };
}

/** Where the message, its octets and its attachments are read. A link holds no secret, so it may be anywhere that a body may be. */
function withLinks(origin: string, protocol: 'imap' | 'pop3', data: JsonObject): JsonObject {
  const { message, mailboxId } = data;
  if (!isObject(message) || typeof message['id'] !== 'string') return data;
  const id = encodeURIComponent(message['id']);
  const folder = typeof mailboxId === 'string' ? `/v1/imap/mailboxes/${encodeURIComponent(mailboxId)}` : '/v1/imap';
  const url = `${origin}${protocol === 'imap' ? folder : '/v1/pop'}/messages/${id}`;
  const { attachments } = message;
  const linked = isList(attachments) ? { attachments: attachments.map((part) => withLink(url, part)) } : {};
  return { ...data, message: { ...message, ...linked, url, rawUrl: `${url}/raw` } };
}

const withLink = (url: string, part: Json): Json =>
  isObject(part) && typeof part['partId'] === 'string'
    ? { ...part, url: `${url}/parts/${encodeURIComponent(part['partId'])}` }
    : part;

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
