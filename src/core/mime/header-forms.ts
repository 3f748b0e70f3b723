/**
 * What does a header field say in the form that was asked for? (RFC 8621 §4.1.2)
 *
 * Which form may be asked of which field is `../header-property.ts`.
 */
import type { EmailAddress } from '../email-part.ts';
import { type HeaderForm, type HeaderProperty, headerPropertiesIn } from '../header-property.ts';
import { sentAtOf } from './date.ts';
import { HeaderFields } from './fields.ts';
import { type AddressGroup, addressGroups, addressList, decodedText, messageIdsOf } from './header.ts';

export type HeaderValue = string | readonly string[] | readonly EmailAddress[] | readonly AddressGroup[] | null;

/** The members of an Email that are there only when `fields` names them: `header:…` and `headers`. */
export function requestedHeaders(
  block: Uint8Array,
  fields: readonly string[] | undefined,
): Readonly<Record<string, HeaderValue | readonly HeaderValue[] | ReturnType<HeaderFields['entries']>>> {
  const properties = headerPropertiesIn(fields);
  const isWhole = fields?.includes('headers') === true;
  if (properties.length === 0 && !isWhole) return {};
  const header = new HeaderFields(block);
  const found = properties.map((property) => [property.property, valueIn(header, property)] as const);
  return Object.fromEntries([...found, ...(isWhole ? [['headers', header.entries()] as const] : [])]);
}

/** Without `:all` it is the last field of that name (RFC 8621 §4.1.3). */
function valueIn(header: HeaderFields, { name, form, isAll }: HeaderProperty): HeaderValue | readonly HeaderValue[] {
  const values = form === 'Raw' ? header.allRaw(name) : header.all(name);
  if (isAll) return values.map((value) => readAs[form](value));
  const last = values.at(-1);
  return last === undefined ? null : readAs[form](last);
}

const readAs: Readonly<Record<HeaderForm, (value: string) => HeaderValue>> = {
  Raw: (value) => value,
  Text: decodedText,
  Addresses: addressList,
  GroupedAddresses: addressGroups,
  MessageIds: messageIdsOf,
  Date: sentAtOf,
  URLs: urlsOf,
};

/** RFC 2369 §2: URLs in angle brackets, with comments around them; blanks inside are from folding. Null when there is none. */
function urlsOf(value: string): string[] | null {
  const urls = [...value.matchAll(/<([^<>]*)>/g)]
    .map(([, url = '']) => url.replace(/\s/g, ''))
    .filter((url) => url !== '');
  return urls.length === 0 ? null : urls;
}
