/**
 * A backup of a maildrop in each of its formats, read as its own description has it.
 */
import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import type { z } from 'zod';
import { MaildropExportLineSchema } from '../../src/maildrop/schema/export.ts';
import { sha256Of } from './maildir.ts';
import { readMbox } from './mbox.ts';
import type { Caller, Postern } from './postern.ts';
import { readBackup } from './zip.ts';

export type ExportLine = z.output<typeof MaildropExportLineSchema>;
export type ExportedLine = Extract<ExportLine, { type: 'message' }>;

export const exportPath = '/v1/pop/export';

export const exportLinesIn = (text: string): ExportLine[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => MaildropExportLineSchema.parse(JSON.parse(line)));

export const exportedIn = (lines: readonly ExportLine[]): ExportedLine[] =>
  lines.filter((line) => line.type === 'message');

export const rawIn = ({ raw = '' }: ExportedLine): Buffer => Buffer.from(raw, 'base64');

/** An export that is answered, whole. */
export async function exported(postern: Postern, caller: Caller, query = ''): Promise<Buffer> {
  const response = await postern.call(caller, `${exportPath}${query}`);
  expect(response.status, response.ok ? '' : await response.text()).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

export const exportedLines = async (postern: Postern, caller: Caller, query = ''): Promise<ExportLine[]> =>
  exportLinesIn(String(await exported(postern, caller, query)));

/** The digests of all messages, from the octets that each format has. */
export const digestsBy: Readonly<Record<string, (postern: Postern, caller: Caller) => Promise<string[]>>> = {
  ndjson: async (postern, caller) =>
    exportedIn(await exportedLines(postern, caller)).map((line) => sha256Of(rawIn(line))),
  manifest: async (postern, caller) =>
    exportedIn(await exportedLines(postern, caller, '?format=manifest')).map(({ sha256 }) => sha256),
  mbox: async (postern, caller) =>
    readMbox(await exported(postern, caller, '?format=mbox')).map(({ bytes }) => sha256Of(bytes)),
  zip: async (postern, caller) =>
    (await readBackup(await exported(postern, caller, '?format=zip'))).messages.map(({ bytes }) => sha256Of(bytes)),
};
