/**
 * What do the lines of an export look like?
 */
import { z } from '@hono/zod-openapi';
import { toldProblem } from '../../core/problem-schema.ts';
import { exampleSummary, keywords } from './email.ts';

const index = z.int().describe('Counted from 0.');
const count = z.int().describe('How many messages this answer was to hold, as in `Export-Count`.');

export const ExportLineSchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('export'),
      mailboxId: z.string(),
      total: z.int().describe('How many messages the mailbox holds, those before the cursor included.'),
      count,
    }),
    z.strictObject({
      type: z.literal('message'),
      id: z.string().describe('Also a cursor: what comes behind this message.'),
      mailboxId: z.string(),
      keywords,
      receivedAt: z.iso.datetime().describe('When the server got it (INTERNALDATE), in UTC.'),
      size: z.int().describe('Octets, as the server tells them.'),
      index,
      count,
      raw: z.string().describe('The message, byte for byte, in base64.'),
      sha256: z.string().describe('SHA-256 of the bytes, in hexadecimal.'),
    }),
    z.strictObject({
      type: z.literal('error'),
      id: z.string().optional().describe('The message that did not come; missing when the export ends here.'),
      mailboxId: z.string().optional(),
      keywords: keywords.optional(),
      receivedAt: z.iso.datetime().optional(),
      size: z.int().optional(),
      index: index.optional(),
      count: count.optional(),
      raw: z.string().optional().describe('What had come of the message until then. Throw it away.'),
      problem: toldProblem,
    }),
    z.strictObject({
      type: z.literal('end'),
      count: z.int().describe('How many messages came whole.'),
      nextCursor: z.string().nullable().describe('What to go on from; null when `limit` left nothing out.'),
    }),
  ])
  .openapi('ExportLine', {
    example: {
      type: 'message',
      id: exampleSummary.id,
      mailboxId: 'mb_SU5CT1g',
      keywords: exampleSummary.keywords,
      receivedAt: exampleSummary.receivedAt,
      size: 17,
      index: 0,
      count: 1,
      raw: 'U3ViamVjdDogSGkNCg0KSGk=',
      sha256: 'b1be6699977aad5d16324e43c46d0a3069135ca653bbd3b12398ef83b69a7d64',
    },
  });
