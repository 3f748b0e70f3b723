/**
 * Is every example in the contract one that the contract allows?
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const Document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
  components: z.looseObject({ schemas: z.record(z.string(), z.looseObject({})) }),
});
const document = Document.parse(parse(readFileSync(join(import.meta.dirname, '..', '..', 'openapi.yaml'), 'utf8')));
const { schemas } = document.components;

/** The same with what it refers to put in its place: JSON Schema as zod reads it. */
function resolved(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(resolved);
  if (typeof node !== 'object' || node === null) return node;
  if ('$ref' in node) return resolved(schemas[String(node.$ref).replace('#/components/schemas/', '')]);
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, resolved(value)]));
}

const Schema = z.custom<Parameters<typeof z.fromJSONSchema>[0]>((value) => typeof value === 'object' && value !== null);
const valid = (schema: unknown, example: unknown) =>
  z.fromJSONSchema(Schema.parse(resolved(schema))).safeParse(example);

/** Every `schema` with an `example` anywhere below, by where it stands. */
function* examples(node: unknown, at: string): Generator<readonly [string, unknown, unknown]> {
  if (typeof node !== 'object' || node === null) return;
  if ('example' in node) yield [at, 'schema' in node ? node.schema : node, node.example];
  for (const [name, value] of Object.entries(node)) if (name !== 'example') yield* examples(value, `${at}/${name}`);
}

const found = [...examples(document.paths, 'paths'), ...examples(schemas, 'schemas')];

it('has examples', () => {
  expect(found.length).toBeGreaterThan(10);
});

it.each(found)('%s', (_, schema, example) => {
  const result = valid(schema, example);
  expect(result.error?.issues ?? []).toEqual([]);
});

it('finds fault with an example that is wrong', () => {
  expect(valid(schemas['Mailbox'], { id: 7 }).success).toBe(false);
  expect(valid(schemas['Health'], { status: 'ok', more: true }).success).toBe(false);
});
