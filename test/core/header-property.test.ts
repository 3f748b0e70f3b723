import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { headerPropertiesIn, headerPropertyOf, wrongWithHeaderProperties } from '../../src/core/header-property.ts';
import { withHeaderProperties } from '../../src/core/header-schema.ts';
import { requestedHeaders } from '../../src/core/mime/header-forms.ts';

describe('a header property', () => {
  it.each([
    ['header:X-Foo', { name: 'x-foo', form: 'Raw', isAll: false }],
    ['header:X-Foo:all', { name: 'x-foo', form: 'Raw', isAll: true }],
    ['header:LIST-ID:asText', { name: 'list-id', form: 'Text', isAll: false }],
    ['header:Received:asRaw:all', { name: 'received', form: 'Raw', isAll: true }],
    ['header:Resent-To:asGroupedAddresses', { name: 'resent-to', form: 'GroupedAddresses', isAll: false }],
    ['header:X-Foo:asURLs', { form: 'URLs' }],
    ['header:all:asText', { name: 'all', form: 'Text', isAll: false }],
  ])('%s is understood, and called as it was written', (property, expected) => {
    expect(headerPropertyOf(property)).toMatchObject({ property, ...expected });
  });

  // RFC 8621 §4.1.2.2 to §4.1.2.7
  it.each([
    ['Subject', 'asAddresses', 'asRaw, asText'],
    ['From', 'asText', 'asRaw, asAddresses, asGroupedAddresses'],
    ['Date', 'asText', 'asRaw, asDate'],
    ['References', 'asDate', 'asRaw, asMessageIds'],
    ['List-Unsubscribe', 'asText', 'asRaw, asURLs'],
    ['Received', 'asDate', 'asRaw'],
    ['return-path', 'asAddresses', 'asRaw'],
  ])('header:%s:%s is refused, and what is possible is named', (name, form, possible) => {
    expect(headerPropertyOf(`header:${name}:${form}`)).toContain(`: ask for it with ${possible} (`);
  });

  it.each([
    'header:',
    'header::asText',
    'header:X Y',
    'header:X\r\nY',
    'header:X]',
    'header:(X)',
    'header:"X"',
    'header:%2A',
    'header:*',
    'header:Grüße',
    `header:${'x'.repeat(77)}`,
    'header:X:astext',
    'header:X:asText:ALL',
    'header:X:all:asText',
    'header:X:asText:asRaw',
    'header:X:asText:all:all',
    'header:X:',
  ])('%j is refused with what to write', (text) => {
    expect(headerPropertyOf(text)).toMatch(/^(Name|Write) /);
  });
});

describe('header properties', () => {
  it('are a bounded number, and few for one field, however it is spelled', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `header:X-${index}`);
    expect(wrongWithHeaderProperties([...many(50), 'subject'])).toBeNull();
    expect(wrongWithHeaderProperties(many(51))).toContain('at most 50');
    expect(wrongWithHeaderProperties(['header:X', 'header:X:asText'])).toBeNull();
    expect(wrongWithHeaderProperties(['header:X', 'header:x', 'header:X:all'])).toContain('x in at most 2 forms');
  });
});

describe('a header field', () => {
  const block = Buffer.from(
    [
      'Received: from a',
      '\tby b;',
      'received:  from c',
      'From: =?utf-8?Q?Gr=C3=A4ce?= <g@w.example>, x@w.example',
      'To: Team: a@x.example, "B" <b@x.example>;, c@x.example, d@x.example, Empty:;',
      'Message-ID: <1@w.example>',
      'Date: Mon, 16 Nov 2026 09:30:00 +0100',
      'Resent-Date: whenever',
      'List-Unsubscribe: <https://x.example/u',
      '  ?id=1> (the page), <mailto:u@x.example>',
      'List-Post: NO',
      'X-Text:  =?utf-8?B?w6k=?= =?utf-8?B?w6k=?= u\u0308',
      'X-Octets: caf\u00e9',
      '',
      'Received: body',
    ].join('\r\n'),
  );
  const latin = Buffer.concat([Buffer.from('X-Old: caf'), Buffer.from([0xe9, 0]), Buffer.from('\n')]);

  it.each([
    ['header:Received:asRaw:all', [' from a\r\n\tby b;', '  from c']],
    ['header:Received', '  from c'],
    [
      'header:From:asAddresses',
      [
        { name: 'Gräce', email: 'g@w.example' },
        { name: null, email: 'x@w.example' },
      ],
    ],
    [
      'header:To:asGroupedAddresses',
      [
        {
          name: 'Team',
          addresses: [
            { name: null, email: 'a@x.example' },
            { name: 'B', email: 'b@x.example' },
          ],
        },
        {
          name: null,
          addresses: [
            { name: null, email: 'c@x.example' },
            { name: null, email: 'd@x.example' },
          ],
        },
        { name: 'Empty', addresses: [] },
      ],
    ],
    [
      'header:To:asAddresses:all',
      [['a@x.example', 'b@x.example', 'c@x.example', 'd@x.example'].map((email) => expect.objectContaining({ email }))],
    ],
    ['header:Message-ID:asMessageIds', ['1@w.example']],
    ['header:Date:asDate', '2026-11-16T09:30:00+01:00'],
    ['header:Resent-Date:asDate', null],
    ['header:List-Unsubscribe:asURLs', ['https://x.example/u?id=1', 'mailto:u@x.example']],
    ['header:List-Post:asURLs', null],
    ['header:X-Text:asText', 'éé ü'],
    ['header:X-Octets:asRaw', ' café'],
    ['header:X-Missing', null],
    ['header:X-Missing:asText:all', []],
  ])('%s', (property, expected) => {
    expect(requestedHeaders(block, ['subject', property])).toEqual({ [property]: expected });
  });

  it('that is not UTF-8 has a mark for what it is not, and no NUL', () => {
    expect(requestedHeaders(latin, ['header:X-Old'])).toEqual({ 'header:X-Old': ' caf\ufffd' });
  });

  it('is among all of them, in order, as the message spells it', () => {
    const { headers } = requestedHeaders(block, ['headers']);
    expect(headers).toHaveLength(11);
    expect(headers?.slice(0, 2)).toEqual([
      { name: 'Received', value: ' from a\r\n\tby b;' },
      { name: 'received', value: '  from c' },
    ]);
  });

  it('is not there when nobody asked', () => {
    expect(requestedHeaders(block, undefined)).toEqual({});
    expect(headerPropertiesIn(['subject'])).toEqual([]);
  });
});

describe('an answer with header fields', () => {
  const schema = withHeaderProperties(z.strictObject({ id: z.string() }));

  it('may have those that can be asked for, and no other member', () => {
    const isValid = (more: object) => schema.safeParse({ id: '1', ...more }).success;
    expect(isValid({ 'header:X:asText': 'x', 'header:X:asText:all': ['x', null] })).toBe(true);
    expect(isValid({ 'header:X:asText': 7 })).toBe(false);
    expect(isValid({ 'header:X:asFoo': 'x' })).toBe(false);
    expect(isValid({ text: 'x' })).toBe(false);
  });
});
