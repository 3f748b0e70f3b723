import { describe, expect, it } from 'vitest';
import { wordsOfHtml } from '../../../src/core/mime/html-words.ts';

describe('the words of HTML', () => {
  it.each([
    ['<p>One</p><p>two</p>', 'One two'],
    ['One<br>two<BR/>three', 'One two three'],
    ['<b>O</b>ne <span class="a>b">two</span>', 'One two'],
    ["<a href='x>y'>One</a>", 'One'],
    ['<td>One</td><td>two</td>', 'One two'],
    ['<style>p { color: red }</style>One<script>if (a < b) alert("</p>")</script> two', 'One two'],
    ['<html><head><title>No</title><meta name=x></head><body>One', 'One'],
    ['<!DOCTYPE html><!-- <p>no</p> -->One<!--[if mso]>no<![endif]-->', 'One'],
    ['1 < 2 &amp; 3 &gt; 2 <3', '1 < 2 & 3 > 2 <3'],
    ['Gr&uuml;&szlig;e &#8364; &#x1F389; &nbsp;&euro; &unknown; &amp;lt;', 'Grüße € 🎉 € &unknown; &lt;'],
    ['&#55296; &#1114112; &#0000000000065;', '&#55296; &#1114112; &#0000000000065;'],
    ['', ''],
  ])('of %j are %j', (html, words) => {
    expect(wordsOfHtml(html)).toBe(words);
  });

  it.each([
    ['a tag', 'One<a href="https://'],
    ['a quotation in a tag', 'One<a href="x>y'],
    ['the first character of a tag', 'One<'],
    ['a comment', 'One<!-- two'],
    ['a style', 'One<style>p { color'],
    ['the end of a style', 'One<style>p</sty'],
  ])('leave out %s that was cut off', (_, html) => {
    expect(wordsOfHtml(html)).toBe('One');
  });

  it.each([
    ['open tags', '<a '.repeat(30_000)],
    ['brackets', '<'.repeat(100_000)],
    ['styles', '<style>'.repeat(15_000)],
    ['comments', '<!--'.repeat(25_000)],
    ['quotations', '<a x="'.repeat(15_000)],
    ['ampersands', '&a'.repeat(50_000)],
    ['ends', '</'.repeat(50_000)],
  ])('are found in time that does not explode in HTML full of %s', (_, html) => {
    const start = process.cpuUsage();
    wordsOfHtml(html);
    expect(process.cpuUsage(start).user).toBeLessThan(500_000);
  });
});
