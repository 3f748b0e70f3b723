/** The two halves of the Email schema, strict, to hold what the code under test makes. */
import { z } from '@hono/zod-openapi';
import { emailBodyFields, emailHeaderFields } from '../../../src/core/email.ts';

export const EmailHeaders = z.strictObject(emailHeaderFields);
export const EmailBodies = z.strictObject(emailBodyFields);
