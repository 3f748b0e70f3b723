/**
 * `/v1/pop`: a maildrop over HTTP. Download, acknowledge, delete; reading changes nothing.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Gateway } from '../../http/context.ts';
import { bytes } from './bytes.ts';
import { deleting } from './deleting.ts';
import { downloads } from './downloads.ts';
import { exporting } from './export.ts';
import { listing } from './listing.ts';
import { reading } from './reading.ts';

export const maildropRoutes = new OpenAPIHono<Gateway>()
  .route('/', listing)
  .route('/', reading)
  .route('/', bytes)
  .route('/', downloads)
  .route('/', deleting)
  .route('/', exporting);
