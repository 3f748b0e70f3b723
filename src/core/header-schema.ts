/**
 * What do header fields look like in an answer, by the names that they were asked for with? (RFC 8621 §4.1.3)
 */
import { z } from '@hono/zod-openapi';
import { EmailAddress } from './email-part.ts';
import { headerPropertyOf, isHeaderProperty } from './header-property.ts';

const AddressGroup = z.strictObject({ name: z.string().nullable(), addresses: z.array(EmailAddress) });

const one = z.union([z.string(), z.array(z.string()), z.array(EmailAddress), z.array(AddressGroup)]).nullable();

/** What a member `header:…` of an answer holds. */
const HeaderValue = z.union([one, z.array(one)]).openapi({
  type: ['string', 'array', 'null'],
  description:
    'A header field that `fields` asked for by `header:{name}:as{Form}:all` (RFC 8621 §4.1.3). Null when the message has none, or it cannot be read in this form; with `:all` a list.',
});

/**
 * `schema` with the members `header:…` that a request may ask for, and no others. To TypeScript it is `schema`, since what it
 * calls an index signature would be one for all members.
 */
export function withHeaderProperties<Shape extends z.core.$ZodLooseShape>(
  schema: z.ZodObject<Shape, z.core.$strict>,
): z.ZodObject<Shape, z.core.$strict>;
export function withHeaderProperties(schema: z.ZodObject): z.ZodObject {
  const isKnown = (key: string): boolean =>
    Object.hasOwn(schema.shape, key) || (isHeaderProperty(key) && typeof headerPropertyOf(key) !== 'string');
  return schema.catchall(HeaderValue).refine((answer) => Object.keys(answer).every(isKnown), {
    message: 'There is a member that nobody asked for.',
  });
}
