/**
 * When does a header say that its message was received?
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { receivedAtIn } from '../../../src/core/mime/received.ts';

const at = (...fields: readonly string[]) =>
  receivedAtIn(Buffer.from(`${fields.join('\r\n')}\r\n\r\nDate: 1 Jan 2000 00:00 +0000\r\n`));
const received = 'Received: from a (b; c) by d with ESMTP id e\r\n\tfor <f>; Tue, 3 Feb 2026 05:05:06 +0100 (CET)';

it.each([
  [
    'the uppermost Received field',
    ['Subject: x', received, 'Received: by g; 1 Jan 2026 00:00:00 +0000'],
    '2026-02-03T04:05:06.000Z',
  ],
  ['that rather than Date', ['Date: Sun, 1 Feb 2026 00:00:00 +0000', received], '2026-02-03T04:05:06.000Z'],
  ['Date where there is none', ['Date: Sun, 1 Feb 2026 01:00:00 -0500'], '2026-02-01T06:00:00.000Z'],
  [
    'Date where it cannot be read',
    ['Received: by g; yesterday', 'Date: 1 Feb 2026 00:00 +0000'],
    '2026-02-01T00:00:00.000Z',
  ],
  ['nothing where neither can be read', ['Received: by g', 'Date: soon'], null],
  ['nothing where there is neither', ['Subject: Date: 1 Feb 2026 00:00 +0000'], null],
])('%s', (_, fields, expected) => {
  expect(at(...fields)).toBe(expected);
});
