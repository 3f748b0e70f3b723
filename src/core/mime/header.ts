/**
 * What do the header of a message and the header of a part say? (RFC 8621 §4.1.2, RFC 2045)
 *
 * The one importer of postal-mime, whose readers of encoded words and of address lists are tried on much more bad mail
 * than ours would be. A field that stands twice counts once, the first; recipients are the exception, they are joined.
 */
import { addressParser, decodeWords } from 'postal-mime';
import type { EmailHeaders } from '../email.ts';
import type { EmailAddress } from '../email-part.ts';
import { sentAtOf } from './date.ts';
import { HeaderFields } from './fields.ts';
import { joinParameters, structuredOf } from './parameters.ts';
import type { PartHead } from './part.ts';

/**
 * No name or subject is longer. postal-mime joins encoded words in time that grows with the square of their number, so
 * what is read of hostile ones is bounded.
 */
const decodedTextChars = 16 * 1024;

/** The header half of an Email, from the header block of a message: all of it, or the fields that an IMAP FETCH chose. */
export function headersOf(block: Uint8Array): EmailHeaders {
  const fields = new HeaderFields(block);
  const subject = fields.first('subject');
  const date = fields.first('date');
  return {
    subject: subject === null ? null : decodedText(subject),
    from: addressesOf(fields, 'from'),
    sender: addressesOf(fields, 'sender'),
    to: addressesOf(fields, 'to'),
    cc: addressesOf(fields, 'cc'),
    bcc: addressesOf(fields, 'bcc'),
    replyTo: addressesOf(fields, 'reply-to'),
    messageId: messageIdsOf(fields.first('message-id')),
    inReplyTo: messageIdsOf(fields.first('in-reply-to')),
    references: messageIdsOf(fields.first('references')),
    sentAt: date === null ? null : sentAtOf(date),
  };
}

