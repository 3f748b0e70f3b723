/**
 * `GET` and `POST /v1/pop/changes`: which messages have come and gone since a state.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { limits } from '../../core/limits.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { jsonBody } from '../../http/faults.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { privateAnswer } from '../../http/pages.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { nothingToWaitFrom, sealedState, stateGiven } from '../../http/state.ts';
import { refuseInvalid, wholeNumber } from '../../http/validation.ts';
import { idOf } from '../rules.ts';
import { MaildropChangesRequestSchema, MaildropChangesSchema } from '../schema/changes.ts';
import { maildropOf } from './maildrop.ts';

const description = `Which messages are new and which are gone since a state (RFC 8620 §5.2). To begin, take the \`state\` of a listing's first page,
or call this without \`since\`, keep \`newState\`, and list the maildrop after that. From then on: give \`newState\` of the last answer as \`since\`,
apply what is told, and while \`hasMoreChanges\` is true ask again at once. Something may be told twice, so apply it as a set.

A state is good for this account alone. It holds all messages that are known, exactly where their unique-ids are regular or few; then
\`destroyed\` has the ids of those that are gone. Of some thousand random unique-ids it has fingerprints; then \`destroyed\` is null when any are gone,
and \`destroyedCount\` says how many. When what has changed cannot be told for certain the answer is 410 \`state-gone\`: begin anew.

Every look takes a login, so that a call that waits looks every ${limits.livePollMs / 1000} seconds, or as seldom as the mail server demands (LOGIN-DELAY); in between, the
maildrop is free for others. While somebody else has it locked the call goes on waiting.`;

const answers = {
  200: { description: 'The changes, if any.', content: { 'application/json': { schema: MaildropChangesSchema } } },
};
const problems = [
  ...mailServerProblems,
  'state-gone',
  'unsupported-by-server',
  'maildrop-locked',
  'listeners-full',
] as const;

const listChanges = createRoute({
  method: 'get',
  path: '/v1/pop/changes',
  operationId: 'listMaildropChanges',
  tags: ['POP'],
  summary: 'List what has changed in a POP3 mailbox',
  description: `${description}

A state may take up to 48 KB for 10,000 messages, and many servers and proxies take no address of more than 8 or 16 KB: when yours is longer, use
the POST of the same name.`,
  security: accountSecurity,
  middleware: mailAccount('pop3', 'read'),
  request: {
    query: z.strictObject({
      since: z
        .string()
        .optional()
        .openapi({ description: 'The `newState` of the answer before, or the `state` of a listing.' }),
      maxChanges: wholeNumber(1, limits.maildropChanges)
        .default(limits.maildropChanges)
        .openapi({ description: 'How many ids at most, of new messages and of those that are gone together.' }),
      wait: wholeNumber(0, limits.waitSeconds).default(0).openapi({
        description: 'When nothing has changed, wait so many seconds for something to do. Needs `since`.',
      }),
    }),
  },
  responses: { ...answers, ...problemAnswers(...problems) },
});

const postChanges = createRoute({
  method: 'post',
  path: '/v1/pop/changes',
  operationId: 'listMaildropChangesSince',
  tags: ['POP'],
  summary: 'List what has changed in a POP3 mailbox since a long state',
  description: `The GET of the same name, for states that are too long for an address. It changes nothing.\n\n${description}`,
  security: accountSecurity,
  middleware: [jsonBody, mailAccount('pop3', 'read')] as const,
  request: { body: { required: true, content: { 'application/json': { schema: MaildropChangesRequestSchema } } } },
  responses: { ...answers, ...problemAnswers(...problems, 'body-too-large', 'media-type-unsupported') },
});

type Asked = z.output<typeof MaildropChangesRequestSchema>;

async function changesJson(
  c: Context<Gateway>,
  place: 'query' | 'body',
  { since, maxChanges, wait }: Asked,
): Promise<z.output<typeof MaildropChangesSchema>> {
  const state = await stateGiven(c.env, c.get('account'), since, place);
  if (wait > 0 && state === null) throw nothingToWaitFrom(place);
  const { stub, account } = await maildropOf(c);
  const reply =
    wait === 0 || state === null
      ? await stub.changes(account, state, maxChanges)
      : await stub.changesWithin(account, state, maxChanges, wait * 1000);
  const { newState, hasMoreChanges, created, destroyed, destroyedCount } = unwrapped(reply, c.get('timings'));
  return {
    oldState: since ?? null,
    newState: await sealedState(c.env, c.get('account'), newState),
    hasMoreChanges,
    created: created.map(idOf),
    updated: [],
    destroyed: destroyed?.map(idOf) ?? null,
    destroyedCount,
  };
}

export const changes = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid })
  .openapi(listChanges, async (c) => c.json(await changesJson(c, 'query', c.req.valid('query')), 200, privateAnswer))
  .openapi(postChanges, async (c) => c.json(await changesJson(c, 'body', c.req.valid('json')), 200, privateAnswer));
