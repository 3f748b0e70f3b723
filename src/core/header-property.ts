/**
 * Which header field is asked for, and in which form? (`header:{name}:as{Form}:all`, RFC 8621 §4.1.3)
 *
 * Only the request is here. What a field says in each form is `mime/header-forms.ts`.
 */
import { limits } from './limits.ts';

export const headerForms = ['Raw', 'Text', 'Addresses', 'GroupedAddresses', 'MessageIds', 'Date', 'URLs'] as const;
export type HeaderForm = (typeof headerForms)[number];

export interface HeaderProperty {
  /** As it was asked for, which is what it is called in the answer. */
  readonly property: string;
  /** In lower case. */
  readonly name: string;
  readonly form: HeaderForm;
  /** All fields of that name, not the last one alone. */
  readonly isAll: boolean;
}

/** RFC 5322 allows more in a name; nobody uses it, and some of it means something to an IMAP server. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,75}$/;

/** RFC 8621 §4.1.2.2 to §4.1.2.7: in what a field of RFC 5322 and RFC 2369 may be read beside Raw. All others in anything. */
const addressForms = ['Addresses', 'GroupedAddresses'] as const;
const formsOfKnown: ReadonlyMap<string, readonly HeaderForm[]> = new Map<string, readonly HeaderForm[]>([
  ...['subject', 'comments', 'keywords'].map((name) => [name, ['Text']] as const),
  ...['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'].flatMap(
    (name) =>
      [
        [name, addressForms],
        [`resent-${name}`, addressForms],
      ] as const,
  ),
  ...['message-id', 'in-reply-to', 'references', 'resent-message-id'].map((name) => [name, ['MessageIds']] as const),
  ...['date', 'resent-date'].map((name) => [name, ['Date']] as const),
  ...['help', 'unsubscribe', 'subscribe', 'post', 'owner', 'archive'].map(
    (name) => [`list-${name}`, ['URLs']] as const,
  ),
  ...['received', 'return-path'].map((name) => [name, []] as const),
]);

export const isHeaderProperty = (text: string): boolean => text.startsWith('header:');

/** The property that `text` names, or, as a string, what is wrong with it and what to write instead. */
export function headerPropertyOf(text: string): HeaderProperty | string {
  const [, name = '', ...suffixes] = text.split(':');
  if (!namePattern.test(name)) {
    return 'Name a header field after header: with letters, digits, hyphens, dots and underscores, as in header:List-Id:asText.';
  }
  const isAll = suffixes.at(-1) === 'all';
  const [told = 'asRaw', ...rest] = isAll ? suffixes.slice(0, -1) : suffixes;
  const form = headerForms.find((candidate) => told === `as${candidate}`);
  if (form === undefined || rest.length > 0) {
    return `Write header:${name}, then one of ${headerForms.map((one) => `:as${one}`).join(', ')}, then :all if you want every field of that name.`;
  }
  const allowed = formsOfKnown.get(name.toLowerCase()) ?? headerForms;
  if (form === 'Raw' || allowed.includes(form)) return { property: text, name: name.toLowerCase(), form, isAll };
  const others = ['Raw', ...allowed].map((one) => `as${one}`).join(', ');
  return `${name} cannot be read as${form}: ask for it with ${others} (RFC 8621 §4.1.2).`;
}

/**
 * What is wrong with all of them together, or null. Each takes up to as much of the answer as the field takes of the message, and
 * the case of a name makes another property of it.
 */
export function wrongWithHeaderProperties(fields: readonly string[]): string | null {
  const names = headerPropertiesIn(fields).map(({ name }) => name);
  if (names.length > limits.headerProperties) {
    return `Name at most ${limits.headerProperties} header fields, or headers for all of them.`;
  }
  const often = names.find((name) => names.filter((other) => other === name).length > limits.headerPropertiesOfOne);
  return often === undefined ? null : `Ask for ${often} in at most ${limits.headerPropertiesOfOne} forms.`;
}

/** Those of `fields` that are header fields; what is wrong was refused before. */
export const headerPropertiesIn = (fields: readonly string[] = []): HeaderProperty[] =>
  fields
    .filter(isHeaderProperty)
    .map(headerPropertyOf)
    .filter((found) => typeof found !== 'string');
