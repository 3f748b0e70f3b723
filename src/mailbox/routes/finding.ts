/**
 * What do all routes that search have in common?
 */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Failed, type FieldError } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { neededFor } from '../../core/needed.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { headerFieldsNote } from '../../http/reading.ts';
import { fieldsOf, picked, wholeNumber } from '../../http/validation.ts';
import type { MailboxName } from '../answers.ts';
import { summaryOf } from '../email-json.ts';
import { mailboxIdOf } from '../rules.ts';
import { summaryFieldNames } from '../schema/email.ts';
import { sortAnswer } from '../schema/search.ts';
import type { Condition } from '../search/condition.ts';
import { cursorOf, placeOf, searchDigest } from '../search/cursor.ts';
import { conditionOf } from '../search/query.ts';
import { arrivalInsteadOf, type Sort } from '../search/sort.ts';
import { mailboxesOf } from './mailbox.ts';

interface Search {
  readonly condition: Condition;
  readonly sort: Sort;
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly fields: readonly string[] | undefined;
  readonly cursorIn: FieldError['in'];
}

/** What has to be read of each message to show these members. */
export const shapeOf = (limit: number, fields: readonly string[] | undefined) => ({
  limit,
  needed: neededFor(fields),
});

/** Which page of a listing or a search, and what of each message. */
export const pageQuery = {
  limit: wholeNumber(1, limits.pageMessages)
    .default(limits.pageMessagesDefault)
    .openapi({ description: 'How many messages at most.' }),
  cursor: z.string().optional().openapi({ description: 'The `nextCursor` of the page before, of the same search.' }),
  fields: fieldsOf(summaryFieldNames, { hasHeaders: true })
    .optional()
    .openapi({
      type: 'string',
      description: `Only these members, separated by commas; what is not asked for is not read. ${headerFieldsNote}`,
      example: 'subject,from,receivedAt',
    }),
};

/** What `q` asks for; everything, without it. */
export function conditionIn(q: string | undefined): Condition {
  if (q === undefined) return { kind: 'all' };
  const condition = conditionOf(q);
  if (!condition.ok) throw new Failed(condition.failure);
  return condition.value;
}

/** A page of one mailbox. */
export async function foundPage(c: Context<Gateway>, mailbox: MailboxName, search: Search) {
  const { condition, sort, limit, cursor, fields, cursorIn } = search;
  const digest = searchDigest(condition, sort);
  const after = cursor === undefined ? null : placeOf(cursor, digest);
  if (cursor !== undefined && after === null) throw foreignCursor(cursorIn);
  const { stub, account } = await mailboxesOf(c);
  const reply = await stub.find(account, mailbox, { condition, sort, after, ...shapeOf(limit, fields) });
  const found = unwrapped(reply, c.get('timings'));
  const { uidValidity, total, seen, isSortSupported } = found;
  const mailboxId = mailboxIdOf(found.mailboxPath);
  return {
    messages: found.emails.map((email) => picked(summaryOf(email, uidValidity, mailboxId, fields), fields)),
    total,
    state: null,
    nextCursor: seen === null ? null : cursorOf({ uidValidity, seen }, digest),
    search: found.program,
    sort: sortAnswer(isSortSupported ? sort : arrivalInsteadOf(sort), isSortSupported),
  };
}

export const foreignCursor = (where: FieldError['in']): Failed => {
  const message = 'Give the nextCursor of the page before, as it came, with the same search and the same order.';
  return new Failed({ kind: 'request-invalid', errors: [{ in: where, field: 'cursor', message }] });
};
