/**
 * `/v1/imap`: a mailbox over HTTP. A shared, synced store; reading changes nothing.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Gateway } from '../../http/context.ts';
import { appending } from './appending.ts';
import { changing } from './changing.ts';
import { listing } from './listing.ts';
import { mailboxes } from './mailboxes.ts';
import { quota } from './quota.ts';
import { reading } from './reading.ts';

export { isUpload } from './appending.ts';

export const mailboxRoutes = new OpenAPIHono<Gateway>()
  .route('/', mailboxes)
  .route('/', quota)
  .route('/', listing)
  .route('/', reading)
  .route('/', changing)
  .route('/', appending);
