/**
 * Which parts of its own message does HTML show? (`cid:`, RFC 2392)
 */
import { limits } from '../limits.ts';
import { readHtml } from './html-tokens.ts';

/** In an attribute alone, or in what a style says. */
const link = /(?:^|[\s(,'"])cid:([^\s'"()<>,]+)/gi;

/** Content-IDs in the order of their first use, each once. */
export function cidLinksIn(html: string): string[] {
  if (!/cid:/i.test(html)) return [];
  const found = new Set<string>();
  const look = (text: string): void => {
    for (const [, cid = ''] of text.matchAll(link)) {
      if (found.size < limits.parts) found.add(decoded(cid));
    }
  };
  let isStyle = false;
  readHtml(html, {
    onOpen: ({ name, attributes }) => {
      isStyle = name === 'style';
      for (const value of attributes.values()) look(value);
    },
    onClose: () => {
      isStyle = false;
    },
    onText: (text) => {
      if (isStyle) look(text);
    },
  });
  return [...found];
}

/** RFC 2392 §2: what is not allowed in a URL is percent-encoded; those who do not know that write it as it is. */
function decoded(cid: string): string {
  try {
    return decodeURIComponent(cid);
  } catch {
    return cid;
  }
}
