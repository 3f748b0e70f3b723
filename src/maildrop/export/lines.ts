/**
 * What do the lines of a backup say of a maildrop and its messages?
 */
import { exportLines } from '../../core/export-lines.ts';
import { rawLine } from '../../core/ndjson.ts';
import type { ExportedMessage, ExportNumbers } from './frames.ts';
import { cursorOf, digestLine, namedOf, toldOf } from './told.ts';

/** `ndjson` has each message in its line, `manifest` what is needed to know it again. */
export const maildropLines = (
  stream: ReadableStream<Uint8Array>,
  numbers: ExportNumbers,
  format: 'ndjson' | 'manifest',
): AsyncGenerator<string, void, undefined> =>
  exportLines<ExportedMessage, ExportedMessage>(
    stream,
    {
      first: { total: numbers.total },
      count: numbers.count,
      message: toldOf,
      missing: namedOf,
      last: (written) => ({ ...written, nextCursor: cursorOf(numbers) }),
    },
    format === 'ndjson' ? rawLine : digestLine,
  );
