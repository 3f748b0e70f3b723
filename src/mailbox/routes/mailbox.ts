/**
 * Which object, mailbox and message does a request mean?
 */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type AccountMessage, toMessage } from '../../core/account.ts';
import { Failed } from '../../core/failure.ts';
import type { Gateway } from '../../http/context.ts';
import { objectNameOf } from '../../http/mail-account.ts';
import type { MailboxName, MessageName } from '../answers.ts';
import { mailboxNameOf, messageNameOf } from '../rules.ts';

export interface Mailboxes {
  readonly stub: Env['MAILBOX'] extends DurableObjectNamespace<infer T> ? DurableObjectStub<T> : never;
  readonly account: AccountMessage;
}

export async function mailboxesOf(c: Context<Gateway>): Promise<Mailboxes> {
  const account = c.get('account');
  return { stub: c.env.MAILBOX.getByName(await objectNameOf(c.env, account)), account: toMessage(account) };
}

/** An id that cannot be one of ours names no mailbox. */
export function mailboxOf(id: string): MailboxName {
  const name = mailboxNameOf(id);
  if (name === null) throw new Failed({ kind: 'mailbox-not-found' });
  return name;
}

/** An id that cannot be one of ours names no message. */
export function messageOf(id: string): MessageName {
  const name = messageNameOf(id);
  if (name === null) throw new Failed({ kind: 'message-not-found' });
  return name;
}

export const mailboxParam = z.string().openapi({
  param: { name: 'mailbox', in: 'path' },
  description: 'A mailbox id, or a role: inbox, sent, drafts, trash, junk, archive, all, flagged.',
  example: 'inbox',
});

export const idParam = z.string().openapi({
  param: { name: 'id', in: 'path' },
  description: 'The `id` of the message.',
  example: '1785230400.42',
});
