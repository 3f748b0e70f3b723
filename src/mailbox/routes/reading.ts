/**
 * `GET …/messages/{id}`: one message. Reading never marks it as seen.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { etag } from 'hono/etag';
import { neededFor } from '../../core/needed.ts';
import { timed } from '../../core/reply.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { readingAnswers, readingQuery } from '../../http/reading.ts';
import { picked, refuseInvalid } from '../../http/validation.ts';
import { emailOf } from '../email-json.ts';
import { mailboxIdOf, stateTagOf } from '../rules.ts';
import { EmailSchema, emailFieldNames } from '../schema/email.ts';
import { idParam, mailboxesOf, mailboxOf, mailboxParam, messageOf } from './mailbox.ts';

const messageParams = { mailbox: mailboxParam, id: idParam };
const messageKinds = [...mailServerProblems, 'mailbox-not-found', 'message-not-found', 'state-gone'] as const;

const getMessage = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes/{mailbox}/messages/{id}',
  operationId: 'getMessage',
  tags: ['IMAP'],
  summary: 'Read one message of an IMAP folder',
  description:
    'With its text, its HTML and the list of its attachments. Only what `fields` needs is asked of the mail server: no body for members of the header, and of the header no other fields. It is not marked as seen. The ETag is that of its keywords, which are all that can change; give it back in `If-Match` to change it only if nobody else has.',
  security: accountSecurity,
  middleware: [mailAccount('imap', 'read'), etag()] as const,
  request: {
    params: z.strictObject(messageParams),
    query: readingQuery(emailFieldNames),
  },
  responses: {
    ...readingAnswers(EmailSchema),
    ...problemAnswers(...messageKinds, 'unsupported-by-server'),
  },
});

export const reading = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(getMessage, async (c) => {
  const { mailbox, id } = c.req.valid('param');
  const { fields, maxBodyBytes } = c.req.valid('query');
  const { stub, account } = await mailboxesOf(c);
  const name = messageOf(id);
  const reply = await stub.message(account, mailboxOf(mailbox), name, {
    maxBodyBytes,
    needed: neededFor(fields),
  });
  const timings = c.get('timings');
  const message = unwrapped(reply, timings);
  const email = await timed(timings, 'parse', async () =>
    emailOf(message, name.uidValidity, mailboxIdOf(message.mailboxPath), maxBodyBytes, fields),
  );
  // Without a UIDVALIDITY another message may be there by the next request: then the tag is one of the whole answer.
  const tag = name.uidValidity === 0 ? {} : { ETag: stateTagOf(message) };
  return c.json(picked(email, fields), 200, { ...privateAnswer, ...tag });
});
