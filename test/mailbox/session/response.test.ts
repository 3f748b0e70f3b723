import { describe, expect, it } from 'vitest';
import { appendedMessageOf, copiedMessageOf, responseCodeOf } from '../../../src/mailbox/session/response.ts';

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
  it('is where the one message went', () => {
    expect(copiedMessageOf(response('COPYUID', '38505', '304', '3956'))).toEqual({ uidValidity: 38505, uid: 3956 });
  });

  it.each([['COPYUID', '38505'], ['COPYUID', '38505', '304', '1:2'], ['COPYUID', 'x', '1', '1'], ['READ-WRITE']])(
    'is null for %s',
    (...texts) => expect(copiedMessageOf(response(...texts))).toBeNull(),
  );
});

describe('appendedMessageOf', () => {
  it('is where the message is', () => {
    expect(appendedMessageOf(response('appenduid', '38505', '3955'))).toEqual({ uidValidity: 38505, uid: 3955 });
  });

  it.each([
    ['APPENDUID', '38505'],
    ['APPENDUID', '38505', '1:2'],
    ['APPENDUID', '0', '1'],
    ['COPYUID', '1', '2', '3'],
  ])('is null for %s', (...texts) => expect(appendedMessageOf(response(...texts))).toBeNull());
});
