/**
 * What is asked about somebody's mail, and what does the advice look like as JSON?
 */
import { z } from '@hono/zod-openapi';
import { limits } from '../core/limits.ts';

const yesOrNo = (description: string) => z.boolean({ message: 'Give true or false.' }).optional().describe(description);

/** Each may be left out: what is not known argues for nothing. */
export const AnswersSchema = z
  .strictObject({
    devices: z
      .enum(['one', 'several'], { message: 'Give `one` or `several`.' })
      .optional()
      .describe('On how many devices, or in how many programs, is this mail read?'),
    isShared: yesOrNo('Do several people read this mail?'),
    isReadOffline: yesOrNo('Should mail stay readable without a connection?'),
    connection: z
      .enum(['good', 'slow-or-rare'], { message: 'Give `good` or `slow-or-rare`.' })
      .optional()
      .describe('What is the connection like?'),
    serverStorage: z
      .enum(['enough', 'short'], { message: 'Give `enough` or `short`.' })
      .optional()
      .describe('Is there room enough on the server?'),
    isGathered: yesOrNo('Is the mail of several accounts to come into one inbox, this account being one of them?'),
    keepsFolders: yesOrNo('Are folders, and sent mail, to be kept on the server?'),
    hasOwnBackup: yesOrNo('Is a backup of one’s own wanted?'),
    leavesServer: yesOrNo('Is mail not to stay on the server, so that nobody can read it there?'),
  })
  .openapi('Answers', { example: { devices: 'several', isShared: false, serverStorage: 'enough' } });

export type Answers = z.infer<typeof AnswersSchema>;

export const AdviceSchema = z
  .strictObject({
    protocol: z
      .enum(['imap', 'pop3'])
      .nullable()
      .describe('Which one to use; null when the provider offers neither to mail programs.'),
    leaveCopyDays: z
      .int()
      .min(0)
      .max(limits.copyLeftDays)
      .nullable()
      .optional()
      .describe(
        'With `pop3`: how many days a message stays on the server after it was downloaded. 0: it goes when it was acknowledged. Null: it stays. POST /v1/pop/prune removes what is older.',
      ),
    reasons: z
      .array(
        z.strictObject({
          answer: z
            .string()
            .describe('The field of `answers`; `offers` for what the server offers, `none` when nothing was answered.'),
          for: z.enum(['imap', 'pop3', 'either']).describe('What it argues for.'),
          strength: z.enum(['must', 'should', 'may']).describe('`must`: with the other protocol it cannot be had.'),
          text: z.string().describe('A sentence for a person.'),
        }),
      )
      .describe('One for each answer, those that decide first.'),
    givenUp: z.array(z.string()).describe('What one does without, in sentences for a person.'),
    howTo: z.array(z.string()).describe('What to do first, and which calls of this API to use.'),
  })
  .openapi('Advice', {
    example: {
      protocol: 'imap',
      reasons: [
        {
          answer: 'devices',
          for: 'imap',
          strength: 'must',
          text: 'Several devices see the same mail, read and unread alike, only where it stays on the server.',
        },
      ],
      givenUp: ['Mail takes up room on the server until it is deleted there.'],
      howTo: ['GET /v1/imap/mailboxes/inbox/messages lists what is there.'],
    },
  });

export type Advice = z.infer<typeof AdviceSchema>;
export type Reason = Advice['reasons'][number];
