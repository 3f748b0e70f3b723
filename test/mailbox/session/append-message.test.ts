import { expect, it } from 'vitest';
import { internalDateOf } from '../../../src/mailbox/session/append-message.ts';

it.each([
  ['2026-11-06T08:30:02.999Z', ' 6-Nov-2026 08:30:02 +0000'],
  ['2024-02-29T23:59:59Z', '29-Feb-2024 23:59:59 +0000'],
  ['1970-01-01T00:00:00Z', ' 1-Jan-1970 00:00:00 +0000'],
])('writes %s as IMAP does', (date, text) => expect(internalDateOf(new Date(date))).toBe(text));
