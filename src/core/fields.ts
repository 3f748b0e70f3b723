/**
 * Which members of an answer may be asked for?
 */
import { z } from '@hono/zod-openapi';
import { headerPropertyOf, isHeaderProperty, wrongWithHeaderProperties } from './header-property.ts';

export interface FieldOptions {
  /** Header fields may be among them (`header:{name}:as{Form}:all`, RFC 8621 §4.1.3). */
  readonly hasHeaders?: boolean;
}

/** A list of them; each that is none is named, with the remedy. */
export const fieldNames = (names: readonly string[], { hasHeaders = false }: FieldOptions = {}) =>
  z
    .array(z.string().superRefine(refuseWrong((name: string) => wrongWith(name, names, hasHeaders))))
    .superRefine(refuseWrong(wrongWithHeaderProperties));

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
