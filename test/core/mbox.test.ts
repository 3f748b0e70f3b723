/**
 * Does an mbox file give its messages back byte for byte, and does no message pass for two?
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import { FromQuoter, fromLine } from '../../src/core/mbox.ts';
import { seeded } from '../support/random.ts';

const quoted = (chunks: readonly Uint8Array[]): string => {
  const quoter = new FromQuoter();
  return Buffer.concat([...chunks.map((chunk) => quoter.push(chunk)), quoter.flush()]).toString('latin1');
};

it.each([
  ['From me', '>From me'],
  ['a\r\nFrom me\r\n', 'a\r\n>From me\r\n'],
  ['>From\n>From x\n>>From y\n', '>From\n>>From x\n>>>From y\n'],
  ['\nFrom \n', '\n>From \n'],
  ['\nFrom\tx\nfrom me\n From me\n', '\nFrom\tx\nfrom me\n From me\n'],
  ['\rFrom me\n', '\rFrom me\n'],
  ['\nFrFrom \nFro\nFrom >From \n', '\nFrFrom \nFro\n>From >From \n'],
  ['\n> From me\n>>\n', '\n> From me\n>>\n'],
  ['\nFrom', '\nFrom'],
  ['', ''],
])('makes of %j %j', (text, expected) => {
  expect(quoted([Buffer.from(text)])).toBe(expected);
});

it('quotes the same however a message is cut, and what it quotes can be told from what it does not', () => {
  const random = seeded(4155);
  for (let round = 0; round < 3_000; round++) {
    const text = Array.from({ length: random.below(12) }, () =>
      random.pick(['From ', '>', '\n', '\r\n', 'Fro', 'm', ' ', 'x', '>>From ', '\nFrom ']),
    ).join('');
    const bytes = Buffer.from(text);
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + random.below(4);
      chunks.push(bytes.subarray(at, end));
      at = end;
    }
    const whole = quoted(chunks);
    expect(whole).toBe(
      text.replace(/^(>*From )/gm, (line, _, at: number) => (at > 0 && text[at - 1] !== '\n' ? line : `>${line}`)),
    );
    expect(whole.replace(/(^|\n)>(>*From )/g, '$1$2')).toBe(text);
  }
});

it.each([
  ['Return-Path: <ada@weaver.example>\r\nFrom: <b@c.example>\r\n\r\n', 'ada@weaver.example'],
  ['From: "Grace" <grace@weaver.example>\r\n\r\n', 'grace@weaver.example'],
  ['From: grace@weaver.example\r\n\r\n', 'grace@weaver.example'],
  ['Return-Path: <>\r\nFrom: <mailer@weaver.example>\r\n\r\n', 'mailer@weaver.example'],
  ['Return-Path: <a b@weaver.example>\r\n\r\n', 'MAILER-DAEMON'],
  ['Return-Path: <a\r\n\tFrom x@weaver.example>\r\n\r\n', 'MAILER-DAEMON'],
  ['From: Grüße <grü@weaver.example>\r\n\r\n', 'MAILER-DAEMON'],
  [`Return-Path: <${'x'.repeat(400)}@weaver.example>\r\n\r\n`, 'MAILER-DAEMON'],
  ['\r\nFrom: <in@body.example>\r\n', 'MAILER-DAEMON'],
  ['', 'MAILER-DAEMON'],
])('names in its From line who sent %j', (head, sender) => {
  expect(fromLine(Buffer.from(head), '2026-02-03T04:05:06.000Z')).toBe(`From ${sender} Tue Feb  3 04:05:06 2026\n`);
});
