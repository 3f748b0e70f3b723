/**
 * What do changes of mailboxes and of maildrops have in common as JSON? (RFC 8620 §5.2)
 */
import { z } from '@hono/zod-openapi';

export const statesOfChanges = {
  oldState: z.string().nullable().describe('The `since` that was asked for; null without one.'),
  newState: z.string().describe('What to give as `since` next. Opaque, and never stored here.'),
  hasMoreChanges: z.boolean().describe('Ask again at once, with `newState`: there are more than fit into one answer.'),
};
