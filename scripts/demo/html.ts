/**
 * What does the HTML half of a mail look like?
 *
 * Three looks: a personal letter, a newsletter, a receipt. Tables and inline styles, as real senders write them. Input
 * is text, never markup, save where a name says so.
 */
export interface Story {
  readonly headline: string;
  readonly text: string;
  readonly link?: string;
}

const FONT = 'font-family:Helvetica,Arial,sans-serif;color:#222';

export function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** Paragraphs are separated by an empty line; lines that start with '>' become a quotation. */
export function letterHtml(text: string): string {
  const blocks = text.trim().split('\n\n').map(paragraphHtml);
  return `<!DOCTYPE html>\n<html><body style="${FONT};font-size:15px;line-height:1.5">\n${blocks.join('\n')}\n</body></html>\n`;
}

function paragraphHtml(paragraph: string): string {
  const isQuote = paragraph.split('\n').every((line) => line.startsWith('>'));
  const plain = isQuote ? paragraph.replace(/^> ?/gm, '') : paragraph;
  const html = `<p>${escapeHtml(plain).replace(/\n/g, '<br>\n')}</p>`;
  return isQuote
    ? `<blockquote style="border-left:2px solid #bbb;margin:0;padding-left:12px">${html}</blockquote>`
    : html;
}

export function newsletterHtml(title: string, accent: string, stories: readonly Story[], unsubscribe: string): string {
  const rows = stories.map((story) => {
    const more = story.link === undefined ? '' : `\n<p><a href="${story.link}" style="color:${accent}">Read on</a></p>`;
    return `<tr><td style="padding:16px 24px;border-top:1px solid #ddd">
<h2 style="font-size:19px;margin:0 0 8px">${escapeHtml(story.headline)}</h2>
<p style="margin:0;line-height:1.5">${escapeHtml(story.text)}</p>${more}</td></tr>`;
  });
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title></head>
<body style="margin:0;background:#f4f2ee;${FONT}">
<table role="presentation" width="600" align="center" cellspacing="0" style="background:#fff">
<tr><td style="background:${accent};color:#fff;padding:24px"><h1 style="margin:0;font-size:26px">${escapeHtml(title)}</h1></td></tr>
${rows.join('\n')}
<tr><td style="padding:16px 24px;font-size:12px;color:#777">You get this because you subscribed.
<a href="${unsubscribe}" style="color:#777">Unsubscribe</a></td></tr>
</table></body></html>
`;
}

export function receiptHtml(title: string, items: readonly (readonly [string, string])[], note: string): string {
  const rows = items.map(
    ([item, price]) =>
      `<tr><td style="padding:6px 0">${escapeHtml(item)}</td><td align="right">${escapeHtml(price)}</td></tr>`,
  );
  return `<!DOCTYPE html>
<html><head><meta charset="utf-8"></head><body style="${FONT};font-size:14px">
<h1 style="font-size:20px">${escapeHtml(title)}</h1>
<table width="420" cellspacing="0" style="border-collapse:collapse">
${rows.join('\n')}
</table>
<p>${escapeHtml(note)}</p>
</body></html>
`;
}

/** The same stories for those who read text. */
export function newsletterText(title: string, stories: readonly Story[], unsubscribe: string): string {
  const blocks = stories.map(({ headline, text, link }) => `* ${headline}\n\n${text}${link ? `\n${link}` : ''}`);
  return `${title}\n\n${blocks.join('\n\n')}\n\n--\nUnsubscribe: ${unsubscribe}\n`;
}
