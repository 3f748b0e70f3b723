/**
 * What does a quota look like as JSON? (RFC 9425 §4)
 */
import { z } from '@hono/zod-openapi';

const exampleQuota = {
  id: 'qt_c3RvcmFnZSBVc2VyIHF1b3Rh',
  name: 'User quota',
  resourceType: 'octets',
  types: ['Mail'],
  used: 734003200,
  hardLimit: 1073741824,
  scope: 'account',
} as const;

export const QuotaSchema = z
  .strictObject({
    id: z.string().describe('Made from the name and what is limited.'),
    name: z.string().describe('The quota root, as the mail server calls it.'),
    resourceType: z.enum(['octets', 'count']),
    types: z.array(z.enum(['Mail', 'Mailbox'])).describe('Of what: messages, or mailboxes.'),
    used: z.int(),
    hardLimit: z.int().describe('Beyond this nothing more is taken.'),
    scope: z
      .literal('account')
      .describe('Always the account of whoever owns the mailbox: IMAP does not tell of others that share the limit.'),
  })
  .openapi('Quota', { example: exampleQuota });

export const QuotasSchema = z
  .strictObject({ quotas: z.array(QuotaSchema).describe('Empty when nothing is limited.') })
  .openapi('Quotas', { example: { quotas: [exampleQuota] } });
