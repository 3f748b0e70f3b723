/**
 * What is asked about somebody's mail, and what does the advice look like as JSON?
 */
import { z } from '@hono/zod-openapi';
import { limits } from '../core/limits.ts';

const yesOrNo = (question: string) => z.boolean({ message: 'Give true or false.' }).optional().describe(question);

const oneOf = <const Choices extends readonly [string, string]>(choices: Choices, question: string) =>
  z
    .enum(choices, { message: `Give \`${choices[0]}\` or \`${choices[1]}\`.` })
    .optional()
    .describe(question);

/** Each may be left out: what is not known argues for nothing. */
export const AnswersSchema = z
  .strictObject({
    devices: oneOf(['one', 'several'], 'On how many devices, or in how many programs, is this mail read?'),
    isShared: yesOrNo('Do several people read this mail?'),
    isReadOffline: yesOrNo('Should mail stay readable without a connection?'),
    connection: oneOf(['good', 'slow-or-rare'], 'What is the connection like?'),
    serverStorage: oneOf(['enough', 'short'], 'Is there room enough on the server?'),
    isGathered: yesOrNo('Is the mail of several accounts to come into one inbox, that of this account among it?'),
    keepsFolders: yesOrNo('Are folders, and sent mail, to be kept on the server?'),
    hasOwnBackup: yesOrNo('Is a backup of one’s own wanted?'),
    leavesServer: yesOrNo('Is mail not to stay on the server, for instance so that nobody can read it there?'),
  })
  .openapi('Answers', { example: { devices: 'several', isShared: false, serverStorage: 'enough' } });

export type Answers = z.infer<typeof AnswersSchema>;

export const questions = AnswersSchema.keyof().options;

const reason = z.strictObject({
  answer: z
    .enum([...questions, 'offers', 'none'])
    .describe(
      'Which one it is about: a member of `answers`; `offers` for what the server offers; `none` when the answers argue for neither.',
    ),
  for: z.enum(['imap', 'pop3', 'either']).describe('What it argues for.'),
  strength: z
    .enum(['must', 'should', 'may'])
    .describe('How much it counts. `must`: what was asked for cannot be had with the other one.'),
  text: z.string().describe('A sentence for a person.'),
});

export const AdviceSchema = z
  .strictObject({
    protocol: z.enum(['imap', 'pop3']).nullable().describe('Which one to use; null when neither is offered.'),
    leaveCopyDays: z
      .int()
      .min(0)
      .max(limits.copyLeftDays)
      .nullable()
      .optional()
      .describe(
        'With `pop3` alone: for how many days a message stays on the server after it was downloaded, as POST /v1/pop/prune does it. 0: no longer than until its download is acknowledged. Null: for good.',
      ),
    reasons: z.array(reason).describe('One for each answer, in the order in which they decide.'),
    givenUp: z.array(z.string()).describe('What one does without, in sentences for a person.'),
    howTo: z.array(z.string()).describe('What to do, and which calls of this API to use.'),
  })
  .openapi('Advice', {
    example: {
      protocol: 'pop3',
      leaveCopyDays: 0,
      reasons: [
        {
          answer: 'serverStorage',
          for: 'pop3',
          strength: 'should',
          text: 'With POP3 a message is deleted on the server as soon as it was acknowledged, so the server does not fill up.',
        },
      ],
      givenUp: [
        'Once it is acknowledged a message is on this device alone, and is lost with it if there is no backup.',
      ],
      howTo: [
        'POST /v1/pop/downloads sends what is there and ends with a receipt.',
        'POST /v1/pop/downloads/ack with the receipt deletes what has arrived, and nothing else.',
      ],
    },
  });

export type Advice = z.infer<typeof AdviceSchema>;
export type Reason = Advice['reasons'][number];
