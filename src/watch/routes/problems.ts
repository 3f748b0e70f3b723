/**
 * What may every call about a subscription be answered with, and what is in its path?
 */
import { z } from '@hono/zod-openapi';
import { mailServerProblems } from '../../http/problems.ts';

export const bodyProblems = ['body-too-large', 'media-type-unsupported'] as const;

export const watchProblems = [
  ...mailServerProblems.filter((kind) => kind !== 'protocol-mismatch'),
  'maildrop-locked',
  'subscription-not-found',
] as const;

/** With what is asked of the account when a subscription is made or changed. */
export const settingProblems = [
  ...watchProblems,
  'target-forbidden',
  'mailbox-not-found',
  'state-gone',
  'unsupported-by-server',
  'search-too-broad',
  ...bodyProblems,
] as const;

export const idParam = z.string().openapi({
  param: { name: 'id', in: 'path' },
  description: 'The `id` of the subscription.',
  example: 'sub_T2nB8p0xQqWv7yL4Zr1c5A',
});

export const subscriptionParams = z.strictObject({ id: idParam });
