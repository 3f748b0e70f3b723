/**
 * Do events arrive as they were sent, however the stream is cut?
 */
import { Buffer } from 'node:buffer';
import { expect, it } from 'vitest';
import type { Uid } from '../../../src/mailbox/answers.ts';
import { LineReader, type LiveEvent, lineOf } from '../../../src/mailbox/live/lines.ts';

const allOctets = Uint8Array.from({ length: 256 }, (_, index) => index);
const events: readonly LiveEvent[] = [
  { kind: 'alive' },
  {
    kind: 'changes',
    changes: {
      mailboxPath: 'Größe\n\u2028🎉',
      uidValidity: 1,
      oldState: null,
      newState: allOctets,
      hasMoreChanges: true,
      created: [1 as Uid, 4294967295 as Uid],
      updated: [],
      destroyed: [2 as Uid],
    },
  },
  { kind: 'failure', failure: { kind: 'state-gone' } },
];
const bytes = Buffer.concat(events.map(lineOf));
/** Node's own kind of octets compare with no other. */
const plain = (read: readonly LiveEvent[]): unknown =>
  read.map((event) =>
    event.kind === 'changes'
      ? { ...event, changes: { ...event.changes, newState: [...event.changes.newState] } }
      : event,
  );

it.each([1, 2, 3, 7, 50, 1000])('in pieces of %i octets', (size) => {
  const reader = new LineReader();
  const read: LiveEvent[] = [];
  for (let at = 0; at < bytes.length; at += size) read.push(...reader.eventsIn(bytes.subarray(at, at + size)));
  expect(plain(read)).toEqual(plain(events));
});
