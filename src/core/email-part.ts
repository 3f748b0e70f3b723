/**
 * What do the pieces of a message look like as JSON: its addresses, and the parts that it is made of?
 *
 * Names of RFC 8621 §4.1.2.3 and §4.1.4. `kind` and `message` are ours: JMAP leaves a client to find out from `type`.
 */
import { z } from '@hono/zod-openapi';

export const EmailAddress = z
  .strictObject({
    name: z.string().nullable().describe('The display name, or null when there is none.'),
    email: z.string().describe('The address as the message gives it.'),
  })
  .openapi('EmailAddress', { example: { name: 'Grace Weaver', email: 'grace@weaver.example' } });

/** What a part is to a program that shows mail, where its media type alone does not say so. */
export const partKinds = [
  'calendar',
  'message',
  'tnef',
  'smime',
  'smime-encrypted',
  'smime-signed',
  'smime-signature',
  'pgp-encrypted',
  'pgp-signature',
  'pgp-keys',
] as const;

export type PartKind = (typeof partKinds)[number];

const exampleEmbedded = {
  subject: 'Minutes of Monday',
  from: [{ name: 'Grace Weaver', email: 'grace@weaver.example' }],
  to: [{ name: null, email: 'ada@postern.example' }],
  sentAt: '2026-11-16T09:30:00+01:00',
  messageId: ['minutes.16@weaver.example'],
} as const;

/** The header of a message that is inside another. */
export const EmbeddedEmail = z
  .strictObject({
    subject: z.string().nullable(),
    from: z.array(EmailAddress).nullable(),
    to: z.array(EmailAddress).nullable(),
    sentAt: z.iso.datetime({ offset: true }).nullable(),
    messageId: z.array(z.string()).nullable(),
  })
  .openapi('EmbeddedEmail', {
    description: 'What the header of an attached message says. The message itself is at `…/parts/{partId}`.',
    example: exampleEmbedded,
  });

export const EmailBodyPart = z
  .strictObject({
    partId: z.string().describe('Names the part inside its message, with the numbers of IMAP (RFC 9051 §6.4.5.1).'),
    type: z.string().describe('The media type in lower case, for example `application/pdf`.'),
    charset: z
      .string()
      .nullable()
      .describe('The charset of a text part, `us-ascii` when it declares none; null for any other part.'),
    name: z
      .string()
      .nullable()
      .describe('The file name, decoded. It is what the sender wrote: never use it as a path.'),
    size: z
      .int()
      .describe(
        'Octets after transfer decoding. Over IMAP it is computed from the encoded size, which for base64 and quoted-printable is an estimate.',
      ),
    disposition: z.string().nullable().describe('`attachment`, `inline`, or null when the part does not say.'),
    cid: z.string().nullable().describe('The Content-ID without its angle brackets; HTML refers to it as `cid:…`.'),
    kind: z
      .enum(partKinds)
      .nullable()
      .describe(
        'What asks for a treatment of its own: an invitation (`calendar`), an attached message, Outlook’s winmail.dat (`tnef`), what S/MIME and OpenPGP encrypted or signed (`smime`: it does not say which). As the part says of itself: nothing is verified. Null for everything else.',
      ),
    message: EmbeddedEmail.nullable().describe(
      'Of an attached message, what its header says; null for any other part, and where that cannot be read.',
    ),
  })
  .openapi('EmailBodyPart', {
    example: {
      partId: '2',
      type: 'application/pdf',
      charset: null,
      name: 'invoice.pdf',
      size: 18213,
      disposition: 'attachment',
      cid: null,
      kind: null,
      message: null,
    },
  });

export type EmailAddress = z.infer<typeof EmailAddress>;
export type EmailBodyPart = z.infer<typeof EmailBodyPart>;
export type EmbeddedEmail = z.infer<typeof EmbeddedEmail>;
