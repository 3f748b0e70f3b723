/**
 * `/v1/imap`: a mailbox over HTTP. A shared, synced store; reading changes nothing.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Gateway } from '../../http/context.ts';
import { appending } from './appending.ts';
import { batch } from './batch.ts';
import { bytes } from './bytes.ts';
import { changes } from './changes.ts';
import { changing } from './changing.ts';
import { drafts } from './drafts.ts';
import { events } from './events.ts';
import { exporting } from './export.ts';
import { listing } from './listing.ts';
import { mailboxes } from './mailboxes.ts';
import { quota } from './quota.ts';
import { reading } from './reading.ts';
import { searching } from './searching.ts';
import { threads } from './threads.ts';

export { isUpload } from './message-body.ts';

export const mailboxRoutes = new OpenAPIHono<Gateway>()
  .route('/', mailboxes)
  .route('/', quota)
  .route('/', listing)
  .route('/', searching)
  .route('/', reading)
  .route('/', threads)
  .route('/', bytes)
  .route('/', exporting)
  .route('/', changing)
  .route('/', appending)
  .route('/', changes)
  .route('/', batch)
  .route('/', drafts)
  .route('/', events);
