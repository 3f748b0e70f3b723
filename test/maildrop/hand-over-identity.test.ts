import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { Identity } from '../../src/maildrop/session/hand-over-identity.ts';

const sha256 = (text: string) => createHash('sha256').update(text, 'latin1').digest('base64url');

function identityOf(text: string, size = text.length): string | null {
  const identity = new Identity();
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) identity.push(bytes.subarray(at, at + size));
  return identity.digest();
}

const plain = 'From: a\r\nX-Status-Page: mine\r\nSubject: b\r\n\r\nStatus: of the body\r\n\r\nend';

it('is the digest of a message into which nobody has written, however it is cut', () => {
  for (const size of [1, 2, 3, 7, 100]) expect(identityOf(plain, size)).toBe(sha256(plain));
});

it.each([
  'Status: OR\r\n',
  'X-UIDL: 4abe.1\r\nX-IMAPbase: 1795433996                    4\r\nX-UID: 1\r\n',
  'X-Keywords: a\r\n b\r\n\tc\r\n',
  'status : O\r\n',
])('does not change by %j, however it is cut', (notes) => {
  const written = plain.replace('Subject', `${notes}Subject`);
  for (const size of [1, 3, 50, 100]) expect(identityOf(written, size)).toBe(sha256(plain));
});

it('changes with everything else', () => {
  expect(identityOf(plain.replace('end', 'End'))).not.toBe(sha256(plain));
  expect(identityOf(plain.replace('Status-Page', 'Status-page'))).not.toBe(sha256(plain));
});

it('is none of a message without the end of a header, or with one that is never read to its end', () => {
  expect(identityOf('From: a\r\nno end')).toBeNull();
  expect(identityOf(`X: ${'y'.repeat(limits.headerBytes)}\r\n\r\n`, 10_000)).toBeNull();
});
