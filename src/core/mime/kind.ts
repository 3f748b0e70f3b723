/**
 * Which parts ask for a treatment of their own, and is a message signed or encrypted?
 *
 * As the message says of itself, from the header of each part and, for what people paste into a mail, from its text. Nothing is
 * verified and nothing is decrypted.
 */
import type { PartKind } from '../email-part.ts';
import type { MimePart, PartHead } from './part.ts';

const kindsByType: ReadonlyMap<string, PartKind> = new Map<string, PartKind>([
  ['text/calendar', 'calendar'],
  ['application/ics', 'calendar'],
  ['message/rfc822', 'message'],
  ['message/global', 'message'],
  ['application/ms-tnef', 'tnef'],
  ['application/vnd.ms-tnef', 'tnef'],
  ['application/pkcs7-signature', 'smime-signature'],
  ['application/x-pkcs7-signature', 'smime-signature'],
  ['application/pgp-signature', 'pgp-signature'],
  ['application/pgp-encrypted', 'pgp-encrypted'],
  ['application/pgp-keys', 'pgp-keys'],
]);

/** Gateways that lose the type keep the name (RFC 8551 §3.2.1). */
const kindsByName: ReadonlyMap<string, PartKind> = new Map<string, PartKind>([
  ['winmail.dat', 'tnef'],
  ['smime.p7m', 'smime'],
  ['smime.p7s', 'smime-signature'],
]);

const smimeKinds: ReadonlyMap<string, PartKind> = new Map<string, PartKind>([
  ['enveloped-data', 'smime-encrypted'],
  ['authenveloped-data', 'smime-encrypted'],
  ['signed-data', 'smime-signed'],
]);

export function kindOf(part: Pick<PartHead, 'type' | 'name' | 'smimeType'>): PartKind | null {
  const { type, name, smimeType } = part;
  if (type === 'application/pkcs7-mime' || type === 'application/x-pkcs7-mime') {
    return smimeKinds.get(smimeType ?? '') ?? 'smime';
  }
  const byName = type === 'application/octet-stream' ? kindsByName.get(name?.toLowerCase() ?? '') : undefined;
  return kindsByType.get(type) ?? byName ?? null;
}

/** The kind of every leaf, by partId. What OpenPGP encrypted has no type of its own, only its place (RFC 3156 §4). */
export function kindsIn(root: MimePart): Map<string, PartKind | null> {
  const kinds = new Map<string, PartKind | null>();
  const visit = (part: MimePart, before: MimePart | undefined): void => {
    const isCiphertext = before?.type === 'application/pgp-encrypted' && part.type === 'application/octet-stream';
    if (part.children.length === 0) kinds.set(part.partId, isCiphertext ? 'pgp-encrypted' : kindOf(part));
    for (const [index, child] of part.children.entries()) visit(child, part.children[index - 1]);
  };
  visit(root, undefined);
  return kinds;
}

const isAny = (kinds: ReadonlyMap<string, PartKind | null>, ...wanted: readonly PartKind[]): boolean =>
  [...kinds.values()].some((kind) => kind !== null && wanted.includes(kind));

/** `text` is the plain text of the message, for what stands in it between lines of RFC 9580 §6.2. */
export const isSigned = (kinds: ReadonlyMap<string, PartKind | null>, text: string): boolean =>
  isAny(kinds, 'smime-signed', 'smime-signature', 'pgp-signature') || /^-----BEGIN PGP SIGNED MESSAGE-----/m.test(text);

export const isEncrypted = (kinds: ReadonlyMap<string, PartKind | null>, text: string): boolean =>
  isAny(kinds, 'smime-encrypted', 'pgp-encrypted') || /^-----BEGIN PGP MESSAGE-----/m.test(text);
