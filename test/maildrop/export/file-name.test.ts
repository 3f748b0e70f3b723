/**
 * Can a subject do anything with the name of its file?
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { fileNameOf } from '../../../src/maildrop/export/file-name.ts';
import { seeded } from '../../support/random.ts';

const named = (subject: string, place = 42) => fileNameOf(place, Buffer.from(`Subject: ${subject}\r\n\r\n`));

it.each([
  ['Invoice for November', '00042-Invoice-for-November.eml'],
  ['=?utf-8?Q?Gr=C3=BC=C3=9Fe?= aus Köln!', '00042-Grusse-aus-Koln.eml'],
  ['../../etc/passwd', '00042-etc-passwd.eml'],
  ['C:\\Windows\\..', '00042-C-Windows.eml'],
  ['CON', '00042-CON.eml'],
  ['-rf *', '00042-rf.eml'],
  ['=?utf-8?B?4oCueHQuZXhl?=', '00042-xt-exe.eml'],
  ['a\0b\x1b[31m', '00042-ab-31m.eml'],
  ['旅行', '00042.eml'],
  ['', '00042.eml'],
  [`${'x'.repeat(59)} y`, `00042-${'x'.repeat(59)}.eml`],
])('makes of the subject %j %s', (subject, expected) => {
  expect(named(subject)).toBe(expected);
});

it('sorts as the messages do, has no octet that means something, and is short, whatever the subject', () => {
  const random = seeded(6838);
  for (let round = 0; round < 2_000; round++) {
    const subject = random
      .bytes(1 + random.below(200))
      .toString('latin1')
      .replace(/[\r\n]/g, ' ');
    expect(named(subject, 1 + random.below(20_000_000))).toMatch(/^\d{5,8}(-[A-Za-z0-9-]{1,60})?\.eml$/);
  }
  expect(fileNameOf(1, Buffer.from('no header at all'))).toBe('00001.eml');
});
