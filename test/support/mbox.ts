/**
 * What is in an mboxrd file? Read as its description has it, knowing nothing of who wrote it.
 *
 * A line `From ` at the beginning or behind an empty line begins a message; of lines of `>` and `From ` one `>` is taken away; the
 * empty line at the end is not the message's.
 */
import { Buffer } from 'node:buffer';

export interface MboxMessage {
  readonly fromLine: string;
  readonly bytes: Buffer;
}

export function readMbox(file: Uint8Array): MboxMessage[] {
  const messages: { fromLine: string; lines: string[] }[] = [];
  let wasEmpty = true;
  for (const line of Buffer.from(file)
    .toString('latin1')
    .split(/(?<=\n)/)) {
    if (wasEmpty && line.startsWith('From ')) messages.push({ fromLine: line.trimEnd(), lines: [] });
    else messages.at(-1)?.lines.push(line.replace(/^>(>*From )/, '$1'));
    wasEmpty = line === '\n';
  }
  return messages.map(({ fromLine, lines }) => {
    if (lines.at(-1) !== '\n') throw new Error('a message without an empty line behind it');
    return { fromLine, bytes: Buffer.from(lines.slice(0, -1).join(''), 'latin1') };
  });
}
