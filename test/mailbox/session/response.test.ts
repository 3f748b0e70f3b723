import { describe, expect, it } from 'vitest';
import type { Uid } from '../../../src/mailbox/answers.ts';
import {
  appendedMessageOf,
  copiedMessageOf,
  copiedMessagesOf,
  responseCodeOf,
} from '../../../src/mailbox/session/response.ts';

const response = (...texts: (string | null)[]) => ({
  attributes: [{ type: 'ATOM', section: texts.map((value) => (value === null ? null : { type: 'ATOM', value })) }],
});

describe('responseCodeOf', () => {
  it('is the first word between the brackets, in upper case', () => {
    expect(responseCodeOf(response('tryCreate'))).toBe('TRYCREATE');
  });

  it.each([undefined, {}, { attributes: [] }, { attributes: [null] }, response(), response(null)])(
    'is null for %j',
    (without) => expect(responseCodeOf(without)).toBeNull(),
  );
});

describe('copiedMessageOf', () => {
  const uid = 304 as Uid;

  it('is where the one message went', () => {
    const copied = response('COPYUID', '38505', '304', '3956');
    expect(copiedMessageOf(copied, uid)).toEqual({ uidValidity: 38505, uid: 3956 });
  });

  it.each([
    ['COPYUID', '38505'],
    ['COPYUID', '38505', '304', '1:2'],
    ['COPYUID', 'x', '304', '1'],
    ['COPYUID', '38505', '305', '3956'],
    ['COPYUID', '38505', '304', '4294967296'],
    ['COPYUID', '4294967296', '304', '3956'],
    ['READ-WRITE'],
  ])('is null for %s', (...texts) => expect(copiedMessageOf(response(...texts), uid)).toBeNull());
});

describe('copiedMessagesOf', () => {
  it('pairs what the two sets name', () => {
    const copied = copiedMessagesOf(response('COPYUID', '7', '3,5:6', '11:13'));
    expect([...copied].map(([from, { uid }]) => [from, uid])).toEqual([
      [3, 11],
      [5, 12],
      [6, 13],
    ]);
  });

  it.each([
    ['2:3', '70:75'],
    ['2:3', '70,70'],
    ['2,2', '70,71'],
    ['1:4294967295', '1:4294967295'],
    ['2', '99999999999'],
    ['2', '4294967296'],
  ])('is empty for %s to %s', (from, to) => {
    expect(copiedMessagesOf(response('COPYUID', '7', from, to)).size).toBe(0);
  });
});

describe('appendedMessageOf', () => {
  it('is where the message is', () => {
    expect(appendedMessageOf(response('appenduid', '38505', '3955'))).toEqual({ uidValidity: 38505, uid: 3955 });
  });

  it.each([
    ['APPENDUID', '38505'],
    ['APPENDUID', '38505', '1:2'],
    ['APPENDUID', '0', '1'],
    ['APPENDUID', '1', '4294967296'],
    ['COPYUID', '1', '2', '3'],
  ])('is null for %s', (...texts) => expect(appendedMessageOf(response(...texts))).toBeNull());
});
