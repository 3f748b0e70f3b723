/**
 * `GET …/events`: a mailbox as it changes, for as long as somebody listens (server-sent events).
 *
 * Nothing is held here: lines come from the proxy and leave as events, with their states sealed.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Failed } from '../../core/failure.ts';
import { problemOf } from '../../core/problem.ts';
import { type Gateway, unwrapped } from '../../http/context.ts';
import { mailAccount } from '../../http/mail-account.ts';
import { accountSecurity } from '../../http/operation.ts';
import { mailServerProblems, problemAnswers } from '../../http/problems.ts';
import { openedState, sealedState } from '../../http/state.ts';
import { varyByAccount } from '../../http/streaming.ts';
import { refuseInvalid } from '../../http/validation.ts';
import { LineReader, type LiveEvent } from '../live/lines.ts';
import { aliveText, eventText, retryText } from '../live/sse.ts';
import { changesJson } from './changes.ts';
import { mailboxesOf, mailboxOf, mailboxParam } from './mailbox.ts';

const exampleEvents = eventText(
  'changes',
  {
    oldState: 'AfX2…',
    newState: 'AfX7…',
    hasMoreChanges: false,
    created: ['1785230400.43'],
    updated: [],
    destroyed: ['1785230400.42'],
  },
  'AfX7…',
);

const listen = createRoute({
  method: 'get',
  path: '/v1/imap/mailboxes/{mailbox}/events',
  operationId: 'listenToMailbox',
  tags: ['IMAP'],
  summary: 'Listen to what changes in an IMAP folder',
  description: [
    'Server-sent events, for as long as the connection stays open. Each `event: changes` holds what `changes` answers, and its `id` is the new state. The first one comes at once: with `since` or `Last-Event-ID` it tells what has changed since then, without them it has no changes and the state as it is now. Each goes on from the state of the one before, so that a caller who applies all of them in turn has what the server has.',
    'When the connection breaks, connect again with the last `id` as `Last-Event-ID`: nothing is missed. Something may be told twice. When nothing can be told any more, an `event: problem` holds the reason, as `application/problem+json` elsewhere, and the stream ends. Lines that begin with a colon are there every 20 seconds to keep the connection open.',
    '`EventSource` of browsers cannot send an Authorization header: read the answer of `fetch` as a stream. Where a tool cannot read a stream at all, ask for `changes` with `wait`.',
    'How soon a change is told is up to the mail server: most tell at once (IDLE), some tell of marks and deletions only after minutes; the others are asked every 15 seconds.',
  ].join('\n\n'),
  security: accountSecurity,
  middleware: mailAccount('imap', 'read'),
  request: {
    params: z.strictObject({ mailbox: mailboxParam }),
    headers: z.object({
      'Last-Event-ID': z
        .string()
        .optional()
        .openapi({ description: 'The `id` of the last event that was read; it counts more than `since`.' }),
    }),
    query: z.strictObject({
      since: z.string().optional().openapi({ description: 'A state of this mailbox, of any earlier answer.' }),
    }),
  },
  responses: {
    200: {
      description: 'Events, as they happen.',
      content: { 'text/event-stream': { schema: z.string().openapi({ example: exampleEvents }) } },
    },
    ...problemAnswers(
      ...mailServerProblems,
      'mailbox-not-found',
      'state-gone',
      'unsupported-by-server',
      'listeners-full',
    ),
  },
});

const headers = {
  'Content-Type': 'text/event-stream',
  // What is compressed or kept on the way is not there when it happens.
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
  Vary: varyByAccount,
};

export const events = new OpenAPIHono<Gateway>({ defaultHook: refuseInvalid }).openapi(listen, async (c) => {
  const mailbox = mailboxOf(c.req.valid('param').mailbox);
  const since = await resumedFrom(c, c.req.valid('query').since);
  const { stub, account } = await mailboxesOf(c);
  // Nobody would read the events.
  if (c.req.method === 'HEAD') {
    unwrapped(await stub.changes(account, mailbox, since, 1), c.get('timings'));
    return c.body(null, 200, headers);
  }
  const { lines } = unwrapped(await stub.events(account, mailbox, since), c.get('timings'));
  return c.body(lines.pipeThrough(eventsOf(c)), 200, headers);
});

/** The state that the caller knows; null when it knows none. */
async function resumedFrom(c: Context<Gateway>, since: string | undefined): Promise<Uint8Array | null> {
  // A reader that has seen no event sends none, or an empty one.
  const lastEventId = c.req.header('Last-Event-ID') || undefined;
  const text = lastEventId ?? since;
  if (text === undefined) return null;
  const state = await openedState(c.env, c.get('account'), text);
  if (state !== null) return state;
  const message = 'Give the id of an event, or a state of this account, as it came; or leave it out.';
  const field = lastEventId === undefined ? 'since' : 'Last-Event-ID';
  const place = lastEventId === undefined ? 'query' : 'header';
  throw new Failed({ kind: 'request-invalid', errors: [{ in: place, field, message }] });
}

function eventsOf(c: Context<Gateway>): TransformStream<Uint8Array, Uint8Array> {
  const reader = new LineReader();
  const encoder = new TextEncoder();
  return new TransformStream({
    start: (controller) => controller.enqueue(encoder.encode(retryText)),
    async transform(bytes, controller) {
      for (const event of reader.eventsIn(bytes)) controller.enqueue(encoder.encode(await textOf(c, event)));
    },
  });
}

async function textOf(c: Context<Gateway>, event: LiveEvent): Promise<string> {
  switch (event.kind) {
    case 'changes': {
      const { changes } = event;
      const account = c.get('account');
      const oldState = changes.oldState === null ? null : await sealedState(c.env, account, changes.oldState);
      const json = await changesJson(c.env, account, changes, oldState);
      return eventText('changes', json, json.newState);
    }
    case 'failure':
      return eventText('problem', problemOf(event.failure));
    case 'alive':
      return aliveText;
  }
}
