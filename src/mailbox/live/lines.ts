/**
 * How do events cross from the proxy to the gateway?
 *
 * As lines of JSON in a byte stream, of which each is an event: one stream means one lifetime, so that the listener has left
 * when its reader has. Pure.
 */
import { Buffer } from 'node:buffer';
import type { MailFailure } from '../../core/failure.ts';
import { Lines } from '../../core/lines.ts';
import type { FetchedChanges } from '../answers.ts';

export type LiveEvent =
  | { readonly kind: 'changes'; readonly changes: FetchedChanges }
  /** Nothing has changed for a while. */
  | { readonly kind: 'alive' }
  /** Nothing will be told any more. */
  | { readonly kind: 'failure'; readonly failure: MailFailure };

/** JSON has no line end inside of a text. */
export function lineOf(event: LiveEvent): Uint8Array {
  const told = event.kind === 'changes' ? { kind: event.kind, changes: writable(event.changes) } : event;
  return Buffer.from(`${JSON.stringify(told)}\n`);
}

const writable = ({ oldState, newState, ...changes }: FetchedChanges) => ({
  ...changes,
  oldState: oldState === null ? null : base64Of(oldState),
  newState: base64Of(newState),
});

const base64Of = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** The events in a stream of such lines, however it is cut. */
export class LineReader {
  readonly #lines = new Lines();

  eventsIn(bytes: Uint8Array): LiveEvent[] {
    return this.#lines.in(bytes).map(eventOf);
  }
}

function eventOf(line: string): LiveEvent {
  const event = JSON.parse(line);
  if (event.kind !== 'changes') return event;
  const { oldState, newState } = event.changes;
  const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'base64');
  return {
    kind: 'changes',
    changes: {
      ...event.changes,
      oldState: oldState === null ? null : bytesOf(oldState),
      newState: bytesOf(newState),
    },
  };
}
