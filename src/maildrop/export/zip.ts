/**
 * How does a maildrop look as a zip file?
 *
 * A file for each message, then `manifest.json` with what is known of them, and last `SHA256SUMS`, which `sha256sum -c` reads. A message
 * that the server refuses is told of in the manifest. Whatever breaks off in the middle breaks the whole: a zip file ends with its
 * directory, so that nothing takes what was cut for all.
 */
import { makeZip } from 'client-zip';
import { Failed } from '../../core/failure.ts';
import { begun } from '../../core/message-beginning.ts';
import { type MessageOctets, messageEvents } from '../../core/message-events.ts';
import { fileNameOf } from './file-name.ts';
import type { ExportedMessage, ExportNumbers } from './frames.ts';
import { Manifest } from './manifest.ts';
import { Passed, toldOf } from './told.ts';

interface ZipEntry {
  readonly name: string;
  readonly lastModified?: Date;
  readonly input: AsyncGenerator<Uint8Array, void, undefined>;
}

export async function* zipOf(
  stream: ReadableStream<Uint8Array>,
  numbers: ExportNumbers,
): AsyncGenerator<Uint8Array, void, undefined> {
  const entries = entriesOf(stream, new Manifest(numbers));
  const reader = makeZip(entries).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // client-zip leaves them as they are when its reader leaves, and the mail session would wait for them.
    await entries.return();
  }
}

async function* entriesOf(
  stream: ReadableStream<Uint8Array>,
  manifest: Manifest,
): AsyncGenerator<ZipEntry, void, undefined> {
  for await (const event of messageEvents<ExportedMessage, ExportedMessage>(stream)) {
    if (event.kind === 'broken') throw new Failed(event.failure);
    if (event.kind === 'missing') manifest.miss(event.of, event.failure);
    if (event.kind !== 'message') continue;
    const { beginning, octets } = await begun(event.octets);
    const name = fileNameOf(event.message.place, beginning);
    const told = toldOf(event.message, beginning);
    const input = whole(octets, (passed) => manifest.add({ file: name, ...told, ...passed.digest() }));
    yield { name, lastModified: dosDate(told.receivedAt), input };
  }
  const passed = new Passed();
  yield { name: 'manifest.json', input: encoded(manifest.json(), passed) };
  yield { name: 'SHA256SUMS', input: encoded(manifest.sums(passed.digest().sha256), new Passed()) };
}

async function* whole(
  octets: MessageOctets,
  onEnd: (passed: Passed) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const passed = new Passed();
  for (;;) {
    const { done, value } = await octets.next();
    if (done !== true) {
      passed.push(value);
      yield value;
    } else if (value === null) {
      return onEnd(passed);
    } else {
      throw new Failed(value.failure);
    }
  }
}

async function* encoded(lines: Iterable<string>, passed: Passed): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  for (const line of lines) {
    const bytes = encoder.encode(line);
    passed.push(bytes);
    yield bytes;
  }
}

/** What a zip file can say (APPNOTE.TXT §4.4.6): seconds by twos from 1980 on, in no zone; here in UTC. */
const [firstMs, lastMs] = [Date.UTC(1980, 0, 1), Date.UTC(2107, 11, 31)];

const dosDate = (receivedAt: string | null): Date =>
  new Date(Math.min(lastMs, Math.max(firstMs, receivedAt === null ? firstMs : Date.parse(receivedAt))));
