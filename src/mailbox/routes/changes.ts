/**
 * `GET /v1/imap/mailboxes/{mailbox}/changes`: what has changed since a state.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Account } from '../../core/account.ts';
import { limits } from '../../core/limits.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { nothingToWaitFrom, sealedState, stateGiven } from '../../http/state.ts';
import { refuseInvalid, wholeNumber } from '../../http/validation.ts';
import type { FetchedChanges, Uid } from '../answers.ts';
import { messageIdOf } from '../rules.ts';
import { ChangesSchema } from '../schema/changes.ts';
import { mailboxesOf, mailboxOf, mailboxParam } from './mailbox.ts';

const listChanges = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes/{mailbox}/changes',
  operationId: 'listChanges',
  tags: ['IMAP'],
  summary: 'List what has changed in an IMAP folder',
  description: `Which messages are new, have other keywords or are gone since a state (RFC 8620 §5.2). To begin, call it without \`since\`,
keep \`newState\`, then list the folder; or take the \`state\` of a listing's first page, where it is not null. From then on: give \`newState\`
of the last answer as \`since\`, apply what is told, and while \`hasMoreChanges\` is true ask again at once. Something may be told twice,
so apply it as a set: read again what is created or updated, forget what is destroyed.

A state is good for this folder and this account alone. When what has changed since cannot be told exactly the answer is 410
\`state-gone\`: begin anew. That is so when the folder was renamed, recreated or renumbered, and on servers without CONDSTORE (RFC 7162) when
hundreds of messages of a large folder have changed.`,
  security: accountSecurity,
  middleware: mailAccount('imap', 'read'),
  request: {
    params: z.strictObject({ mailbox: mailboxParam }),
    query: z.strictObject({
      since: z
        .string()
        .optional()
        .openapi({ description: 'The `newState` of the answer before, or the `state` of a listing.' }),
      maxChanges: wholeNumber(1, limits.changes)
        .default(limits.changes)
        .openapi({ description: 'How many changes at most, of all three kinds together.' }),
      wait: wholeNumber(0, limits.waitSeconds).default(0).openapi({
        description:
          'When nothing has changed, wait so many seconds for something to do. Needs `since`. For callers who cannot read a stream of events.',
      }),
    }),
  },
  responses: {
    200: { description: 'The changes, if any.', content: { 'application/json': { schema: ChangesSchema } } },
    ...problemAnswers(
      ...mailServerProblems,
      'mailbox-not-found',
      'state-gone',
      'unsupported-by-server',
      'listeners-full',
    ),
  },
});

export const changes = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(listChanges, async (c) => {
  const { since, maxChanges, wait } = c.req.valid('query');
  const { stub, account } = await mailboxesOf(c);
  const state = await stateGiven(c.env, c.get('account'), since);
  const mailbox = mailboxOf(c.req.valid('param').mailbox);
  if (wait > 0 && state === null) throw nothingToWaitFrom();
  const reply =
    wait === 0 || state === null
      ? await stub.changes(account, mailbox, state, maxChanges)
      : await stub.changesWithin(account, mailbox, state, maxChanges, wait * 1000);
  const told = unwrapped(reply, c.get('timings'));
  return c.json(await changesJson(c.env, c.get('account'), told, since ?? null), 200, privateAnswer);
});

/** As `GET …/changes` answers them. */
export async function changesJson(env: Env, account: Account, told: FetchedChanges, oldState: string | null) {
  const idOf = (uid: Uid): string => messageIdOf({ uidValidity: told.uidValidity, uid });
  return {
    oldState,
    newState: await sealedState(env, account, told.newState),
    hasMoreChanges: told.hasMoreChanges,
    created: told.created.map(idOf),
    updated: told.updated.map(idOf),
    destroyed: told.destroyed.map(idOf),
  };
}
