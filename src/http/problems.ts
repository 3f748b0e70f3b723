/**
 * How is a failure answered, and how does the OpenAPI document tell of it?
 */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { MailFailure } from '../core/failure.ts';
import { headersOf, problemOf } from '../core/problem.ts';
import { problemKinds } from '../core/problem-kinds.ts';
import { responseCodes } from '../core/response-code.ts';

type Kind = MailFailure['kind'];

export const FieldErrorSchema = z
  .strictObject({
    in: z.enum(['path', 'query', 'header', 'body']),
    field: z.string(),
    message: z.string(),
  })
  .openapi('FieldError');

export const ProblemSchema = z
  .object({
    type: z.string().describe('The kind of problem; the page behind it explains it.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    responseCode: z
      .enum(responseCodes)
      .nullable()
      .optional()
      .describe('Why the mail server refuses, when it says so by a code (RFC 5530, RFC 3206); null when it does not.'),
    limitedBy: z.enum(['postern', 'mail-server']).optional().describe('Whose limit it was.'),
    retryAfterSeconds: z.int().optional().describe('As in the Retry-After header.'),
    errors: z.array(FieldErrorSchema).optional().describe('What is wrong with the request, field by field.'),
  })
  .openapi('Problem', {
    description: 'RFC 9457. Some kinds have members of their own, explained on their page.',
    example: {
      type: '/problems/request-invalid',
      title: 'The request is not valid',
      status: 400,
      detail: 'limit: Give a whole number from 1 to 500.',
      errors: [{ in: 'query', field: 'limit', message: 'Give a whole number from 1 to 500.' }],
    },
  });

export function problemResponse(c: Context, failure: MailFailure): Response {
  const problem = problemOf(failure);
  const headers = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', ...headersOf(failure) };
  return c.body(JSON.stringify(problem), { status: problem.status, headers });
}

/** What every call that reaches a mail server may be answered with. */
export const mailServerProblems = [
  'request-invalid',
  'protocol-mismatch',
  'caller-unknown',
  'caller-unverified',
  'caller-forbidden',
  'rate-limited',
  'credentials-missing',
  'capsule-invalid',
  'capsule-expired',
  'capsule-revoked',
  'scope-missing',
  'mailbox-not-granted',
  'provider-unknown',
  'grant-revoked',
  'provider-unavailable',
  'login-refused',
  'login-throttled',
  'server-forbidden',
  'queue-full',
  'server-limit-reached',
  'connect-failed',
  'tls-failed',
  'connection-lost',
  'protocol-violated',
  'limit-exceeded',
  'command-refused',
  'server-busy',
  'login-unavailable',
  'deadline-exceeded',
  'misconfigured',
  'internal',
] as const satisfies readonly Kind[];

interface ProblemAnswer {
  readonly description: string;
  readonly content: { readonly 'application/problem+json': { readonly schema: typeof ProblemSchema } };
}

/** The problem answers of an operation, by status, for its route. */
export function problemAnswers(...kinds: readonly Kind[]): Record<string, ProblemAnswer> {
  const byStatus = new Map<number, Kind[]>();
  for (const kind of kinds) {
    const { status } = problemKinds[kind];
    byStatus.set(status, [...(byStatus.get(status) ?? []), kind]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, kinds]) => [
      String(status),
      {
        description: kinds.map((kind) => `\`${kind}\`: ${problemKinds[kind].title}.`).join(' '),
        content: { 'application/problem+json': { schema: ProblemSchema } },
      },
    ]),
  );
}
