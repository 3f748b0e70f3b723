import { describe, expect, it } from 'vitest';
import { isFlag } from '../../../src/mailbox/session/store-keywords.ts';

describe('isFlag', () => {
  it.each(['\\Seen', '\\flagged', '$Forwarded', 'NonJunk', '$Label1', 'a[b', "it's", '~'])('takes %s', (flag) =>
    expect(isFlag(flag)).toBe(true),
  );

  it.each([
    '',
    '\\',
    '\\Recent',
    '\\Anything',
    'a b',
    'a)',
    '(a',
    'a]',
    'a"b',
    'a\\b',
    'a%',
    '*',
    '{1}',
    'a\r\nb',
    'a\0',
    'é',
  ])('lets %j not reach the wire', (flag) => expect(isFlag(flag)).toBe(false));
});
