/**
 * A connection to a POP3 server without a network, on which what was sent before what was read is plain to see.
 */
import { Failed } from '../../src/core/failure.ts';
import type { Wire } from '../../src/maildrop/session/pipeline.ts';
import { ReplyReader } from '../../src/maildrop/session/reply-reader.ts';
import { judged } from '../../src/maildrop/session/status-line.ts';

export interface Connection extends Wire {
  /** Commands, and `<` for each packet that was read. */
  readonly events: readonly string[];
  readonly writes: number;
  /** Commands that were sent and whose reply has not begun to be read. */
  readonly mostAhead: number;
}

/** A connection on which these packets come, and then its end. */
export const connectionWith = (packets: Iterable<Uint8Array>): Connection => {
  const waiting = packets[Symbol.iterator]();
  return connection(
    () => waiting.next().value ?? null,
    () => undefined,
  );
};

/** A connection to a server that answers each command with these packets. One that says nothing more has ended. */
export const connectionTo = (answer: (line: string) => readonly Uint8Array[]): Connection => {
  const waiting: Uint8Array[] = [];
  return connection(
    () => waiting.shift() ?? null,
    (line) => waiting.push(...answer(line)),
  );
};

function connection(nextPacket: () => Uint8Array | null, onCommand: (line: string) => void): Connection {
  const events: string[] = [];
  const counted = { writes: 0, ahead: 0, mostAhead: 0 };
  const reader = new ReplyReader(async () => {
    events.push('<');
    return nextPacket();
  });
  return {
    events,
    get writes() {
      return counted.writes;
    },
    get mostAhead() {
      return counted.mostAhead;
    },
    get hasUnread() {
      return reader.hasUnread;
    },
    within: (_limitMs, _phase, exchange) => exchange(),
    async write(...lines) {
      if (reader.hasUnread) throw new Failed({ kind: 'protocol-violated', detail: 'It spoke unasked.' });
      await this.writeAhead(...lines);
    },
    async writeAhead(...lines) {
      events.push(...lines);
      for (const line of lines) onCommand(line);
      counted.writes += 1;
      counted.ahead += lines.length;
      counted.mostAhead = Math.max(counted.mostAhead, counted.ahead);
    },
    async status(command) {
      const line = Buffer.from(await reader.line()).toString('latin1');
      counted.ahead -= 1;
      return judged(command, line);
    },
    body: () => reader.body(),
  };
}
