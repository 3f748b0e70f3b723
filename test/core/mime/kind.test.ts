import { describe, expect, it } from 'vitest';
import { isEncrypted, isSigned, kindOf, kindsIn } from '../../../src/core/mime/kind.ts';
import type { MimePart } from '../../../src/core/mime/part.ts';
import { leaf, multi } from './parts.ts';

describe('a part', () => {
  it.each<[string, Partial<MimePart>, string | null]>([
    ['text/calendar', {}, 'calendar'],
    ['application/ics', {}, 'calendar'],
    ['message/rfc822', {}, 'message'],
    ['application/ms-tnef', {}, 'tnef'],
    ['application/octet-stream', { name: 'WINMAIL.DAT' }, 'tnef'],
    ['application/pkcs7-mime', { smimeType: 'enveloped-data' }, 'smime-encrypted'],
    ['application/x-pkcs7-mime', { smimeType: 'authenveloped-data' }, 'smime-encrypted'],
    ['application/pkcs7-mime', { smimeType: 'signed-data' }, 'smime-signed'],
    ['application/pkcs7-mime', { smimeType: 'certs-only' }, 'smime'],
    ['application/pkcs7-mime', {}, 'smime'],
    ['application/octet-stream', { name: 'smime.p7m' }, 'smime'],
    ['application/x-pkcs7-signature', {}, 'smime-signature'],
    ['application/octet-stream', { name: 'smime.p7s' }, 'smime-signature'],
    ['application/pgp-signature', {}, 'pgp-signature'],
    ['application/pgp-keys', {}, 'pgp-keys'],
    ['application/pdf', { name: 'winmail.dat' }, null],
    ['application/octet-stream', {}, null],
    ['text/plain', {}, null],
  ])('of type %s, %j, is %s', (type, more, expected) => {
    expect(kindOf(leaf(type, '1', more))).toBe(expected);
  });
});

describe('a message', () => {
  const signedAndEncrypted = (root: MimePart, text = '') => {
    const kinds = kindsIn(root);
    return [isSigned(kinds, text), isEncrypted(kinds, text)];
  };
  const pgp = multi('encrypted', leaf('application/pgp-encrypted', '1'), leaf('application/octet-stream', '2'));

  it('of PGP/MIME has its ciphertext marked, which has no type of its own', () => {
    expect([...kindsIn(pgp).values()]).toEqual(['pgp-encrypted', 'pgp-encrypted']);
    const other = multi('mixed', leaf('text/plain', '1'), leaf('application/octet-stream', '2'));
    expect([...kindsIn(other).values()]).toEqual([null, null]);
  });

  it.each<[string, MimePart, string, boolean[]]>([
    ['PGP/MIME, encrypted', pgp, '', [false, true]],
    [
      'PGP/MIME, signed',
      multi('signed', leaf('text/plain'), leaf('application/pgp-signature', '2')),
      '',
      [true, false],
    ],
    [
      'S/MIME, detached',
      multi('signed', leaf('text/plain'), leaf('application/pkcs7-signature', '2')),
      '',
      [true, false],
    ],
    ['S/MIME, opaque', leaf('application/pkcs7-mime', '1', { smimeType: 'signed-data' }), '', [true, false]],
    ['S/MIME, enveloped', leaf('application/pkcs7-mime', '1', { smimeType: 'enveloped-data' }), '', [false, true]],
    ['S/MIME that does not say which', leaf('application/pkcs7-mime'), '', [false, false]],
    ['inline, signed', leaf('text/plain'), 'Hi\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n', [true, false]],
    ['inline, encrypted', leaf('text/plain'), '-----BEGIN PGP MESSAGE-----\n\nhQE\n', [false, true]],
    ['a quotation of one', leaf('text/plain'), '> -----BEGIN PGP MESSAGE-----\n', [false, false]],
    ['a public key', leaf('text/plain'), '-----BEGIN PGP PUBLIC KEY BLOCK-----\n', [false, false]],
  ])('is signed or encrypted as it says: %s', (_, root, text, expected) => {
    expect(signedAndEncrypted(root, text)).toEqual(expected);
  });
});
