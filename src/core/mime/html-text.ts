/**
 * What does HTML say to somebody who reads plain text?
 *
 * For messages without a plain text, and it is not more than that: words in order, lines, lists, quotations, where links lead and
 * what pictures are called. Styles are not read, so that what a sender hides is there too. It takes time with the length of the
 * HTML, however its tags are nested or left open.
 */
import { type HtmlReader, type HtmlTag, readHtml } from './html-tokens.ts';
import { PlainText } from './plain-text.ts';

/** What stands between these is not for reading. */
const unread = new Set(['script', 'style', 'title', 'noembed', 'noframes', 'iframe', 'textarea']);

const paragraphs = new Set([
  'p',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'blockquote',
  'ul',
  'ol',
  'dl',
  'pre',
  'figure',
  'hr',
]);

const lines = new Set(
  (
    'address article aside body caption center dd details div dt fieldset figcaption footer form header html legend li main nav ' +
    'option section summary table tbody tfoot thead tr'
  ).split(' '),
);

/** Lists inside each other whose numbers are kept. */
const mostLists = 50;

/** Ends soon after `maxChars`, and not before, so that a caller sees whether it was all. */
export function textOfHtml(html: string, maxChars: number): string {
  const writer = new TextWriter(maxChars);
  readHtml(html, writer);
  return writer.text;
}

class TextWriter implements HtmlReader {
  private readonly out: PlainText;
  /** What is being passed over, and what will end that. */
  private unreadName: string | null = null;
  private link: { readonly target: string; readonly mark: number } | null = null;
  /** The number that the next item of each open list has; null for lists without. */
  private readonly lists: (number | null)[] = [];

  constructor(maxChars: number) {
    this.out = new PlainText(maxChars);
  }

  get text(): string {
    this.endLink();
    return this.out.toString();
  }

  onText(text: string): void {
    if (this.unreadName === null) this.out.add(text);
  }

  onOpen({ name, attributes }: HtmlTag): void {
    if (this.unreadName !== null) return;
    if (unread.has(name)) {
      this.unreadName = name;
      return;
    }
    this.breakFor(name);
    if (name === 'br') this.out.addLineEnd();
    if (name === 'td' || name === 'th') this.out.addBlank();
    if (name === 'hr') this.out.add('----------');
    if (name === 'hr') this.out.breakLine(1);
    if (name === 'img') this.out.add(attributes.get('alt') ?? '');
    if (name === 'a') this.beginLink(attributes.get('href') ?? '');
    if (name === 'pre') this.out.isPreformatted = true;
    if (name === 'blockquote') this.out.quoteDepth += 1;
    if (name === 'ul' || name === 'ol') this.beginList(name === 'ol');
    if (name === 'li') this.beginItem();
  }

  onClose(name: string): void {
    if (this.unreadName !== null) {
      if (name === this.unreadName) this.unreadName = null;
      return;
    }
    if (name === 'a') this.endLink();
    if (name === 'ul' || name === 'ol') this.endList();
    this.breakFor(name);
    if (name === 'pre') this.out.isPreformatted = false;
    if (name === 'blockquote') this.out.quoteDepth = Math.max(0, this.out.quoteDepth - 1);
  }

  private breakFor(name: string): void {
    // A list inside a list is no paragraph of its own.
    const isInnerList = (name === 'ul' || name === 'ol') && this.lists.length > 0;
    if (paragraphs.has(name) && !isInnerList) this.out.breakLine(1);
    else if (lines.has(name) || isInnerList) this.out.breakLine();
  }

  private beginList(isNumbered: boolean): void {
    this.out.listDepth = this.lists.length;
    if (this.lists.length < mostLists) this.lists.push(isNumbered ? 1 : null);
  }

  private endList(): void {
    this.lists.pop();
    this.out.listDepth = Math.max(0, this.lists.length - 1);
  }

  private beginItem(): void {
    const number = this.lists.at(-1) ?? null;
    this.out.add(number === null ? '-' : `${number}.`);
    this.out.addBlank();
    if (number !== null) this.lists[this.lists.length - 1] = number + 1;
  }

  private beginLink(href: string): void {
    this.endLink();
    const target = href.trim();
    // What leads nowhere outside of the message is of no use in a text, nor is what nobody would type.
    if (/^(https?|ftp|mailto|tel):\S{1,2000}$/i.test(target)) this.link = { target, mark: this.out.mark };
  }

  private endLink(): void {
    if (this.link === null) return;
    const { target, mark } = this.link;
    this.link = null;
    const label = this.out.since(mark);
    const bare = target.replace(/^(mailto|tel):|\/$/gi, '');
    // A picture without a name has no label that the link could stand behind.
    if (label === '' || label === target || label === bare || `https://${label}` === bare) return;
    this.out.addBlank();
    this.out.add(`<${target}>`);
  }
}
