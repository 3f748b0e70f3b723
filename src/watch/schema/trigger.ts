/**
 * What does a tool get that asks for new mail, instead of being called?
 *
 * What a webhook would have brought (`event-body.ts`), with the id of the event beside it. One shape for both protocols: tools that offer
 * its members to be chosen from know no alternatives.
 */
import { z } from '@hono/zod-openapi';
import { AccountNameSchema, exampleAccount } from './event-body.ts';
import { exampleMailboxMessage, MailboxEventMessage, MaildropEventMessage } from './event-message.ts';

const TriggerMessage = z
  .strictObject({ ...MaildropEventMessage.shape, ...MailboxEventMessage.shape })
  .describe('What a listing shows, and where the message is read: of a maildrop `uidl`, and of a mailbox the others.')
  .openapi('TriggerMessage');

export const TriggerItemSchema = z
  .strictObject({
    id: z
      .string()
      .describe('The same for the same message, whenever it is asked for: the `webhook-id` of its `message.received`.'),
    type: z.literal('message.received'),
    timestamp: z.iso.datetime().describe('When the mail server got it, as far as that is known.'),
    data: z.strictObject({
      account: AccountNameSchema,
      mailboxId: z.string().optional().describe('The mailbox, by its id. Of IMAP alone.'),
      message: TriggerMessage,
    }),
  })
  .openapi('TriggerItem');

export const TriggerItemsSchema = z.array(TriggerItemSchema).openapi('TriggerItems', {
  description: 'The newest first.',
  example: [
    {
      id: 'evt_Wn3nQ2sS0mC1l6o9yM4bTq7ZJ8dXr5uEw0aVhKfGpLc',
      type: 'message.received',
      timestamp: '2026-11-16T08:30:02.000Z',
      data: { account: exampleAccount, mailboxId: 'mb_SU5CT1g', message: exampleMailboxMessage },
    },
  ],
});
