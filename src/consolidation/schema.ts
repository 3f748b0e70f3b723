/**
 * What do a consolidation and its lines look like as JSON?
 */
import { z } from '@hono/zod-openapi';
import { limits } from '../core/limits.ts';
import { toldProblem } from '../core/problem-schema.ts';
import { accountFields, judgeAccount } from '../http/account-fields.ts';
import { exampleSpooled, spooledFields } from '../maildrop/schema/message.ts';

const MaildropAccountSchema = z
  .strictObject({
    ...accountFields('pop3s://pop.example.com'),
    since: z
      .string({ message: 'Give a state as it came.' })
      .optional()
      .describe('The `state` of an earlier consolidation or listing of this maildrop: only what is new since then.'),
  })
  .superRefine(judgeAccount)
  .openapi('MaildropAccount');

const MailboxAccountSchema = z
  .strictObject({
    ...accountFields('imaps://imap.example.com'),
    mailboxId: z
      .string({ message: 'Give the id of a mailbox, or a role.' })
      .describe('Where the messages go: a mailbox id, or a role such as `inbox` or `archive`.'),
  })
  .superRefine(judgeAccount)
  .openapi('MailboxAccount');

export const ConsolidationRequestSchema = z
  .strictObject({
    from: z
      .array(MaildropAccountSchema, { message: 'List the maildrops.' })
      .min(1, { message: 'Name a maildrop.' })
      .max(limits.consolidatedMaildrops, { message: `Name at most ${limits.consolidatedMaildrops} maildrops.` })
      .describe('The maildrops, each once; they are emptied in this order.'),
    into: MailboxAccountSchema,
    keep: z
      .boolean({ message: 'Give true or false.' })
      .default(false)
      .describe('Leave the messages in the maildrops. Each then has a state, to be given as `since` the next time.'),
    alreadyThere: z
      .enum(['keep', 'delete'], { message: 'Give `keep` or `delete`.' })
      .default('keep')
      .describe(
        'What becomes of a message of which the mailbox has the same octets already, unless Postern knows that it has put them there from this maildrop. A maildrop may show the mailbox itself by other names; what is deleted there would be gone from both. So it is left there. Give `delete` only if you know that they are different accounts.',
      ),
    limit: z
      .int({ message: 'Give a whole number.' })
      .min(1, { message: 'Give a number from 1 on.' })
      .optional()
      .describe('How many messages at most, of all maildrops together, oldest first. Left out: all that are there.'),
  })
  .openapi('Consolidation', {
    example: {
      from: [{ server: 'pop3s://pop.example.com', user: 'ada@example.com', password: 'app-password' }],
      into: {
        server: 'imaps://imap.example.net',
        user: 'ada@example.net',
        password: 'app-password',
        mailboxId: 'inbox',
      },
    },
  });

const from = z.int().describe('Which maildrop: its place in `from`, counted from 0.');
const index = z.int().describe('Counted from 0, in this maildrop.');
const count = z.int().describe('How many messages of this maildrop this call is to move.');
const bytesTotal = z.int().describe('Octets of those, as the POP3 server tells.');

export const ConsolidationLineSchema = z
  .discriminatedUnion('type', [
    z
      .strictObject({
        type: z.literal('start'),
        from,
        total: z.int().describe('How many messages the maildrop holds.'),
        count,
        bytesTotal,
      })
      .describe('A maildrop is open.'),
    z
      .strictObject({
        type: z.literal('message'),
        from,
        ...spooledFields,
        index,
        count,
        bytesDone: z.int().describe('Octets of the messages so far, this one included.'),
        bytesTotal,
        outcome: z
          .enum(['stored', 'there-already'])
          .describe('`there-already`: a message with exactly these octets was in the mailbox, so none was added.'),
        newId: z.string().nullable().describe('Its id in the mailbox; null when the server does not tell.'),
      })
      .describe(
        'A message is proven to be in the mailbox. It is still in the maildrop, until a line says that it is deleted.',
      ),
    z
      .strictObject({
        type: z.literal('error'),
        from: from.optional().describe('Missing when it is about the mailbox: nothing more is moved then.'),
        id: z
          .string()
          .optional()
          .describe('The message that was not moved; missing when nothing more of the maildrop is.'),
        uidl: z.string().nullable().optional(),
        size: z.int().optional(),
        index: index.optional(),
        count: count.optional(),
        problem: toldProblem,
      })
      .describe('What it is about stays where it is.'),
    z
      .strictObject({
        type: z.literal('deleted'),
        from,
        deleted: z.int().describe('How many messages the maildrop has lost for good: its server has accepted QUIT.'),
        notDeleted: z
          .array(z.strictObject({ id: z.string(), uidl: z.string().nullable(), problem: toldProblem }))
          .describe('Those that are in the mailbox, and are still in the maildrop as well, or may be.'),
      })
      .describe('One session with the maildrop has ended; several may be needed for one maildrop.'),
    z
      .strictObject({
        type: z.literal('kept'),
        from,
        state: z.string().describe('All of the maildrop that is known to be in the mailbox. The latest one counts.'),
      })
      .describe('With `keep`, in the place of `deleted`.'),
    z
      .strictObject({
        type: z.literal('end'),
        stored: z.int().describe('How many messages were added to the mailbox.'),
        thereAlready: z.int().describe('How many were in it before.'),
        deleted: z.int().describe('How many were deleted from their maildrops.'),
        failed: z.int().describe('How many could not be moved, each told in a line.'),
        isComplete: z.boolean().describe('Whether nothing is left of what was to be done. Otherwise call again.'),
      })
      .describe('The last line. A stream without it was cut: call again, and no message is there twice.'),
  ])
  .openapi('ConsolidationLine', {
    example: {
      type: 'message',
      from: 0,
      ...exampleSpooled,
      index: 0,
      count: 1,
      bytesDone: exampleSpooled.size,
      bytesTotal: exampleSpooled.size,
      outcome: 'stored',
      newId: '1785230400.42',
    },
  });
