/**
 * What does the OpenAPI document say of what is sent to receivers? (`webhooks`, OpenAPI 3.1 §4.8.1)
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Gateway } from '../../http/context.ts';
import { eventTypes, testEventType } from '../event.ts';
import { eventBodies } from '../schema/event-body.ts';

const summaries: Readonly<Record<keyof typeof eventBodies, string>> = {
  'message.received': 'A message has come',
  'message.updated': 'The keywords of a message have changed',
  'message.deleted': 'A message is not there any more',
  'mailbox.reset': 'A mailbox has to be listed anew',
  'account.failed': 'The account cannot be looked at any more',
  'account.recovered': 'The account can be looked at again',
  [testEventType]: 'Somebody has asked for a test',
};

const headers = z.object({
  'webhook-id': z.string().describe('The id of the event: whatever comes with one that you know came before.'),
  'webhook-timestamp': z.string().describe('When this was sent, in seconds since 1970.'),
  'webhook-signature': z
    .string()
    .describe(
      '`v1,` and the HMAC-SHA-256 of id, timestamp and body; one for each secret that is good, apart by spaces.',
    ),
});

const answers = {
  '2XX': { description: 'It has arrived.' },
  '410': { description: 'Nothing more is wanted: the subscription ends.' },
  default: { description: 'It is sent again later; redirections are not followed, and `Retry-After` is obeyed.' },
};

/** Once for the whole document: where routes are mounted would be taken for the beginning of a webhook's name. */
export function describeWebhooks({ openAPIRegistry }: OpenAPIHono<Gateway>): void {
  for (const type of [...eventTypes, testEventType] as const) {
    openAPIRegistry.registerWebhook({
      method: 'post',
      path: type,
      operationId: `on ${type}`.replace(/[ .](\w)/g, (_, letter: string) => letter.toUpperCase()),
      tags: ['Webhooks'],
      summary: summaries[type],
      request: { headers, body: { required: true, content: { 'application/json': { schema: eventBodies[type] } } } },
      responses: answers,
    });
  }
}
