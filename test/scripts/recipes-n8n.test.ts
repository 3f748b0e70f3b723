/**
 * Do the workflows for n8n that the documentation has to import do what it says of them?
 */
import { Buffer } from 'node:buffer';
import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { eventExamples } from '../../src/watch/schema/event-body.ts';
import { WorkflowSchema } from '../support/n8n-schema.ts';
import { type Item, type Run, runWorkflow } from '../support/n8n-workflow.ts';
import { documentText } from '../support/recipe-blocks.ts';

const webhook = WorkflowSchema.parse(JSON.parse(documentText('recipes/n8n-webhook.json')));
const polling = WorkflowSchema.parse(JSON.parse(documentText('recipes/n8n-polling.json')));

/** As `openssl rand -hex 24` makes it. */
const hmacSecret = '65a8d2f14b7c9e0365a8d2f14b7c9e0365a8d2f14b7c9e03';
const secret = `whsec_${btoa(hmacSecret)}`;
const received = JSON.stringify({ ...eventExamples['message.received'], note: 'Grüße 日本' });

interface Sent {
  readonly body?: string;
  readonly signedBody?: string;
  readonly key?: string;
  readonly secondsAgo?: number;
  readonly also?: string;
  readonly without?: string;
}

function delivery(
  id: string,
  { body = received, signedBody = body, key = secret, secondsAgo = 0, also = '', without = '' }: Sent = {},
): Item {
  const at = new Date(Date.now() - secondsAgo * 1000);
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': `${also}${new Webhook(key).sign(id, at, signedBody)}`,
  };
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== without));
  return {
    json: { headers: kept, params: {}, query: {}, body: JSON.parse(body) },
    binary: { data: Buffer.from(body) },
  };
}

const mail = {
  id: eventExamples['message.received'].data.message.id,
  subject: eventExamples['message.received'].data.message.subject,
  from: eventExamples['message.received'].data.message.from[0].email,
  receivedAt: eventExamples['message.received'].data.message.receivedAt,
  url: eventExamples['message.received'].data.message.url,
};

it.each([webhook, polling])(
  'every node of "$name" is connected, and every connection leads to a node',
  ({ nodes, connections }) => {
    const names = nodes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
    const reached = Object.values(connections).flatMap(({ main }) => main.flat().map(({ node }) => node));
    expect(Object.keys(connections).filter((name) => !names.includes(name))).toEqual([]);
    expect(new Set(reached)).toEqual(new Set(names.slice(1)));
  },
);

it('answers an event 204 and passes its mail on, once', async () => {
  const around = { hmacSecret, staticData: {} };
  const first = await runWorkflow(webhook, delivery('evt_1'), around);
  expect([first.answered, first.out('Mail')]).toEqual([204, [mail]]);
  const again = await runWorkflow(webhook, delivery('evt_1', { secondsAgo: 200 }), around);
  expect([again.answered, again.out('Mail')]).toEqual([204, []]);
  const next = await runWorkflow(webhook, delivery('evt_2', { also: 'v1,other ' }), around);
  expect([next.answered, next.out('Mail')]).toEqual([204, [mail]]);
});

it('passes no mail on for an event about none', async () => {
  const body = JSON.stringify(eventExamples['account.failed']);
  const run = await runWorkflow(webhook, delivery('evt_1', { body }), { hmacSecret, staticData: {} });
  expect([run.answered, run.out('Event').length, run.out('Mail')]).toEqual([204, 1, []]);
});

it.each<readonly [string, Sent]>([
  ['another body than was signed', { signedBody: received.replace('received', 'deleted') }],
  ['the signature of another secret', { key: `whsec_${btoa('another one of thirty-two octets')}` }],
  ['an event of six minutes ago', { secondsAgo: 360 }],
  ['an event six minutes ahead', { secondsAgo: -360 }],
  ['a request without an id', { without: 'webhook-id' }],
  ['a request without a time', { without: 'webhook-timestamp' }],
  ['a request without a signature', { without: 'webhook-signature' }],
])('answers %s 401 and passes nothing on', async (_, sent) => {
  const run: Run = await runWorkflow(webhook, delivery('evt_1', sent), { hmacSecret, staticData: {} });
  expect([run.answered, run.out('Kept'), run.out('Event'), run.out('Mail')]).toEqual([401, [], [], []]);
});

it('polls: what is there at first is old, and what comes is passed on once', async () => {
  const event = (id: string) => ({ id, ...eventExamples['message.received'] });
  let answer = [event('evt_1')];
  const asked: string[] = [];
  const around = {
    staticData: {},
    get: async (path: string) => {
      asked.push(path);
      return answer;
    },
  };
  const poll = async () => (await runWorkflow(polling, { json: {} }, around)).out('Mail');
  expect(await poll()).toEqual([]);
  answer = [event('evt_3'), event('evt_2'), event('evt_1')];
  expect(await poll()).toEqual([mail, mail]);
  expect(await poll()).toEqual([]);
  expect(new Set(asked)).toEqual(new Set(['/v1/triggers/messages?mailbox=inbox&limit=100']));
});

it('remembers the ids of a thousand events and no more', async () => {
  const staticData: Record<string, unknown> = {};
  const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `evt_${from + index}`);
  for (const id of ids(0, 1_100)) await runWorkflow(webhook, delivery(id), { hmacSecret, staticData });
  expect(staticData['ids']).toEqual(ids(100, 1_100).reverse());
});
