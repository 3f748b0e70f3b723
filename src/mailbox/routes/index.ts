/**
 * `/v1/imap`: a mailbox over HTTP. A shared, synced store; reading changes nothing.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Gateway } from '../../http/context.ts';
import { appending } from './appending.ts';
import { changes } from './changes.ts';
import { changing } from './changing.ts';
import { events } from './events.ts';
import { listing } from './listing.ts';
import { mailboxes } from './mailboxes.ts';
import { reading } from './reading.ts';

export { isUpload } from './appending.ts';

export const mailboxRoutes = new OpenAPIHono<Gateway>()
  .route('/', mailboxes)
  .route('/', listing)
  .route('/', reading)
  .route('/', changing)
  .route('/', appending)
  .route('/', changes)
  .route('/', events);
