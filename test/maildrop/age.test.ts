/**
 * Is a message dated by its server, by its sender only where there is no other word, and by nobody who cannot be right?
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { ageOf, datedBy, isNewestFirst } from '../../src/maildrop/prune/age.ts';

const header = (...lines: readonly string[]) => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
const received = (text: string) => datedBy(header(`Received: ${text}`))?.date ?? null;
const utc = (date: string | null | undefined) => (date == null ? null : new Date(date).toISOString());

describe('which field', () => {
  it('is the uppermost Received, which the last server wrote, and not one below it', () => {
    const hops = [
      'Received: from a by mx; Tue, 17 Nov 2026 10:00:00 +0000',
      'Received: by a; 1 Jan 2001 00:00:00 +0000',
    ];
    const block = header('Return-Path: <x@y>', ...hops, 'Date: Wed, 1 Jan 2003 00:00:00 +0000');
    expect(datedBy(block)).toEqual({ date: '2026-11-17T10:00:00Z', datedBy: 'received' });
  });

  it('is Date where there is no Received at all', () => {
    const block = header('Subject: x', 'Date: Mon, 16 Nov 2026 09:30:00 +0100');
    expect(datedBy(block)).toEqual({ date: '2026-11-16T09:30:00+01:00', datedBy: 'date' });
  });

  it('is never Date where a server has written Received, even if that cannot be read', () => {
    const date = 'Date: Mon, 16 Nov 2026 09:30:00 +0100';
    for (const text of ['from a by b', 'from a by b; yesterday', 'from a by b;', ''])
      expect(datedBy(header(`Received: ${text}`, date))).toBeNull();
  });

  it('is none that lies before there was such mail, or is no date', () => {
    const impossible = ['Thu, 1 Jan 1970 00:00:00 +0000', 'Tue, 1 Jan 1980 00:00:00 +0000', '1 Jan 0001 00:00 +0000'];
    for (const date of [...impossible, '31 Feb 2020 10:00 +0000', 'soon', '', '1 Jan 2020 25:00:00 +0000'])
      expect([date, datedBy(header(`Date: ${date}`))]).toEqual([date, null]);
    expect(datedBy(header('Subject: none'))).toBeNull();
    expect(datedBy(new Uint8Array(0))).toBeNull();
  });
});

describe('the time in a Received field', () => {
  it.each([
    ['from a (b [1.2.3.4]) by mx (Postfix) with ESMTP id 1; Tue, 17 Nov 2026 10:00:00 +0100 (CET)'],
    ['by mx; Tue, 17 Nov 2026 10:00:00 +0100 (CET; (daylight) saving; 1 Jan 2001 00:00:00)'],
    ['(qmail 1234 invoked by uid 501; 1 Jan 2001 00:00:00 +0000); 17 Nov 2026 09:00:00 -0000'],
    ['from "a;b" by mx for <"c;d"@e>; Tue, 17 Nov 2026 10:00:00 +0100'],
    ['by mx\r\n\tfor <a@b>;\r\n\tTue, 17 Nov 2026\r\n 10:00:00 +0100'],
    ['by mx; Tue, 17 Nov 2026 10:00 +0100'],
    ['by mx; Tue, 17 Nov 26 04:00:00 EST'],
    ['by mx; 17 Nov 2026 09:00:00 GMT'],
    ['by mx (a \\) b; 1 Jan 2001 00:00); 17 Nov 2026 09:00:00 UT'],
  ])('is found in %j', (text) => {
    expect(utc(received(text))).toBe('2026-11-17T09:00:00.000Z');
  });

  it('is found in time, whatever parentheses and semicolons there are', () => {
    for (const piece of ['(', ';', ')', '(;', '\\', '"']) {
      const start = performance.now();
      received(`${piece.repeat(250_000)}; Tue, 17 Nov 2026 10:00:00 +0100`);
      expect(performance.now() - start, piece).toBeLessThan(1000);
    }
  });
});

describe('an age', () => {
  const now = Date.parse('2026-11-20T12:00:00Z');
  const cutoff = Date.parse('2026-11-13T12:00:00Z');
  const age = (date: string) => ageOf({ date, datedBy: 'received' }, cutoff, now);

  it('is told to the second', () => {
    expect(age('2026-11-13T12:00:00Z')).toBe('old');
    expect(age('2026-11-13T13:00:00+01:00')).toBe('old');
    expect(age('2026-11-13T12:00:01Z')).toBe('young');
    expect(age('2026-11-20T12:00:00Z')).toBe('young');
  });

  it('is not known of what has no date, or one that is to come', () => {
    expect(ageOf(null, cutoff, now)).toBe('unknown');
    expect(age('2026-11-20T12:00:01Z')).toBe('unknown');
    expect(age('9999-01-01T00:00:00Z')).toBe('unknown');
  });
});

describe('a maildrop', () => {
  const now = Date.parse('2026-11-20T12:00:00Z');
  const dated = (...days: readonly (number | null)[]) =>
    days.map((day) => (day === null ? null : ({ date: `2026-11-${day}T12:00:00Z`, datedBy: 'received' } as const)));

  it('begins with its newest message when the first that has a date is younger than the last', () => {
    expect(isNewestFirst(dated(null, 19, 18, 12, null), now)).toBe(true);
  });

  it('does not for a first message that claims to be of a time to come', () => {
    expect(isNewestFirst(dated(29, 12, 18, 19), now)).toBe(false);
    expect(isNewestFirst(dated(29, 12), now)).toBe(false);
  });

  it('does not where they are in order, of one time, too few, or not dated', () => {
    for (const dates of [dated(12, 18, 19), dated(12, 12), dated(12), dated(null, 12, null), dated(null, null), []])
      expect(isNewestFirst(dates, now)).toBe(false);
    const close = ['2026-11-12T12:00:40Z', '2026-11-12T12:00:00Z'].map((date) => ({ date, datedBy: 'date' as const }));
    expect(isNewestFirst(close, now)).toBe(false);
  });
});
