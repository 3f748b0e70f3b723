/**
 * Do the receivers that the documentation shows take what is genuine, once, and nothing else?
 *
 * Signed by the reference library of Standard Webhooks, as Postern signs.
 */
import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RecipeReceiver, recipes, startRecipe, statusOf } from '../support/recipe-receivers.ts';

const secret = `whsec_${btoa('a secret of thirty-two octets...')}`;
const another = `whsec_${btoa('another one of thirty-two octets')}`;
const body = JSON.stringify({
  type: 'message.received',
  timestamp: '2026-11-16T08:30:31.000Z',
  data: { message: { subject: 'Grüße 日本 ☕' } },
});

const secondsFromNow = (seconds: number): Date => new Date(Date.now() + seconds * 1000);

function signed(id: string, { at = new Date(), key = secret } = {}): Record<string, string> {
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(key).sign(id, at, body),
  };
}

/** What nobody signs who follows the standard. */
function signedAs(id: string, timestamp: string): Record<string, string> {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

const without = (headers: Record<string, string>, name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([other]) => other !== name));

/** Deliveries that nobody should take, under the id `id`. */
const forgeries: readonly (readonly [string, (id: string) => { headers: Record<string, string>; body?: string }])[] = [
  ['another body than was signed', (id) => ({ headers: signed(id), body: body.replace('received', 'deleted') })],
  [
    'a body that is written otherwise',
    (id) => ({ headers: signed(id), body: JSON.stringify(JSON.parse(body), null, 1) }),
  ],
  ['the signature of another secret', (id) => ({ headers: signed(id, { key: another }) })],
  ['the signature of another id', (id) => ({ headers: { ...signed(id), 'webhook-id': `${id}x` } })],
  [
    'another time than was signed',
    (id) => ({
      headers: {
        ...signed(id, { at: secondsFromNow(-600) }),
        'webhook-timestamp': signed(id)['webhook-timestamp'] ?? '',
      },
    }),
  ],
  ['a time of six minutes ago', (id) => ({ headers: signed(id, { at: secondsFromNow(-360) }) })],
  ['a time six minutes ahead', (id) => ({ headers: signed(id, { at: secondsFromNow(360) }) })],
  ['a time that is no number', (id) => ({ headers: signedAs(id, 'now') })],
  ['an id that is empty', () => ({ headers: signedAs('', String(Math.floor(Date.now() / 1000))) })],
  [
    'a signature of another version',
    (id) => ({
      headers: { ...signed(id), 'webhook-signature': signed(id)['webhook-signature']?.replace('v1,', 'v2,') ?? '' },
    }),
  ],
  [
    'half a signature',
    (id) => ({ headers: { ...signed(id), 'webhook-signature': signed(id)['webhook-signature']?.slice(0, 20) ?? '' } }),
  ],
  ['no base64 as a signature', (id) => ({ headers: { ...signed(id), 'webhook-signature': 'v1,*** v1, v1 ,' } })],
  ...['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
    (name) => [`no ${name}`, (id: string) => ({ headers: without(signed(id), name) })] as const,
  ),
];

describe.each(recipes)('the receiver: %s', (recipe) => {
  let receiver: RecipeReceiver;
  let count = 0;
  beforeAll(async () => {
    receiver = await startRecipe(recipe, secret);
  });
  afterAll(() => receiver.stop());

  const freshId = (): string => {
    count += 1;
    return `evt_${count}`;
  };
  const deliver = async (headers: Record<string, string>, content = body): Promise<number> => {
    const response = await fetch(receiver.url, { method: 'POST', headers, body: content });
    await response.arrayBuffer();
    return response.status;
  };
  /** What it has told by now: an event that is sent last is told last. */
  const told = async (): Promise<string[]> => {
    const last = freshId();
    expect(await deliver(signed(last))).toBe(204);
    const lines = () => receiver.printed.flatMap((line) => /new evt_\S+ \S+/.exec(line)?.[0] ?? []);
    await expect.poll(() => lines().at(-1)).toBe(`new ${last} message.received`);
    return lines().slice(0, -1);
  };

  it('takes an event once, however often it comes, also after it was killed', async () => {
    const id = freshId();
    expect(await deliver(signed(id, { at: secondsFromNow(-240) }))).toBe(204);
    expect(await deliver(signed(id))).toBe(204);
    expect(await Promise.all([deliver(signed(id)), deliver(signed(id))])).toEqual([204, 204]);
    expect((await told()).filter((line) => line.includes(`${id} `))).toEqual([`new ${id} message.received`]);
    await receiver.restart();
    expect(await deliver(signed(id))).toBe(204);
    expect((await told()).filter((line) => line.includes(`${id} `))).toHaveLength(1);
  });

  it('takes what is signed with its secret beside another, as while a secret is changed', async () => {
    const id = freshId();
    const [ours, theirs] = [signed(id), signed(id, { key: another })].map((one) => one['webhook-signature']);
    for (const both of [`${ours} ${theirs}`, `${theirs} ${ours}`]) {
      expect(await deliver({ ...signed(id), 'webhook-signature': both })).toBe(204);
    }
  });

  it.each(forgeries)('refuses %s, and keeps nothing of it', async (_, forge) => {
    const id = freshId();
    const { headers, body: content } = forge(id);
    expect(await deliver(headers, content)).toBe(401);
    expect((await told()).filter((line) => line.includes(id))).toEqual([]);
  });

  it('refuses what is larger than an event, or does not say, before it reads it', async () => {
    expect(await statusOf(receiver.url, { ...signed(freshId()), 'content-length': '8000001' })).toBe(413);
    expect(await statusOf(receiver.url, { ...signed(freshId()), 'transfer-encoding': 'chunked' })).toBe(413);
  });
});
