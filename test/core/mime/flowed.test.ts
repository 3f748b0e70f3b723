import { describe, expect, it } from 'vitest';
import { unflowed } from '../../../src/core/mime/flowed.ts';

/** As the RFC prints them: `*` for a blank at the end of a line. */
const lines = (...written: readonly string[]) => written.map((line) => line.replace(/\*$/, ' ')).join('\n');

describe('flowed text', () => {
  it('becomes the paragraphs of the first example of RFC 3676 §5', () => {
    const sent = lines(
      "`Take some more tea,' the March Hare said to Alice, very*",
      'earnestly.',
      '',
      "`I've had nothing yet,' Alice replied in an offended tone, `so*",
      "I can't take more.'",
    );
    expect(unflowed(sent, false)).toBe(
      "`Take some more tea,' the March Hare said to Alice, very earnestly.\n\n`I've had nothing yet,' Alice replied in an offended tone, `so I can't take more.'",
    );
  });

  it('keeps the depths of the second example', () => {
    const sent = lines(
      '>>>Take some more tea.',
      ">>I've had nothing yet, so I can't take more.",
      ">You mean you can't take LESS, it's very easy to take*",
      '>MORE than nothing.',
    );
    expect(unflowed(sent, false)).toBe(
      [
        '>>> Take some more tea.',
        ">> I've had nothing yet, so I can't take more.",
        "> You mean you can't take LESS, it's very easy to take MORE than nothing.",
      ].join('\n'),
    );
  });

  it.each([
    ['a flowed line before a deeper one is a fixed one', ['a*', '> b*', '> c', 'd'], 'a \n> b c\nd'],
    ['the line before a signature is a fixed one, and the signature stays', ['a*', '--*', 'Ada'], 'a \n-- \nAda'],
    [
      'one blank in front of a line is taken away',
      [' From here', ' > no quotation', '  indented'],
      'From here\n> no quotation\n indented',
    ],
    ['an empty line ends a paragraph', ['a*', '', 'b'], 'a \nb'],
    ['what is flowed to the end ends there', ['a*', 'b*'], 'a b '],
    ['an empty quotation stays one', ['>', '> '], '>\n>'],
    ['nothing stays nothing', [''], ''],
  ])('%s', (_, sent, expected) => {
    expect(unflowed(lines(...sent), false)).toBe(expected);
  });

  it('loses the blanks that only marked its lines, with DelSp', () => {
    expect(unflowed(lines('日本*', '語です。', '> 長い*', '> 行'), true)).toBe('日本語です。\n> 長い行');
    expect(unflowed(lines('two words **', 'here'), true)).toBe('two words *here');
  });

  it('of a megabyte is joined in time with its length', () => {
    expect(unflowed('a \n'.repeat(350_000), true)).toBe(`${'a'.repeat(350_000)} \n`);
    expect(unflowed(`${'>'.repeat(500_000)} \n`.repeat(2), false)).toContain('>>>');
  });
});
