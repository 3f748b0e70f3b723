/**
 * What do changes of a maildrop look like as JSON? (RFC 8620 §5.2)
 */
import { z } from '@hono/zod-openapi';
import { limits } from '../../core/limits.ts';

const ids = z.array(z.string());

export const MaildropChangesSchema = z
  .strictObject({
    oldState: z.string().nullable().describe('The `since` that was asked for; null without one.'),
    newState: z.string().describe('What to give as `since` next. Opaque, and never stored here.'),
    hasMoreChanges: z
      .boolean()
      .describe('Ask again at once, with `newState`: there are more than fit into one answer.'),
    created: ids.describe('Messages that are new, in the order of the maildrop.'),
    updated: ids.describe('Always empty: a message in a maildrop does not change.'),
    destroyed: ids
      .nullable()
      .describe(
        'Messages that are gone, whoever deleted them. Null when it is known how many are gone, and not which: list the maildrop to find out.',
      ),
    destroyedCount: z.int().describe('How many are gone.'),
  })
  .openapi('MaildropChanges', {
    example: {
      oldState: 'EWL6…',
      newState: 'EWL8…',
      hasMoreChanges: false,
      created: ['MDAwMDAwMDE2NTVhM2YxMQ'],
      updated: [],
      destroyed: ['MDAwMDAwMDA2NTVhM2YxMQ'],
      destroyedCount: 1,
    },
  });

const bounded = (least: number, most: number) => {
  const message = `Give a whole number from ${least} to ${most}.`;
  return z.int({ message }).min(least, { message }).max(most, { message });
};

/** What the query of the GET has, as JSON. */
export const MaildropChangesRequestSchema = z
  .strictObject({
    since: z.string().optional().describe('The `newState` of the answer before, or the `state` of a listing.'),
    maxChanges: bounded(1, limits.maildropChanges)
      .default(limits.maildropChanges)
      .describe('How many ids at most, of new messages and of those that are gone together.'),
    wait: bounded(0, limits.waitSeconds)
      .default(0)
      .describe('When nothing has changed, wait so many seconds for something to do. Needs `since`.'),
  })
  .openapi('MaildropChangesRequest', { example: { since: 'EWL6…', wait: 50 } });
