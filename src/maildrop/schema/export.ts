/**
 * What do the lines of a backup look like?
 */
import { z } from '@hono/zod-openapi';
import { toldProblem } from '../../core/problem-schema.ts';
import { exampleSpooled, spooledFields } from './message.ts';

const receivedAt = z.iso
  .datetime()
  .nullable()
  .describe(
    'When it was received, as its uppermost Received field says, or else sent (Date), in UTC. POP3 does not tell.',
  );
const index = z.int().describe('Counted from 0.');
const count = z.int().describe('How many messages this answer was to hold, as in `Export-Count`.');

export const MaildropExportLineSchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('export'),
      total: z.int().describe('How many messages the maildrop holds, those before the cursor included.'),
      count,
    }),
    z.strictObject({
      type: z.literal('message'),
      ...spooledFields,
      receivedAt,
      index,
      count,
      raw: z.string().optional().describe('With `format=ndjson`: the message, byte for byte, in base64.'),
      octets: z
        .int()
        .optional()
        .describe('With `format=manifest`: how many octets came, which `size` need not be with every server.'),
      sha256: z.string().describe('SHA-256 of the bytes, in hexadecimal.'),
    }),
    z.strictObject({
      type: z.literal('error'),
      id: z.string().optional().describe('The message that did not come; missing when the export ends here.'),
      uidl: spooledFields.uidl.optional(),
      size: z.int().optional(),
      receivedAt: receivedAt.optional(),
      index: index.optional(),
      count: count.optional(),
      raw: z.string().optional().describe('What had come of the message until then. Throw it away.'),
      problem: toldProblem,
    }),
    z.strictObject({
      type: z.literal('end'),
      count: z.int().describe('How many messages came whole.'),
      sha256: z
        .string()
        .describe(
          'SHA-256 of the `sha256` of each message that came whole, in order, with LF behind each. Two exports that hold the same have the same.',
        ),
      nextCursor: z.string().nullable().describe('What to go on from; null when `limit` left nothing out.'),
    }),
  ])
  .openapi('MaildropExportLine', {
    example: {
      type: 'message',
      ...exampleSpooled,
      size: 17,
      receivedAt: '2026-11-20T08:30:00.000Z',
      index: 0,
      count: 1,
      raw: 'U3ViamVjdDogSGkNCg0KSGk=',
      sha256: 'b1be6699977aad5d16324e43c46d0a3069135ca653bbd3b12398ef83b69a7d64',
    },
  });
