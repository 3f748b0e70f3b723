/**
 * Is every wrong field named, with what to give instead?
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Failed } from '../../src/core/failure.ts';
import { fieldsOf, flag, picked, refuseInvalid, wholeNumber } from '../../src/http/validation.ts';

/** What the hook makes of `value` not being of this shape. */
function refused(schema: z.ZodType, value: unknown, target: 'query' | 'param' | 'header' | 'json' = 'query') {
  const error = schema.safeParse(value).error;
  if (error === undefined) return [];
  try {
    Reflect.apply(refuseInvalid, null, [{ target, success: false, error }]);
  } catch (thrown) {
    if (thrown instanceof Failed && thrown.failure.kind === 'request-invalid') return thrown.failure.errors;
    throw thrown;
  }
  throw new Error('it was not refused');
}

describe('what is wrong with a request', () => {
  it('is told field by field, and where each one stands', () => {
    const schema = z.strictObject({ limit: wholeNumber(1, 500), permanent: flag });
    const found = refused(schema, { limit: '0', permanent: 'yes' });
    expect(found).toEqual([
      { in: 'query', field: 'limit', message: 'Give a whole number from 1 to 500.' },
      { in: 'query', field: 'permanent', message: 'Give true or false.' },
    ]);
  });

  it.each([
    ['param', 'path'],
    ['query', 'query'],
    ['header', 'header'],
    ['json', 'body'],
  ] as const)('stands in %s and is said to stand in %s', (target, place) => {
    expect(refused(z.strictObject({ a: z.string() }), { a: 1 }, target)).toEqual([
      { in: place, field: 'a', message: 'Give a value of type string.' },
    ]);
  });

  it('names each field that does not exist, also inside others', () => {
    const schema = z.strictObject({ a: z.strictObject({ b: z.number() }) });
    const fields = refused(schema, { a: { b: 1, c: 2, d: 3 }, e: 4 }, 'json').map(({ field }) => field);
    expect(fields.sort()).toEqual(['a.c', 'a.d', 'e']);
  });

  it('names a key that is none, with the words of its own rule', () => {
    const schema = z.record(z.string().regex(/^k/, { message: 'Begin it with k.' }), z.number());
    expect(refused(schema, { x: 1 }, 'json')).toEqual([{ in: 'body', field: 'x', message: 'Begin it with k.' }]);
  });

  it('names the place itself when that is what is wrong', () => {
    expect(refused(z.strictObject({}), 'text', 'json')).toMatchObject([{ in: 'body', field: 'body' }]);
  });

  it('is nothing when all is well', async () => {
    const app = new OpenAPIHono();
    expect(Reflect.apply(refuseInvalid, app, [{ target: 'query', success: true, data: {} }])).toBeUndefined();
  });
});

describe('a whole number', () => {
  it.each(['1', '500', '007'])('is %j', (text) => {
    expect(wholeNumber(1, 500).parse(text)).toBe(Number(text));
  });

  it.each(['', '0', '501', '1.5', 'x', '-1', 'NaN', 'Infinity', ' '])('is not %j', (text) => {
    expect(refused(wholeNumber(1, 500), text)).toMatchObject([{ message: 'Give a whole number from 1 to 500.' }]);
  });
});

describe('fields', () => {
  const fields = fieldsOf(['id', 'subject', 'text']);

  it.each([
    ['subject', ['subject']],
    ['subject, text', ['subject', 'text']],
    ['text,text', ['text', 'text']],
  ])('%j are %j', (text, names) => {
    expect(fields.parse(text)).toEqual(names);
  });

  it.each(['', 'Subject', 'subject,', 'colour', 'toString'])(
    '%j are refused, and those that exist are named',
    (text) => {
      expect(refused(fields, text)).toMatchObject([{ message: expect.stringContaining('id, subject, text') }]);
    },
  );

  it('pick the members that they name, and the id always', () => {
    const whole = { id: '1', subject: 's', text: null };
    expect(picked(whole, ['text'])).toEqual({ id: '1', text: null });
    expect(picked(whole, [])).toEqual({ id: '1' });
    expect(picked(whole, undefined)).toEqual(whole);
    expect(whole).toEqual({ id: '1', subject: 's', text: null });
  });
});
