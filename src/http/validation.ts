/**
 * What is wrong with a request, field by field?
 */
import type { Hook } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import { Failed, type FieldError } from '../core/failure.ts';
import { headerPropertyOf, isHeaderProperty, wrongWithHeaderProperties } from '../core/header-property.ts';
import type { Gateway } from './context.ts';

/** The names of what is validated, as the router has them and as a caller knows them. */
const places: Readonly<Record<string, FieldError['in']>> = { param: 'path', query: 'query', header: 'header' };

/** Turns what zod found into `request-invalid`. Every route uses it. */
export const refuseInvalid: Hook<unknown, Gateway, string, void> = (result) => {
  if (result.success) return;
  const place = places[result.target] ?? 'body';
  throw new Failed({ kind: 'request-invalid', errors: result.error.issues.flatMap((issue) => errorsOf(issue, place)) });
};

function errorsOf(issue: z.core.$ZodIssue, place: FieldError['in']): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      in: place,
      field: [...issue.path, key].join('.'),
      message: 'There is no such field; leave it out.',
    }));
  }
  const field = issue.path.join('.') || place;
  // What a key has to look like is said inside.
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ in: place, field, message }));
  // Zod's own words say what it found, which is the caller's to know; what to give instead is the remedy.
  const isUnworded = issue.code === 'invalid_type' && issue.message.startsWith('Invalid input');
  return [{ in: place, field, message: isUnworded ? `Give a value of type ${issue.expected}.` : issue.message }];
}

/** A whole number in a query, within bounds that its message names. */
export const wholeNumber = (min: number, max: number) =>
  z.coerce
    .number({ message: `Give a whole number from ${min} to ${max}.` })
    .int({ message: `Give a whole number from ${min} to ${max}.` })
    .min(min, { message: `Give a whole number from ${min} to ${max}.` })
    .max(max, { message: `Give a whole number from ${min} to ${max}.` });

/** `true` or `false` in a query. */
export const flag = z.enum(['true', 'false'], { message: 'Give true or false.' }).transform((text) => text === 'true');

/**
 * A list of field names in a query, separated by commas: only those come back (`id` always does). `hasHeaders`: header fields
 * may be among them (`header:{name}:as{Form}:all`, RFC 8621 §4.1.3).
 */
export const fieldsOf = (names: readonly string[], { hasHeaders = false }: { readonly hasHeaders?: boolean } = {}) =>
  z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(
      z
        .array(z.string().superRefine(refuseWrong((name: string) => wrongWith(name, names, hasHeaders))))
        .superRefine(refuseWrong(wrongWithHeaderProperties)),
    );

const refuseWrong =
  <T>(wrong: (value: T) => string | null) =>
  (value: T, context: z.RefinementCtx): void => {
    const message = wrong(value);
    if (message !== null) context.addIssue({ code: 'custom', message });
  };

/** What to write instead, or null when nothing is wrong. */
function wrongWith(name: string, names: readonly string[], hasHeaders: boolean): string | null {
  if (names.includes(name)) return null;
  if (!hasHeaders || !isHeaderProperty(name)) {
    const more = hasHeaders ? ', header:{name}:as{Form}' : '';
    return `Name fields of the answer, separated by commas: ${names.join(', ')}${more}.`;
  }
  const property = headerPropertyOf(name);
  return typeof property === 'string' ? property : null;
}

/** The members that were asked for, and `id`; all of them when nothing was said. */
export function picked<T extends { readonly id: string }>(
  whole: T,
  fields: readonly string[] | undefined,
): Partial<T> & Pick<T, 'id'> {
  const chosen = { ...whole };
  for (const name of Object.keys(whole)) {
    if (fields !== undefined && name !== 'id' && !fields.includes(name)) Reflect.deleteProperty(chosen, name);
  }
  return chosen;
}
