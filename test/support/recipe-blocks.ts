/**
 * The recipes of docs/, as somebody meets them who copies what stands there.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const docs = join(import.meta.dirname, '..', '..', 'docs');

export interface Block {
  readonly language: string;
  /** What stands behind the language: a file's name, or what its lines are. */
  readonly name: string;
  readonly text: string;
}

/** A file of docs/ as text. */
export const documentText = (file: string): string => readFileSync(join(docs, file), 'utf8');

/** Its fenced blocks, in their order, also those that belong to an item of a list. */
export const blocksOf = (file: string): readonly Block[] =>
  [...documentText(file).matchAll(/^( *)```(\w+)(?: ([^\n]+))?\n(.*?)^\1```$/gms)].map(
    ([, indent = '', language = '', name = '', text = '']) => ({
      language,
      name,
      text: text.replace(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );

/** The one block of that name. */
export function blockOf(file: string, name: string): string {
  const found = blocksOf(file).filter((block) => block.name === name);
  const [block] = found;
  if (block === undefined || found.length > 1) throw new Error(`${file} has ${found.length} blocks called ${name}`);
  return block.text;
}
