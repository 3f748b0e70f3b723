/**
 * `GET /v1/triggers/messages`: what is newest, for tools that ask instead of being called.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Gateway } from '../../http/context.ts';
import { refuseInvalid } from '../../http/validation.ts';

export const triggers = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid });
