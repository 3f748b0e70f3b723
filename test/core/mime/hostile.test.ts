/**
 * Is whatever comes read to an Email of the right shape?
 *
 * Random messages with random bytes in random places, and words that mean something to a reader of mail put among them.
 */
import { z } from '@hono/zod-openapi';
import { expect, it } from 'vitest';
import { headerForms } from '../../../src/core/header-property.ts';
import { withHeaderProperties } from '../../../src/core/header-schema.ts';
import { readEmail } from '../../../src/core/mime/email.ts';
import { requestedHeaders } from '../../../src/core/mime/header-forms.ts';
import { type Random, randomMail, seeded } from './random-mail.ts';
import { EmailBodies, EmailHeaders } from './schemas.ts';

const words = [
  'Content-Type: text/plain; format=flowed; delsp=yes',
  'Content-Type: text/html; charset="utf-7"',
  'Content-Type: application/pkcs7-mime; smime-type=\r\n\t"Signed-Data',
  'Content-Type: message/rfc822\r\n\r\nSubject: =?utf-8?B?',
  'Content-Type: multipart/encrypted; boundary=',
  'Content-Type: application/pgp-encrypted',
  'Content-ID: <',
  '-----BEGIN PGP MESSAGE-----',
  '<blockquote><ul><li><a href="cid:x%',
  '<style>cid:</style',
  '&#x110000;&#xD800;&amp',
  '<pre>\r\n',
  '>> > \r\n',
  'X: <<>,;:"(\\',
  '\r\n\r\n',
  '\0',
];

function mangled(bytes: Uint8Array, random: Random): Buffer {
  let text = Buffer.from(bytes).toString('latin1');
  for (let count = 1 + Math.floor(random() * 12); count > 0; count--) {
    const at = Math.floor(random() * text.length);
    const cut = random() < 0.3 ? Math.floor(random() * 40) : 0;
    const word = words[Math.floor(random() * words.length)] ?? '';
    text = `${text.slice(0, at)}${random() < 0.5 ? `\r\n${word}` : word}${text.slice(at + cut)}`;
  }
  return Buffer.from(text, 'latin1');
}

const fields = headerForms.flatMap((form) => [`header:X:as${form}`, `header:Content-Type:as${form}:all`]);
const HeaderProperties = withHeaderProperties(z.strictObject({}));

it('is read in all shapes, whole or cut', { timeout: 30_000 }, async () => {
  let found = 0;
  for (let seed = 1; seed <= 600; seed++) {
    const random = seeded(seed);
    const bytes = mangled(randomMail(seed).bytes, random);
    const maxBodyBytes = Math.floor(random() ** 3 * 2000);
    const { headers, header, bodies } = await readEmail(new Blob([bytes]).stream(), { maxBodyBytes });
    const errors = [
      EmailBodies.safeParse(bodies).error,
      EmailHeaders.safeParse(headers).error,
      HeaderProperties.safeParse(requestedHeaders(header, fields)).error,
    ];
    expect(errors, `seed ${seed}`).toEqual([undefined, undefined, undefined]);
    for (const text of [bodies.text, bodies.html]) {
      expect(Buffer.byteLength(text ?? ''), `seed ${seed}`).toBeLessThanOrEqual(maxBodyBytes);
    }
    found += [bodies.isTextDerived, bodies.isSigned || bodies.isEncrypted, bodies.cidLinks.length > 0].filter(
      Boolean,
    ).length;
    found += bodies.attachments.filter(({ message }) => message !== null).length;
  }
  expect(found).toBeGreaterThan(300);
});
