/**
 * Which object answers for the caller's maildrop?
 */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type AccountMessage, toMessage } from '../../core/account.ts';
import { Failed } from '../../core/failure.ts';
import { objectNameOf } from '../../http/account-object.ts';
import type { Gateway } from '../../http/context.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { type MessageName, nameOf } from '../rules.ts';

export interface Maildrop {
  readonly stub: Env['MAILDROP'] extends DurableObjectNamespace<infer T> ? DurableObjectStub<T> : never;
  readonly account: AccountMessage;
}

export async function maildropOf(c: Context<Gateway>): Promise<Maildrop> {
  const account = c.get('account');
  return { stub: c.env.MAILDROP.getByName(await objectNameOf(c.env, account)), account: toMessage(account) };
}

/** The message that an id in the path names. An id that cannot be one of ours names none. */
export function messageOf(id: string): MessageName {
  const name = nameOf(id);
  if (name === null) throw new Failed({ kind: 'message-not-found' });
  return name;
}

export const idParam = z
  .string()
  .openapi({ param: { name: 'id', in: 'path' }, description: 'The `id` of the message.' });
/** What reading one message may be answered with. */
export const readingProblems = problemAnswers(
  ...mailServerProblems,
  'message-not-found',
  'unsupported-by-server',
  'maildrop-locked',
);

/** What a call with a body may be answered with besides. */
export const bodyProblems = [
  'body-too-large',
  'media-type-unsupported',
  'unsupported-by-server',
  'maildrop-locked',
] as const;
