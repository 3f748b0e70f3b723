import { describe, expect, it } from 'vitest';
import { cidLinksIn } from '../../../src/core/mime/cid-links.ts';
import { textOfHtml } from '../../../src/core/mime/html-text.ts';

const text = (html: string, maxChars = 100_000) => textOfHtml(html, maxChars);

describe('the text of HTML', () => {
  it.each([
    [
      'paragraphs and lines',
      '<p>Hello <b>bold</b>\n world.</p><p>One<br>two<br><br>three',
      'Hello bold world.\n\nOne\ntwo\n\nthree',
    ],
    [
      'blocks without an empty line between them',
      '<div>one</div><div>two<br></div><div>three</div>',
      'one\ntwo\nthree',
    ],
    ['a line that was left empty on purpose', '<div>one</div><div><br></div><div>two</div>', 'one\n\ntwo'],
    [
      'lists inside each other',
      '<ul><li>a<li>b<ol><li>c</li><li>d</ol></li><li>e</ul>f',
      '- a\n- b\n  1. c\n  2. d\n- e\n\nf',
    ],
    [
      'quotations inside each other',
      'X wrote:<blockquote><p>a<p>b<blockquote>c</blockquote></blockquote>Yes.',
      'X wrote:\n\n> a\n>\n> b\n>\n> > c\n\nYes.',
    ],
    ['the cells of a table side by side', '<table><tr><td>a</td><td>b</td></tr><tr><td>c<td>d</table>', 'a b\nc d'],
    [
      'where a link leads',
      '<a href="https://x.example/?a=1&amp;b=2">Read on</a>.',
      'Read on <https://x.example/?a=1&b=2>.',
    ],
    [
      'a link that says where it leads once',
      '<a href="https://x.example/">x.example</a> <a href="mailto:a@x.example">a@x.example</a>',
      'x.example a@x.example',
    ],
    [
      'no link that leads nowhere',
      '<a href="#top">Up</a> <a href="javascript:alert(1)">Run</a> <a href=https://x.example><img></a>',
      'Up Run',
    ],
    ['what pictures are called', '<img src="cid:x" alt="Our logo"> hello', 'Our logo hello'],
    ['characters that are spelled out', 'x&eacute;&#8364;&#x1F600;&nbsp;&lt;b&gt; &copy 2026', 'xé€😀 <b> © 2026'],
    [
      'nothing of styles, scripts and comments',
      '<title>t</title><style>p{}</style>a<!-- b --><script>"</p>"</script>c',
      'ac',
    ],
    ['preformatted lines as they are', 'a<pre>  b\r\n    c\n\nd</pre>e', 'a\n\n  b\n    c\n\nd\n\ne'],
    ['a rule', 'a<hr>b', 'a\n\n----------\n\nb'],
    [
      'no filling, but the joiners of letters',
      'Hi &#847;&zwnj;&nbsp;&#8199;&#65279;&zwnj;&nbsp;&zwj; So&shy;fa \u0645\u06cc&zwnj;\u062e \u{1f469}\u200d\u{1f52c}',
      'Hi Sofa \u0645\u06cc\u200c\u062e \u{1f469}\u200d\u{1f52c}',
    ],
    ['nothing of nothing', '<html><body>&nbsp;<br></body></html>', ''],
  ])('has %s', (_, html, expected) => {
    expect(text(html)).toBe(expected);
  });

  it('ends soon after the length that was asked for, and not before', () => {
    const cut = text('<p>word</p>'.repeat(10_000), 1000);
    expect(cut.length).toBeGreaterThan(1000);
    expect(cut.length).toBeLessThan(1020);
  });
});

describe('cid: links', () => {
  it.each([
    ['<img src="cid:a@b">', ['a@b']],
    ['<td background=\'CID:a%40b%2Fc\' style="background:url(cid:d)">', ['a@b/c', 'd']],
    ['<img src=cid:a><img src=cid:b><img src=cid:a>', ['a', 'b']],
    ['<style>p { background: url("cid:a") }</style>', ['a']],
    ['<img srcset="cid:a 1x, cid:b 2x">', ['a', 'b']],
    ['<img src="cid:50%off">', ['50%off']],
    ['<img src="ci&#100;:a&amp;b">', []],
    ['<p>Write cid:a to me</p><a href="https://x.example/?cid:b">', []],
    ['<!-- <img src="cid:a"> -->', []],
  ])('of %s', (html, expected) => {
    expect(cidLinksIn(html)).toEqual(expected);
  });

  it('are listed up to a limit', () => {
    const html = Array.from({ length: 5000 }, (_, index) => `<img src=cid:${index}>`).join('');
    expect(cidLinksIn(html)).toHaveLength(1000);
  });
});

describe('hostile HTML', () => {
  const length = 1024 * 1024;
  // Each takes a tenth of a second. In time with the square of its length it takes longer than the runner allows.
  it.each<[string, string, string?]>([
    ['tags that are never closed', '<div>'],
    ['tags that were never opened', '</b></i>'],
    ['opened and closed as others', '<b>', '</i>'],
    ['quotations', '<blockquote>x'],
    ['deep quotations of short lines', '<blockquote>'.repeat(1000), 'x<br>'],
    ['lists', '<ul><li>x'],
    ['links', '<a href=https://x.example>y'],
    ['attributes', '<a b=c ', 'd=e '],
    ['brackets', '<'],
    ['ampersands', '&'],
    ['comments', '<!--'],
    ['endings that are none', '<script></scrip'],
    ['blanks', 'a', '     '],
    ['line ends', '<pre>', '\n'],
    ['a link of a megabyte', '<a href="https://x', 'xxxxxxxx'],
    ['cid links', '<img src="cid:', 'cid:'],
  ])('is read in time with its length: %s', { timeout: 15_000 }, (_, start, more = start) => {
    const html = start + more.repeat(length / more.length);
    expect(text(html, length).length).toBeLessThan(2 * length);
    expect(cidLinksIn(`${html}cid:`).length).toBeLessThan(2);
  });
});
