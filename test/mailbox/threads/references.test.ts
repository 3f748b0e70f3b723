/**
 * What is one conversation, where References are as the RFC says and where they are not?
 *
 * That real and random ones come out as they do for a server is for `test/service/imap-threads-model.test.ts`.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import type { Uid } from '../../../src/mailbox/answers.ts';
import { threadsByReferences } from '../../../src/mailbox/threads/references.ts';
import { threadedMessageOf } from '../../../src/mailbox/threads/threaded-message.ts';

const received = new Date('2026-11-20T12:00:00Z');
const id = (name: string | number): string => `<${name}@threads.example>`;
const header = (...fields: readonly string[]): Uint8Array => Buffer.from(`${fields.join('\r\n')}\r\n\r\n`);
const found = (headers: readonly Uint8Array[], bySubject = true): number[][] =>
  threadsByReferences(
    headers.map((bytes, index) => threadedMessageOf((index + 1) as Uid, bytes, received)),
    bySubject,
  );

describe('messages are one conversation', () => {
  it('when one refers to the other, in whichever order they came', () => {
    expect(
      found([header(`Message-ID: ${id('b')}`, `References: ${id('a')}`), header(`Message-ID: ${id('a')}`)]),
    ).toEqual([[1, 2]]);
  });

  it('when both refer to one that is not there', () => {
    const answer = (name: string) => header(`Message-ID: ${id(name)}`, `In-Reply-To: ${id('gone')}`);
    expect(found([answer('a'), answer('b')])).toEqual([[1, 2]]);
  });

  it('when the ids are the same but for quotes and white space', () => {
    const quoted = header('Message-ID: <"01KF8JCEOCBS0045PS"@xxx.yyy.com>');
    const answer = header(`Message-ID: ${id('b')}`, 'References: <01KF8JCEOCBS0045PS\r\n @xxx.yyy.com>');
    expect(found([quoted, answer])).toEqual([[1, 2]]);
  });

  it('when they have the same base subject, and not when it is empty', () => {
    const subjects = ['Minutes', 'Re: minutes', 'Re:', 'Fwd:', ''].map((subject) => header(`Subject: ${subject}`));
    expect(found(subjects)).toEqual([[1, 2], [3], [4], [5]]);
    expect(found(subjects, false)).toEqual([[1], [2], [3], [4], [5]]);
  });

  it('by the subject of the one that was sent first, where the root is not there', () => {
    const answer = (subject: string, date: string) =>
      header(`Subject: ${subject}`, `Date: ${date}`, `In-Reply-To: ${id('gone')}`);
    const later = answer('Lunch', '20 Nov 2026 10:00:00 +0000');
    const earlier = answer('Minutes', '20 Nov 2026 10:30:00 +0100');
    expect(found([later, earlier, header('Subject: Lunch'), header('Subject: Minutes')])).toEqual([[1, 2, 4], [3]]);
  });
});

describe('messages are not one conversation', () => {
  it('because both have the same Message-ID', () => {
    expect(found([header(`Message-ID: ${id('a')}`), header(`Message-ID: ${id('a')}`)])).toEqual([[1], [2]]);
  });

  it('because In-Reply-To goes on after its first id', () => {
    const headers = [
      header(`Message-ID: ${id('a')}`),
      header(`Message-ID: ${id('b')}`),
      header(`In-Reply-To: ${id('a')} ${id('b')}`),
    ];
    expect(found(headers)).toEqual([[1, 3], [2]]);
  });
});

describe('hostile References', () => {
  it('that go round in a circle leave each message in one conversation', () => {
    const circle = [0, 1, 2, 3].map((at) =>
      header(`Message-ID: ${id(at)}`, `References: ${id((at + 1) % 4)} ${id(at)}`),
    );
    expect(found(circle).flat().sort()).toEqual([1, 2, 3, 4]);
  });

  it('to itself are none', () => {
    expect(found([header(`Message-ID: ${id('a')}`, `References: ${id('a')}`), header('Subject: b')])).toEqual([
      [1],
      [2],
    ]);
  });

  it('by the thousand count by their first and their last ones', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => id(index)).join('\r\n ');
    const headers = [
      header(`Message-ID: ${id(0)}`),
      header(`Message-ID: ${id(4_999)}`),
      header(`Message-ID: ${id('b')}`, `References: ${many}`),
    ];
    expect(found(headers)).toEqual([[1, 2, 3]]);
  });

  it('as a chain of 10,000 are one conversation', () => {
    const chain = Array.from({ length: 10_000 }, (_, at) =>
      header(`Message-ID: ${id(at)}`, `References: ${id(at - 1)}`),
    );
    expect(found(chain)).toHaveLength(1);
    expect(found(chain.reverse())).toHaveLength(1);
  });
});
