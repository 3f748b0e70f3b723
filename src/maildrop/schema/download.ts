/**
 * What do a download and its acknowledgement look like as JSON?
 */
import { z } from '@hono/zod-openapi';
import { limits } from '../../core/limits.ts';
import { toldProblem } from '../../core/problem-schema.ts';
import { exampleEmail, exampleSpooled, MaildropEmailSchema, spooledFields } from './message.ts';

export const DownloadRequestSchema = z
  .strictObject({
    limit: z
      .int()
      .min(1)
      .max(limits.downloadMessages)
      .default(limits.downloadMessagesDefault)
      .describe('How many messages at most, oldest first.'),
    maxBytes: z
      .int()
      .min(1)
      .optional()
      .describe('How many octets at most, by the sizes that the server tells. One message always comes.'),
    format: z
      .enum(['json', 'raw'])
      .default('json')
      .describe(
        '`json`: each message as an Email, without the bytes of its attachments; acknowledging deletes those too, so fetch them before. `raw`: each message whole, in base64, with its SHA-256.',
      ),
    since: z
      .string()
      .min(1, { message: 'Give a state, or leave it out.' })
      .optional()
      .describe(
        'The `state` of an earlier receipt line, of a listing, or `newState` of `/v1/pop/changes`: only messages that it does not know are sent.',
      ),
    have: z
      .array(z.string())
      .max(limits.downloadMessages, { message: `Name ${limits.downloadMessages} messages at most.` })
      .default([])
      .describe(
        'The ids of messages that are safe with you already, such as those of a download whose stream was lost before its receipt. They are not sent again; the receipt covers those that are still there, so that acknowledging deletes them too.',
      ),
    skip: z
      .array(z.string())
      .max(limits.downloadMessages, { message: `Name ${limits.downloadMessages} messages at most.` })
      .default([])
      .describe(
        'The ids of messages to leave out, such as those that had an error line and would have one again: else they stay the oldest, and take the place of others. They are not sent, no receipt covers them, and no state knows them.',
      ),
  })
  .openapi('DownloadRequest', { example: { limit: 100 } });

const progress = {
  index: z.int().describe('Counted from 0.'),
  count: z.int().describe('How many messages this download sends, if all goes well.'),
  bytesDone: z
    .int()
    .describe(
      'Octets up to the end of this message: of it and of those before it, also of those that failed, so that the last one has `bytesTotal`. By the sizes that the server tells, which need not be exact: some count an end of line as one octet. `raw` has the bytes themselves.',
    ),
  bytesTotal: z.int().describe('Octets of all messages that this download sends, by the same sizes.'),
};
const exampleProgress = {
  index: 0,
  count: 1,
  bytesDone: exampleSpooled.size,
  bytesTotal: exampleSpooled.size,
} as const;

export const DownloadLineSchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('message'),
      ...spooledFields,
      ...progress,
      message: MaildropEmailSchema.optional().describe('With `format: json`.'),
      raw: z.string().optional().describe('With `format: raw`: the message, byte for byte, in base64.'),
      sha256: z.string().optional().describe('With `format: raw`: SHA-256 of the bytes, in hexadecimal.'),
    }),
    z.strictObject({
      type: z.literal('error'),
      id: z.string().optional().describe('The message it is about; missing when it ended the whole download.'),
      uidl: spooledFields.uidl.optional(),
      size: z.int().optional(),
      ...z.strictObject(progress).partial().describe('Missing for a message that is not sent at all.').shape,
      raw: z.string().optional().describe('What had come of the message until then. Throw it away.'),
      problem: toldProblem,
    }),
    z.strictObject({
      type: z.literal('receipt'),
      receipt: z.string().describe('Send it to `/v1/pop/downloads/ack` when the messages are safe with you.'),
      count: z.int().describe('How many messages it covers: those that came complete, and `haveCovered`.'),
      haveCovered: z.int().describe('How many of those in `have` it covers: all that are still there.'),
      haveIgnored: z
        .int()
        .describe(
          'How many of those in `have` it does not: they are gone, or the server gives their UIDL to several messages.',
        ),
      state: z
        .string()
        .describe(
          'What you know now: of what `since` knew and of `have` all that is still there, and what came complete. Give it as `since` to get the rest next time, whether you acknowledge or not.',
        ),
      expiresAt: z.iso.datetime().describe('Until when the receipt is good. The state does not expire.'),
    }),
  ])
  .openapi('DownloadLine', {
    example: { type: 'message', ...exampleSpooled, ...exampleProgress, message: exampleEmail },
  });

export const AcknowledgeRequestSchema = z
  .strictObject({
    receipt: z
      .string()
      .min(1, { message: 'Give the receipt that ended the download.' })
      .max(64 * 1024),
    ids: z
      .array(z.string())
      .max(2 * limits.downloadMessages)
      .optional()
      .describe('Only these of the messages that the receipt covers. Left out: all of them.'),
  })
  .openapi('AcknowledgeRequest', {
    example: { receipt: 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..q2w.c2VhbGVk.dGFn' },
  });

export const AcknowledgedSchema = z
  .strictObject({
    deleted: z.int().describe('How many messages were deleted just now.'),
    alreadyGone: z.int().describe('How many were not in the maildrop any more.'),
    notDeleted: z
      .array(
        z.strictObject({
          id: z.string(),
          uidl: spooledFields.uidl,
          problem: toldProblem.describe(
            'Why not. When `command` is `QUIT`, or the connection was lost, it may be gone, or go yet: the server never said so, and when it was asked again it still had it, or could not be asked.',
          ),
        }),
      )
      .describe('Those that are still there, or may be. Send the receipt again to delete them; that is always safe.'),
  })
  .openapi('Acknowledged', { example: { deleted: 2, alreadyGone: 0, notDeleted: [] } });
