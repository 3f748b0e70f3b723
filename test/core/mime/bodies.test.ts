import { describe, expect, it } from 'vitest';
import { bodiesOf, embeddedMessages, hasAttachmentOf } from '../../../src/core/mime/bodies.ts';
import type { MimePart } from '../../../src/core/mime/part.ts';
import { leaf, multi } from './parts.ts';

const text = (partId: string, more?: Partial<MimePart>) => leaf('text/plain', partId, more);
const html = (partId: string, more?: Partial<MimePart>) => leaf('text/html', partId, more);
const image = (partId: string, more?: Partial<MimePart>) => leaf('image/png', partId, more);
const pdf = (partId: string, more?: Partial<MimePart>) => leaf('application/pdf', partId, more);
const attached = { disposition: 'attachment' };
const inline = { disposition: 'inline' };

/** Letters in the order of textBody, htmlBody, attachments. */
const sorted = (root: MimePart) => {
  const { textBody, htmlBody, attachments } = bodiesOf(root);
  return [textBody, htmlBody, attachments].map((parts) => parts.map((part) => part.partId).join(''));
};

describe('the parts of a message', () => {
  it('are sorted as in the example of RFC 8621 §4.1.4', () => {
    const root = multi(
      'mixed',
      text('A', inline),
      multi(
        'mixed',
        multi(
          'alternative',
          multi('mixed', text('B', inline), image('C', inline), text('D', inline)),
          multi('related', html('E'), image('F')),
        ),
        image('G', attached),
        leaf('application/x-excel', 'H'),
        leaf('message/rfc822', 'J'),
      ),
      text('K', inline),
    );
    expect(sorted(root)).toEqual(['ABCDK', 'AEK', 'CFGHJ']);
  });

  it.each<[string, MimePart, string[]]>([
    ['plain text alone stands for the HTML too', text('A'), ['A', 'A', '']],
    ['HTML alone stands for the text too', multi('alternative', html('A')), ['A', 'A', '']],
    ['text and HTML', multi('alternative', text('A'), html('B')), ['A', 'B', '']],
    [
      'a calendar beside them is attached',
      multi('alternative', text('A'), html('B'), leaf('text/calendar', 'C')),
      ['A', 'B', 'C'],
    ],
    [
      'a second text with a name is attached',
      multi('mixed', text('A', { name: 'a' }), text('B', { name: 'b' })),
      ['A', 'A', 'B'],
    ],
    ['a message that is one file', pdf('A'), ['', '', 'A']],
    ['no parts at all', multi('mixed'), ['', '', '']],
    [
      'plain text after HTML inside one branch',
      multi('alternative', multi('related', html('A'), multi('alternative', text('B')))),
      ['A', 'A', ''],
    ],
  ])('%s', (_, root, expected) => {
    expect(sorted(root)).toEqual(expected);
  });

  it('have headers of their own to ask for, if they are messages that a server can look into, and not thousands', () => {
    const message = (partId: string, more?: Partial<MimePart>) => leaf('message/rfc822', partId, more);
    const root = multi(
      'mixed',
      text('A'),
      message('B'),
      message('C', { encoding: 'base64' }),
      multi('digest', message('D')),
    );
    expect(embeddedMessages(root).map(({ partId }) => partId)).toEqual(['B', 'D']);
    const thousands = Array.from({ length: 5_000 }, (_, index) => message(String(index)));
    expect(embeddedMessages(multi('digest', ...thousands))).toHaveLength(50);
  });

  it.each<[string, MimePart, boolean]>([
    ['a file', multi('mixed', text('A'), pdf('B')), true],
    ['an inline picture of the HTML', multi('related', html('A'), image('B', { ...inline, cid: 'x' })), false],
    ['a picture with a Content-ID alone', multi('related', html('A'), image('B', { cid: 'x' })), false],
    ['an attached picture with a Content-ID', multi('related', html('A'), image('B', { ...attached, cid: 'x' })), true],
    ['text alone', text('A'), false],
  ])('make a paper clip or none: %s', (_, root, expected) => {
    expect(hasAttachmentOf(root)).toBe(expected);
  });
});
