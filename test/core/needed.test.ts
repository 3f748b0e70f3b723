import { describe, expect, it } from 'vitest';
import { neededFor } from '../../src/core/needed.ts';

const nothing = {
  header: 'none',
  headerFields: [],
  structure: false,
  preview: false,
  labels: false,
  text: false,
  html: false,
  embedded: false,
};

describe('what is needed', () => {
  it('is all but the whole header when nothing is said', () => {
    const needed = neededFor(undefined);
    expect(needed).toMatchObject({ header: 'fields', structure: true, text: true, html: true, embedded: true });
    expect(needed).toMatchObject({ preview: false, labels: false });
    expect(needed.headerFields).toHaveLength(11);
  });

  it.each<[string, object]>([
    ['id,keywords,size,receivedAt,mailboxIds', {}],
    ['subject,sentAt', { header: 'fields', headerFields: ['Subject', 'Date'] }],
    ['header:X-Foo:asText,header:x-foo,header:Subject', { header: 'fields', headerFields: ['x-foo', 'subject'] }],
    ['headers,subject', { header: 'all', headerFields: ['Subject'] }],
    ['hasAttachment,isTextDerived', { structure: true }],
    ['text', { structure: true, text: true }],
    ['isSigned', { structure: true, text: true }],
    ['html', { structure: true, html: true }],
    ['cidLinks', { structure: true, html: true }],
    ['preview', { preview: true }],
    ['labels', { labels: true }],
    ['attachments', { structure: true, embedded: true }],
    ['isTruncated', { structure: true, text: true, html: true }],
    ['text,isTruncated', { structure: true, text: true }],
    ['html,isEncodingProblem', { structure: true, html: true }],
  ])('for %s is no more than that', (fields, expected) => {
    expect(neededFor(fields.split(','))).toEqual({ ...nothing, ...expected });
  });
});
