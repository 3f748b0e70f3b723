import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { labelOf } from '../../src/maildrop/session/hand-over-label.ts';

const label = (...fields: readonly string[]) =>
  labelOf(Buffer.from([...fields, '', 'Date: of the body', ''].join('\r\n')));

describe('the name of a message', () => {
  it.each([
    ['Message-ID: <a.b@c>', '<a.b@c>'],
    ['message-id:\r\n <folded@example>', '<folded@example>'],
  ])('is what %j says', (field, name) => {
    expect(label(field).messageId).toBe(name);
  });

  it.each([
    ['nothing', []],
    ['two', ['Message-ID: <a@b>', 'Message-ID: <c@d>']],
    ['one without brackets', ['Message-ID: a@b']],
    ['one with a space', ['Message-ID: <a @b>']],
    ['one with more behind it', ['Message-ID: <a@b> (comment)']],
    ['one that is not ASCII', ['Message-ID: <ä@b>']],
    ['one that ends a command', ['Message-ID: <a\rb@c>']],
    ['one that is too long', [`Message-ID: <${'a'.repeat(300)}@b>`]],
  ])('is none where there is %s', (_what, fields) => {
    expect(label(...fields).messageId).toBeNull();
  });
});

describe('the time of a message', () => {
  const date = 'Date: Mon, 16 Nov 2026 09:30:00 +0100';

  it.each([
    [['Received: from a; Tue, 3 Nov 2026 10:11:12 -0500 (EST)', date], '2026-11-03T15:11:12.000Z'],
    [
      ['Received: from a (x; y)\r\n\tby b; 3 Nov 2026 10:11 +0000', 'Received: from c; 1 Nov 2026 00:00 +0000'],
      '2026-11-03T10:11:00.000Z',
    ],
    [['Received: from nowhere', date], '2026-11-16T08:30:00.000Z'],
    [[date], '2026-11-16T08:30:00.000Z'],
  ])('is told by %j', (fields, at) => {
    expect(label(...fields).receivedAt).toBe(at);
  });

  it.each([[[]], [['Date: yesterday']], [['Date: Fri, 31 Dec 9999 23:59:59 -0500']]])(
    'is not known by %j',
    (fields) => {
      expect(label(...fields).receivedAt).toBeNull();
    },
  );
});
