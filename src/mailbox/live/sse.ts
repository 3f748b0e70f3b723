/**
 * How is an event written? (WHATWG HTML §9.2, server-sent events)
 *
 * Pure. JSON has no line end inside of a text, and neither has a state, so that each is one line.
 */

/** How long a reader waits before it connects again. */
export const retryText = 'retry: 2000\n\n';

/** A comment: readers pass over it. */
export const aliveText = ':\n\n';

export function eventText(name: string, data: unknown, id?: string): string {
  const lines = [`event: ${name}`, ...(id === undefined ? [] : [`id: ${id}`]), `data: ${JSON.stringify(data)}`];
  return `${lines.join('\n')}\n\n`;
}
