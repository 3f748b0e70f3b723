/**
 * Which object, mailbox and message does a request mean?
 */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type AccountMessage, toMessage } from '../../core/account.ts';
import { Failed } from '../../core/failure.ts';
import { objectNameOf } from '../../http/account-object.ts';
import type { Gateway } from '../../http/context.ts';
import type { Expected, MailboxName, MessageName, MovedMessage, PreviousState } from '../answers.ts';
import { expectedOf, keywordsOf, labelsOf, mailboxIdOf, mailboxNameOf, messageIdOf, messageNameOf } from '../rules.ts';

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

/** The mailbox that a body names. */
export function destinationOf(id: string, field: 'mailboxId' | 'copyTo' = 'mailboxId'): MailboxName {
  const name = mailboxNameOf(id);
  if (name === null) throw new Failed({ kind: 'mailbox-not-found', field });
  return name;
}

export const ifMatchHeader = z.object({
  'If-Match': z.string().optional().openapi({
    description:
      'The ETag of the message as it was read: change it only if nobody else has changed it since. `*`: only if it is there.',
    example: '"m7034"',
  }),
});

/** What the change is conditional on; null when it is not. */
export function expectedBy(c: Context<Gateway>): Expected | null {
  const ifMatch = c.req.header('If-Match');
  if (ifMatch === undefined) return null;
  const expected = expectedOf(ifMatch);
  if (expected !== null) return expected;
  const message = 'Give the ETag of the message as it came, with its quotes, or *.';
  throw new Failed({ kind: 'request-invalid', errors: [{ in: 'header', field: 'If-Match', message }] });
}

/** The JSON and the address of a message that is there now. */
export function newEmailOf({ mailboxPath, message }: MovedMessage) {
  const mailboxId = mailboxIdOf(mailboxPath);
  const id = message === null ? null : messageIdOf(message);
  const location = id === null ? {} : { Location: `/v1/imap/mailboxes/${mailboxId}/messages/${id}` };
  return { email: { id, mailboxId }, location };
}

/** The JSON of what a change has changed. */
export const previousOf = ({ mailboxPath, message, flags, labels }: PreviousState) => ({
  id: messageIdOf(message),
  mailboxId: mailboxIdOf(mailboxPath),
  keywords: keywordsOf(flags),
  ...(labels === null ? {} : { labels: labelsOf(labels) }),
});

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
