/**
 * Does what the recipes tell to paste fit what Postern takes and sends?
 */
import { createHmac } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EventBodySchema, MessageReceivedSchema } from '../../src/watch/schema/event-body.ts';
import { SubscriptionRequestSchema } from '../../src/watch/schema/subscription.ts';
import { blockOf, blocksOf, documentText } from '../support/recipe-blocks.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs');
const pages = ['low-code.md', ...readdirSync(join(docs, 'recipes')).map((name) => `recipes/${name}`)].sort();
const markdown = pages.filter((page) => page.endsWith('.md'));

/** A schema of JSON, as far as fields are looked for in it. */
interface Shape {
  readonly properties?: Readonly<Record<string, Shape>> | undefined;
  readonly items?: Shape | undefined;
  readonly anyOf?: readonly Shape[] | undefined;
}
const ShapeSchema: z.ZodType<Shape> = z.lazy(() =>
  z.object({
    properties: z.record(z.string(), ShapeSchema).optional(),
    items: ShapeSchema.optional(),
    anyOf: z.array(ShapeSchema).optional(),
  }),
);

const event = ShapeSchema.parse(z.toJSONSchema(MessageReceivedSchema, { reused: 'inline', unrepresentable: 'any' }));

/** Is there such a field in an event about new mail? `[]` is any item of a list. */
const hasField = (shape: Shape, [name, ...rest]: readonly string[]): boolean => {
  if (name === undefined) return true;
  const next = name === '[]' ? shape.items : shape.properties?.[name];
  const inside = next !== undefined && hasField(next, rest);
  return inside || (shape.anyOf ?? []).some((one) => hasField(one, [name, ...rest]));
};

/** How each tool writes the way to a field. */
const ways: readonly { readonly pattern: RegExp; readonly steps: (written: string) => readonly string[] }[] = [
  // n8n: $json.data.message.from?.[0]?.email
  {
    pattern: /\$json\.((?:type|timestamp|data)\b[\w.?[\]]*)/g,
    steps: (way) =>
      way
        .replaceAll('?', '')
        .replace(/\.?\[\d+\]/g, '.[]')
        .split('.')
        .filter(Boolean),
  },
  // Power Automate: triggerBody()?['data']?['message']
  {
    pattern: /(?:triggerBody|item)\(\)((?:\?\['\w+'\])+)/g,
    steps: (way) => [...way.matchAll(/'(\w+)'/g)].map(([, name = '']) => name),
  },
  // Make: {{3.data.message.from[].email}}
  {
    pattern: /\{\{[23]\.((?:type|timestamp|data)\b[\w.[\]]*)\}\}/g,
    steps: (way) => way.replaceAll('[]', '.[]').split('.'),
  },
  // Zapier: data__message__subject
  { pattern: /\b(data__\w+)/g, steps: (way) => way.split('__') },
  // In words: data.message.subject
  { pattern: /`(data\.[\w.]+)`/g, steps: (way) => way.split('.') },
];

const fieldsIn = (text: string): readonly (readonly string[])[] =>
  ways.flatMap(({ pattern, steps }) => [...text.matchAll(pattern)].map(([, way = '']) => steps(way)));

it.each(pages)('%s names fields that an event has', (page) => {
  const fields = fieldsIn(documentText(page)).filter((way) => way.join() !== 'id');
  expect(fields.filter((way) => !hasField(event, way))).toEqual([]);
});

it('finds the fields that the recipes name, in the spelling of each tool', () => {
  const found = pages.map((page) => [page, fieldsIn(documentText(page)).length] as const);
  const without = found.filter(([page, count]) => /n8n|make|zapier|power/.test(page) && count < 3);
  expect(without).toEqual([]);
  expect(hasField(event, ['data', 'message', 'topic'])).toBe(false);
});

const subscriptions = markdown.flatMap((page) =>
  blocksOf(page).flatMap(({ name, text }) => (name === 'subscription' ? [[page, text] as const] : [])),
);

it.each(subscriptions)('a subscription is made with what %s tells to send', (_, text) => {
  const { secret } = SubscriptionRequestSchema.parse(JSON.parse(text));
  if (secret !== undefined) expect(() => new Webhook(secret)).not.toThrow();
});

it.each(markdown)('%s has no JSON that cannot be read', (page) => {
  for (const { language, text } of blocksOf(page))
    if (language === 'json') expect(() => JSON.parse(text)).not.toThrow();
});

it('the event that Make learns its data structure from is one', () => {
  expect(EventBodySchema.safeParse(JSON.parse(blockOf('recipes/make.md', 'event'))).error).toBeUndefined();
});

it('the schema for Power Automate has fields that an event has, and nothing else', () => {
  const schema = ShapeSchema.parse(JSON.parse(blockOf('recipes/power-automate.md', 'schema')));
  const leaves = (shape: Shape, way: readonly string[]): readonly (readonly string[])[] => [
    ...Object.entries(shape.properties ?? {}).flatMap(([name, inner]) => leaves(inner, [...way, name])),
    ...(shape.items === undefined ? [] : leaves(shape.items, [...way, '[]'])),
    ...(shape.properties === undefined && shape.items === undefined ? [way] : []),
  ];
  const ways = leaves(schema, []);
  expect(ways.length).toBeGreaterThan(10);
  expect(ways.filter((way) => !hasField(event, way))).toEqual([]);
});

describe('the filter in Make', () => {
  const key = '65a8d2f14b7c9e0365a8d2f14b7c9e0365a8d2f14b7c9e03';
  const body = '{"note":"Grüße 日本"}';
  const at = new Date();
  const headers = new Map([
    ['webhook-id', 'evt_1'],
    ['webhook-timestamp', String(Math.floor(at.getTime() / 1000))],
    ['webhook-signature', `v1,other ${new Webhook(`whsec_${btoa(key)}`).sign('evt_1', at, body)}`],
  ]);
  /** As Make would, of what the recipe uses alone. */
  const evaluated = (name: string, sent: string): string => {
    const signed = () => evaluated('make-signed', sent);
    const text = blockOf('recipes/make.md', name)
      .trim()
      .replace(
        /\{\{get\(map\(1\.__IMTHEADERS__; "value"; "name"; "([\w-]+)"\); 1\)\}\}/g,
        (_, header) => headers.get(header) ?? '',
      )
      .replace('{{1.value}}', () => sent)
      .replace('{{sha256(2.signed; "base64"; "KEY")}}', () =>
        createHmac('sha256', key).update(signed()).digest('base64'),
      );
    expect(text).not.toContain('{{');
    return text;
  };

  it('lets through what is signed, and no other body', () => {
    expect(evaluated('make-given', body)).toContain(evaluated('make-expected', body));
    expect(evaluated('make-given', `${body} `)).not.toContain(evaluated('make-expected', `${body} `));
  });
});

/** As GitHub makes them of headings. */
const anchorsOf = (page: string): readonly string[] =>
  [...documentText(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );

it.each(markdown)('%s links to pages and headings that there are', (page) => {
  const links = [...documentText(page).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
  const broken = links.filter(([, file = '', anchor]) => {
    const target = file === '' ? page : join(dirname(page), file);
    return !existsSync(join(docs, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});
