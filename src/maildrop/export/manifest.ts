/**
 * What is in a backup, and what is not?
 */
import { createHash } from 'node:crypto';
import type { MailFailure } from '../../core/failure.ts';
import { problemOf } from '../../core/problem.ts';
import type { SpooledMessage } from '../answers.ts';
import type { ExportNumbers } from './frames.ts';
import { Ledger } from './ledger.ts';
import { cursorOf, namedOf } from './told.ts';

interface Entry {
  readonly file: string;
  readonly sha256: string;
}

export class Manifest {
  readonly #numbers: ExportNumbers;
  readonly #messages = new Ledger();
  readonly #missing = new Ledger();
  readonly #digest = createHash('sha256');

  constructor(numbers: ExportNumbers) {
    this.#numbers = numbers;
  }

  add(entry: Entry): void {
    this.#messages.add(entry);
    this.#digest.update(`${entry.sha256}\n`);
  }

  miss(message: SpooledMessage, failure: MailFailure): void {
    this.#missing.add({ ...namedOf(message), problem: problemOf(failure) });
  }

  /** One JSON document, a message a line. To be asked for once, at the end. */
  *json(): Generator<string, void, undefined> {
    const { total } = this.#numbers;
    const ending = {
      total,
      count: this.#messages.lines,
      isComplete: this.#missing.lines === 0,
      sha256: this.#digest.digest('hex'),
      nextCursor: cursorOf(this.#numbers),
    };
    yield '{"messages":[';
    yield* listed(this.#messages);
    yield '],\n"missing":[';
    yield* listed(this.#missing);
    yield `],\n${JSON.stringify(ending).slice(1)}\n`;
  }

  /** As `sha256sum` of GNU coreutils writes it; `ofManifest` is the digest of what `json` gave. */
  *sums(ofManifest: string): Generator<string, void, undefined> {
    for (const entry of this.#messages.entries()) {
      const { file, sha256 }: Entry = JSON.parse(entry);
      yield `${sha256}  ${file}\n`;
    }
    yield `${ofManifest}  manifest.json\n`;
  }
}

function* listed(ledger: Ledger): Generator<string, void, undefined> {
  let separator = '\n';
  for (const entry of ledger.entries()) {
    yield separator + entry;
    separator = ',\n';
  }
}
