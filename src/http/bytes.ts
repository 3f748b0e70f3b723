/**
 * What can be asked of the octets of a message or part, and how is it told in the OpenAPI document?
 *
 * Conditions and ranges are judged by `conditions.ts`; here they are only told of.
 */
import { z } from '@hono/zod-openapi';
import { Failed } from '../core/failure.ts';
import type { PartHead } from '../core/mime/part.ts';
import { utf8Converter } from '../core/mime/utf8.ts';

export const conditionHeaders = z.object({
  'If-Match': z.string().optional().openapi({ description: '412 unless it names the ETag, or is `*`.' }),
  'If-None-Match': z.string().optional().openapi({ description: '304 if it names the ETag, or is `*`.' }),
});

export const rangeHeaders = conditionHeaders.extend({
  Range: z.string().optional().openapi({
    description: 'One range of octets: 206. Several of them are answered with all octets.',
    example: 'bytes=0-1023',
  }),
  'If-Range': z.string().optional().openapi({ description: 'The ETag that the range belongs to; else all octets.' }),
});

export const partQuery = z.strictObject({
  charset: z
    .enum(['utf-8'], { message: 'Give utf-8, or leave it out to get the text as it was sent.' })
    .optional()
    .openapi({
      description:
        'Have a text part converted to UTF-8: with an ETag of its own, and without ranges. What does not belong to its charset becomes U+FFFD.',
    }),
});

/** Null for what is no text, and for a charset that is not known. */
export const converterOf = ({ type, charset }: PartHead): TransformStream<Uint8Array, Uint8Array> | null =>
  type.startsWith('text/') ? utf8Converter(charset) : null;

export const unconvertible = ({ charset }: PartHead): Failed => new Failed({ kind: 'charset-unsupported', charset });

const headers = z.object({
  ETag: z
    .string()
    .optional()
    .describe('Strong: these octets never change. Missing where the id may mean another message later.'),
  'Accept-Ranges': z.enum(['bytes', 'none']),
  'Content-Length': z.string().optional().describe('Missing where the length is known at the end alone.'),
});

const content = (type: string) => ({ [type]: { schema: z.string().openapi({ format: 'binary' }) } });

/** The answers of a message or part as octets. */
export const wholeAnswers = (description: string, type: string) => ({
  200: { description, headers, content: content(type) },
  304: { description: 'It is there, and its ETag is in If-None-Match.' },
});

/** The same where ranges can be had. */
export const rangeAnswers = (description: string, type: string) => ({
  ...wholeAnswers(description, type),
  206: {
    description: 'The octets of the range.',
    headers: headers.extend({ 'Content-Range': z.string() }),
    content: content(type),
  },
});
