/**
 * What can be asked of one message, whichever protocol it is read by?
 */
import { z } from '@hono/zod-openapi';
import { limits } from '../core/limits.ts';
import { fieldsOf, wholeNumber } from './validation.ts';

/** For the `fields` of a message, read or listed. */
export const headerFieldsNote =
  '`header:{name}:as{Form}`, with `:all` behind it for every field of that name, gives a header field by that name of its own: asRaw, asText, asAddresses, asGroupedAddresses, asMessageIds, asDate, asURLs (RFC 8621 §4.1.2 says which is for which).';

export const readingQuery = (names: readonly string[]) =>
  z.strictObject({
    fields: fieldsOf(names, { hasHeaders: true })
      .optional()
      .openapi({
        type: 'string',
        description: `Only these members, separated by commas; what is not asked for is not read. ${headerFieldsNote} \`headers\` gives all of them.`,
        example: 'subject,text,header:List-Unsubscribe:asURLs',
      }),
    maxBodyBytes: wholeNumber(0, limits.bodyBytes)
      .default(limits.bodyBytesDefault)
      .openapi({ description: 'Cut `text` and `html` at this many octets each; `isTruncated` says when.' }),
  });

/** The answers of a message that was read, with its ETag. */
export const readingAnswers = <Schema extends z.ZodType>(schema: Schema) => ({
  200: {
    description: 'The message.',
    headers: z.object({ ETag: z.string() }),
    content: { 'application/json': { schema } },
  },
  304: { description: 'Not changed since the ETag in If-None-Match.' },
});
