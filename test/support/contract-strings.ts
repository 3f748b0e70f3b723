/**
 * Where does the contract take a string from a caller?
 *
 * Read out of the OpenAPI document, so that an operation or a member that is added is among them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

type Path = readonly (string | number)[];

export interface StringPlace {
  /** `query q`, `body filter.conditions.0.from` */
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'body';
  readonly at: Path;
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly example: unknown;
  /** Of the body, when it has one. */
  readonly mediaType: string | null;
  readonly places: readonly StringPlace[];
}

const Schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  example: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
});
const Media = z.looseObject({ schema: Schema, example: z.unknown().optional() });
const Parameter = z.looseObject({ in: z.enum(['path', 'query', 'header']), name: z.string(), schema: Schema });
const Document = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string(),
        parameters: z.array(Parameter).default([]),
        requestBody: z.looseObject({ content: z.record(z.string(), Media) }).optional(),
      }),
    ),
  ),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

const document = Document.parse(parse(readFileSync(join(import.meta.dirname, '..', '..', 'openapi.yaml'), 'utf8')));

/** How far into a body that refers to itself, such as a filter of filters. */
const mostDeep = 6;

const resolved = (node: unknown): z.output<typeof Schema> => {
  const schema = Schema.parse(node);
  return schema.$ref === undefined
    ? schema
    : resolved(document.components.schemas[schema.$ref.replace('#/components/schemas/', '')]);
};

/** Wherever a body may have a string, or a name of the caller's choice. */
function* stringsIn(node: unknown, at: Path = []): Generator<Path> {
  if (node === undefined || typeof node === 'boolean' || at.length > mostDeep) return;
  const schema = resolved(node);
  if ([schema.type].flat().includes('string')) yield at;
  for (const [name, member] of Object.entries(schema.properties ?? {})) yield* stringsIn(member, [...at, name]);
  yield* stringsIn(schema.items, [...at, 0]);
  if (typeof schema.additionalProperties === 'object') yield [...at, anyName];
  for (const one of [schema.anyOf, schema.oneOf, schema.allOf].flat()) yield* stringsIn(one, at);
}

/** Stands for a member whose name is the string. */
export const anyName = '*';

export const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId, parameters, requestBody }]) => {
    const [mediaType, media] = Object.entries(requestBody?.content ?? {})[0] ?? [];
    const isJson = mediaType === 'application/json';
    const members = isJson ? [...stringsIn(media?.schema)] : [];
    const paths = [...new Map(members.map((at) => [at.join('.'), at])).values()];
    return {
      id: operationId,
      method: method.toUpperCase(),
      path,
      example: media?.example ?? (media === undefined ? undefined : resolved(media.schema).example),
      mediaType: mediaType ?? null,
      places: [
        // Numbers and booleans too: what stands in an address is a string before anybody has looked at it.
        ...parameters.map((one) => ({ name: `${one.in} ${one.name}`, in: one.in, at: [one.name] })),
        ...paths.map((at) => ({ name: `body ${at.join('.')}`, in: 'body' as const, at })),
      ],
    };
  }),
);

/** `whole` with `text` at this place, and with whatever has to be there around it. */
export function withStringAt(whole: unknown, at: Path, text: string): unknown {
  const [name, ...rest] = at;
  if (name === undefined) return text;
  if (typeof name === 'number') {
    const list = Array.isArray(whole) ? [...whole] : [];
    list[name] = withStringAt(list[name], rest, text);
    return list;
  }
  const members = typeof whole === 'object' && whole !== null && !Array.isArray(whole) ? { ...whole } : {};
  if (name === anyName) return { ...members, [text]: true };
  return { ...members, [name]: withStringAt(Reflect.get(members, name), rest, text) };
}
