import { describe, expect, it } from 'vitest';
import { copiedMessageOf, responseCodeOf } from '../../../src/mailbox/session/response.ts';

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
