/**
 * Do the receivers that the documentation shows take what Postern sends?
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { letter } from '../support/mail.ts';
import { type RecipeReceiver, recipes, startRecipe } from '../support/recipe-receivers.ts';
import { watchStage } from '../support/watch-stage.ts';

const stage = watchStage();
const secret = `whsec_${randomBytes(32).toString('base64')}`;
let receivers: readonly RecipeReceiver[] = [];
beforeAll(async () => {
  receivers = await Promise.all(recipes.map((recipe) => startRecipe(recipe, secret)));
});
afterAll(async () => {
  for (const receiver of receivers) await receiver.stop();
});

it.each(['imap', 'pop3'] as const)(
  'mail by %s reaches the receivers in Node, Python and a Worker, under one id',
  async (protocol) => {
    const caller = await stage.caller(protocol);
    for (const { url } of receivers) await stage.subscribe(caller, { url, secret, include: { text: true, raw: true } });
    const before = receivers.map(({ printed }) => printed.length);
    await stage.deliver(caller, 'INBOX', letter(`recipes-${protocol}`, 'Grüße 日本 ☕'));
    const told = (receiver: RecipeReceiver, index: number): readonly string[] =>
      receiver.printed.slice(before[index]).flatMap((line) => /new evt_\S+ message\.received/.exec(line)?.[0] ?? []);
    await expect.poll(() => receivers.map((one, index) => told(one, index).length)).toEqual([1, 1, 1]);
    expect(new Set(receivers.flatMap(told)).size).toBe(1);
  },
);
