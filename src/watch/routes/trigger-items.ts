/**
 * How do the newest messages of an account become what webhooks would have brought?
 */
import type { Context } from 'hono';
import { toMessage } from '../../core/account.ts';
import { accountJson, accountParts } from '../../core/account-parts.ts';
import { Failed } from '../../core/failure.ts';
import { HeaderFields } from '../../core/mime/fields.ts';
import { headersOf } from '../../core/mime/header.ts';
import { receivedAtIn } from '../../core/mime/received.ts';
import { neededFor } from '../../core/needed.ts';
import { utcDateOf } from '../../core/utc-date.ts';
import { objectNameOf } from '../../http/account-object.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { originOf } from '../../http/origin.ts';
import { summaryOf } from '../../mailbox/email-json.ts';
import { mailboxIdOf, mailboxNameOf } from '../../mailbox/rules.ts';
import { conditionOf } from '../../mailbox/search/query.ts';
import { byArrival } from '../../mailbox/search/sort.ts';
import { idOf, serversUidl } from '../../maildrop/rules.ts';
import type { MessageRef } from '../event.ts';
import { linksOf } from '../event-body.ts';
import { eventIdOf } from '../event-id.ts';

interface Wanted {
  readonly mailbox: string;
  readonly q: string | undefined;
  readonly limit: number;
}

export async function mailboxItems(c: Context<Gateway>, wanted: Wanted) {
  const { mailboxPath, uidValidity, emails } = await newestOfMailbox(c, wanted);
  const mailboxId = mailboxIdOf(mailboxPath);
  const items = emails.map((email) => {
    const ref: MessageRef = { protocol: 'imap', mailboxPath, uidValidity, uid: email.uid };
    const message = summaryOf(email, uidValidity, mailboxId);
    return itemOf(c, ref, email.receivedAt.getTime(), { mailboxId, message });
  });
  return Promise.all(items);
}

async function newestOfMailbox(c: Context<Gateway>, { mailbox, q, limit }: Wanted) {
  const account = c.get('account');
  const name = mailboxNameOf(mailbox);
  if (name === null) throw new Failed({ kind: 'mailbox-not-found' });
  const condition = q === undefined ? null : conditionOf(q);
  if (condition?.ok === false) throw new Failed(condition.failure);
  const stub = c.env.MAILBOX.getByName(await objectNameOf(c.env, account));
  const shape = { limit, needed: neededFor(undefined) };
  if (condition === null) {
    return unwrapped(await stub.page(toMessage(account), name, { before: null, ...shape }), c.get('timings'));
  }
  const search = { condition: condition.value, sort: byArrival, after: null, ...shape };
  return unwrapped(await stub.find(toMessage(account), name, search), c.get('timings'));
}

export async function maildropItems(c: Context<Gateway>, limit: number) {
  const account = c.get('account');
  const stub = c.env.MAILDROP.getByName(await objectNameOf(c.env, account));
  const messages = unwrapped(await stub.newest(toMessage(account), limit), c.get('timings'));
  const nowMs = Date.now();
  const items = messages.map(({ uidl, occurrence, size, header }) => {
    if (header === null) throw new Error('No header, though it was asked for');
    const ref: MessageRef = { protocol: 'pop3', uidl, occurrence };
    const message = { id: idOf(ref), uidl: serversUidl(ref), size, ...headersOf(header) };
    const receivedAt = receivedAtIn(new HeaderFields(header));
    return itemOf(c, ref, receivedAt === null ? nowMs : Date.parse(receivedAt), { message });
  });
  return Promise.all(items);
}

/** As it would be sent to a webhook (`event-body.ts`), but for the subscription, of which there is none. */
async function itemOf<Message extends { readonly id: string }>(
  c: Context<Gateway>,
  ref: MessageRef,
  atMs: number,
  { message, ...place }: { readonly message: Message; readonly mailboxId?: string },
) {
  const account = c.get('account');
  const origin = originOf(c.env.OAUTH2_ORIGIN, c.req.url);
  const links = linksOf(origin, account.server.protocol, place.mailboxId ?? null, message.id);
  return {
    id: await eventIdOf(accountParts(account), 'message.received', { of: 'message', ref }),
    type: 'message.received' as const,
    timestamp: utcDateOf(atMs),
    data: { account: accountJson(account), ...place, message: { ...message, ...links } },
  };
}
