/**
 * Does the checked-in OpenAPI document say what the routes do, so that a tool which imports it can use them?
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openapiYaml } from '../scripts/openapi.ts';
import { createApp } from '../src/app.ts';
import { documentInfo } from '../src/http/operation.ts';

const operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()).min(1),
  responses: z.record(z.string(), z.looseObject({ description: z.string().min(1) })),
});
const app = createApp({ openapiYaml: '' });
const document = z
  .looseObject({
    openapi: z.string(),
    paths: z.record(z.string(), z.record(z.string(), operation)),
    components: z.looseObject({ schemas: z.record(z.string(), z.looseObject({})) }),
  })
  .parse(app.getOpenAPI31Document(documentInfo));
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test('openapi.yaml is what the routes say (npm run openapi writes it)', () => {
  expect(readFileSync(join(import.meta.dirname, '..', 'openapi.yaml'), 'utf8')).toBe(openapiYaml());
});

test('it is OpenAPI 3.1', () => {
  expect(document.openapi).toMatch(/^3\.1\./);
});

test('every operation has an operationId of its own', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every operation on mail says what it is answered with when it fails', () => {
  // To look for servers is answered without one; and where a sign-in begins, none is asked yet.
  const mail = operations.filter(
    ({ path }) => path.startsWith('/v1/') && path !== '/v1/discover' && !path.endsWith('/start'),
  );
  expect(mail.length).toBeGreaterThan(10);
  const incomplete = mail.filter(({ operation }) =>
    ['400', '401', '403', '429', '502', '503', '504'].some((status) => operation.responses[status] === undefined),
  );
  expect(incomplete).toEqual([]);
});

test('every operation says how it is refused at the door', () => {
  const refusals = ['caller-unknown', 'caller-forbidden', 'rate-limited', 'misconfigured'];
  const silent = operations.filter(({ path, operation }) => {
    const told = Object.values(operation.responses).map(({ description }) => description);
    return path.startsWith('/v1/') && !refusals.every((kind) => told.join().includes(`\`${kind}\``));
  });
  expect(silent.map(({ operation }) => operation.operationId)).toEqual([]);
});

test('every JSON body and answer has an example', () => {
  const json = /"application\/(?:json|x-ndjson)":\{"schema":\{"\$ref":"#\/components\/schemas\/(\w+)"/g;
  const named = operations.flatMap(({ operation }) =>
    [...JSON.stringify(operation).matchAll(json)].map(([, name = '']) => name),
  );
  expect(named.length).toBeGreaterThan(12);
  const exemplified = Object.entries(document.components.schemas).filter(([, schema]) => 'example' in schema);
  const names = new Set(exemplified.map(([name]) => name));
  expect(named.filter((name) => !names.has(name))).toEqual([]);
});

test('every route under /v1 is in the document', () => {
  const documented = new Set(
    operations.map(({ path, method }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  );
  const served = app.routes
    .filter(({ path, method }) => path.startsWith('/v1/') && method !== 'ALL')
    .map(({ path, method }) => `${method} ${path}`);
  expect([...new Set(served)].filter((route) => !documented.has(route))).toEqual([]);
});

test('every operation on mail takes the operator’s key beside each way to say whose mail, and one without it', () => {
  const requirements = z.array(z.record(z.string(), z.tuple([])));
  const schemes = Object.keys(z.looseObject({}).parse(document.components['securitySchemes']));
  for (const { path, operation } of operations) {
    if (!path.startsWith('/v1/') || path.startsWith('/v1/oauth')) continue;
    const ways = requirements.parse(operation['security']).map((way) => Object.keys(way));
    const without = ways.filter((way) => !way.includes('operatorKey'));
    expect(ways.slice(without.length), path).toEqual(without.map((way) => [...way, 'operatorKey']));
    // The first is what a tool shows that knows one way only.
    expect([['capsule'], []], path).toContainEqual(ways[0]);
    expect(
      ways.flat().filter((name) => !schemes.includes(name)),
      path,
    ).toEqual([]);
  }
});