/** RFC 2045 §5.1: two tokens. */
const mediaType = /^[\w!#$%&'*+.^`{|}~-]+\/[\w!#$%&'*+.^`{|}~-]+$/;

export const isMediaType = (text: string): boolean => mediaType.test(text);

/** What is known of a part from its header, and the boundary when it is a multipart. */
export interface PartHeader extends Omit<PartHead, 'partId'> {
  readonly boundary: string | null;
}

/** `impliedType` is what a part without Content-Type is: `message/rfc822` inside a digest, else `text/plain`. */
export function partHeaderOf(block: Uint8Array, impliedType = 'text/plain'): PartHeader {
  const fields = new HeaderFields(block);
  const declared = fields.first('content-type');
  const contentType = structuredOf(declared ?? '');
  const disposition = structuredOf(fields.first('content-disposition') ?? '');
  const encoding = structuredOf((fields.first('content-transfer-encoding') ?? '').replaceAll('"', '')).value;
  // RFC 2045 §5.2: what can't be read as a type is text/plain.
  const type = mediaType.exec(contentType.value)?.[0] ?? (declared ? 'text/plain' : impliedType);
  return {
    type,
    charset: type.startsWith('text/') ? tokenOf(contentType.parameters.get('charset')) : null,
    name: fileNameOf(disposition.parameters, contentType.parameters),
    disposition: tokenOf(disposition.value),
    cid: contentIdOf(fields.first('content-id')),
    encoding: encoding === '' ? '7bit' : encoding,
    ...formatOf(type, contentType.parameters),
    boundary: type.startsWith('multipart/') ? (contentType.parameters.get('boundary')?.trimEnd() ?? null) : null,
  };
}

/** What the parameters of Content-Type say beyond charset and name; their names in lower case. */
export function formatOf(
  type: string,
  parameters: ReadonlyMap<string, string>,
): Pick<PartHead, 'flowed' | 'smimeType'> {
  const parameter = (name: string) => parameters.get(name)?.trim().toLowerCase();
  const smimeType = parameter('smime-type');
  const isFlowed = type === 'text/plain' && parameter('format') === 'flowed';
  return {
    ...(isFlowed ? { flowed: parameter('delsp') === 'yes' ? ('drop-blanks' as const) : ('keep-blanks' as const) } : {}),
    ...(type.includes('pkcs7-mime') && smimeType ? { smimeType } : {}),
  };
}

/**
 * The name of a part from the parameters of Content-Disposition and Content-Type, as a header or as IMAP's
 * BODYSTRUCTURE gives them. Encoded words are not allowed there, and are everywhere (RFC 2047 §5).
 */
export function fileNameOf(
  disposition: Iterable<readonly [string, string]>,
  contentType: Iterable<readonly [string, string]>,
): string | null {
  const name = joinParameters(disposition).get('filename') || joinParameters(contentType).get('name');
  return name ? decodedText(name) || null : null;
}

/** What comes back out in a header field of an HTTP answer, so nothing is in it that could end one. */
export function tokenOf(text: string | undefined): string | null {
  return text?.replace(/[^\w.:+-]/g, '') || null;
}

/** Without angle brackets; null when there is none. */
export function contentIdOf(text: string | null): string | null {
  return messageIdsOf(text)?.[0] ?? null;
}

/** RFC 8621 §4.1.2.2: decoded, in NFC, without what could break a line or a terminal. */
export function decodedText(text: string): string {
  return harmless(decodeWords(text.slice(0, decodedTextChars))).normalize('NFC');
}

function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  return text.replace(/[\t\r\n]+/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
}

/** RFC 8621 §4.1.2.3: groups are dissolved into their members. An empty field is an empty list, a missing one is null. */
function addressesOf(fields: HeaderFields, name: string): EmailAddress[] | null {
  const isRecipients = name === 'to' || name === 'cc' || name === 'bcc';
  const values = fields.all(name).slice(0, isRecipients ? undefined : 1);
  return values.length === 0 ? null : values.flatMap(addressList);
}

export function addressList(value: string): EmailAddress[] {
  return addressParser(value, { flatten: true }).flatMap(addressesIn);
}

function addressesIn(mailbox: { readonly name: string; readonly address?: string | undefined }): EmailAddress[] {
  const name = harmless(mailbox.name).trim().normalize('NFC');
  const email = harmless(mailbox.address ?? '');
  if (email !== '') return [{ name: name === '' ? null : name, email }];
  if (name === '') return [];
  // `MAILER-DAEMON` is an address without a domain; `The Weavers` is a name without an address.
  return [name.includes(' ') ? { name, email: '' } : { name: null, email: name }];
}

export interface AddressGroup {
  readonly name: string | null;
  readonly addresses: readonly EmailAddress[];
}

/** RFC 8621 §4.1.2.4: addresses that stand one after the other in no group are one without a name. */
export function addressGroups(value: string): AddressGroup[] {
  const groups: { readonly name: string | null; readonly addresses: EmailAddress[] }[] = [];
  let open: EmailAddress[] | null = null;
  for (const entry of addressParser(value)) {
    if (entry.group !== undefined) {
      const name = harmless(entry.name).trim().normalize('NFC');
      groups.push({ name: name === '' ? null : name, addresses: entry.group.flatMap(addressesIn) });
      open = null;
      continue;
    }
    if (open === null) {
      open = [];
      groups.push({ name: null, addresses: open });
    }
    open.push(...addressesIn(entry));
  }
  return groups;
}

/** RFC 8621 §4.1.2.5. Some programs forget the brackets, some put words around them. */
export function messageIdsOf(text: string | null): string[] | null {
  if (text === null) return null;
  const bracketed = [...text.matchAll(/<([^<>]*)>/g)].map((match) => match[1] ?? '');
  const bare = () =>
    text
      .replace(/[<>]/g, ' ')
      .trim()
      .split(/[\s,]+/);
  const found = (bracketed.length > 0 ? bracketed : bareIds(bare()))
    .map((id) => harmless(id).replaceAll(' ', ''))
    .filter((id) => id !== '');
  return found.length === 0 ? null : found;
}

function bareIds(words: string[]): string[] {
  return words.length === 1 || words.every((word) => word.includes('@')) ? words : [];
}
