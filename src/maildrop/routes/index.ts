/**
 * `/v1/pop`: a maildrop over HTTP. Download, acknowledge, delete; reading changes nothing.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Gateway } from '../../http/context.ts';
import { acknowledging } from './acknowledging.ts';
import { bytes } from './bytes.ts';
import { changes } from './changes.ts';
import { deleting } from './deleting.ts';
import { downloads } from './downloads.ts';
import { listing } from './listing.ts';
import { pruning } from './pruning.ts';
import { reading } from './reading.ts';

export const maildropRoutes = new OpenAPIHono<Gateway>()
  .route('/', listing)
  .route('/', reading)
  .route('/', bytes)
  .route('/', downloads)
  .route('/', acknowledging)
  .route('/', deleting)
  .route('/', pruning)
  .route('/', changes);
