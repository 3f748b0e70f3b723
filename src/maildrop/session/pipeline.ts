/**
 * How are many commands sent without waiting for each reply? (PIPELINING, RFC 2449 §6.6)
 *
 * A server that announces it is sent commands ahead of their replies, as long as the replies that are on their way stay
 * within a window of bytes; any other is sent one at a time. Either way replies are read in order, each to its end.
 */
import { limits } from '../../core/limits.ts';
import { Refused } from './status-line.ts';
import type { Body, PopWire } from './wire.ts';

/** What is needed of the connection. */
export type Wire = Pick<PopWire, 'within' | 'write' | 'status' | 'body'>;

export interface Command {
  readonly verb: 'RETR' | 'TOP' | 'DELE';
  readonly line: string;
  /** About how many bytes the reply will have. */
  readonly replyBytes: number;
}

/** A refusal, or the bytes of a multi-line reply; `DELE` has none. */
export type Reply = { readonly refused: Refused } | { readonly refused: null; readonly body: Body | null };

/** A reply for each command, in order. Throws Failed. */
export async function* repliesTo(
  wire: Wire,
  commands: readonly Command[],
  isPipelined: boolean,
): AsyncGenerator<Reply, void, undefined> {
  let sent = 0;
  let awaitedBytes = 0;
  for (const [index, { verb, replyBytes }] of commands.entries()) {
    const lines: string[] = [];
    for (let next = commands[sent]; next !== undefined; next = commands[sent]) {
      const isInWindow =
        awaitedBytes + next.replyBytes <= limits.pipelineBytes && sent - index < limits.pipelineCommands;
      if (sent > index && !(isPipelined && isInWindow)) break;
      lines.push(next.line);
      awaitedBytes += next.replyBytes;
      sent += 1;
    }
    yield await replyTo(wire, verb, lines);
    awaitedBytes -= replyBytes;
  }
}

async function replyTo(wire: Wire, verb: Command['verb'], lines: readonly string[]): Promise<Reply> {
  try {
    await wire.within(limits.commandMs, 'command', async () => {
      if (lines.length > 0) await wire.write(...lines);
      await wire.status(verb);
    });
    return { refused: null, body: verb === 'DELE' ? null : wire.body() };
  } catch (error) {
    if (error instanceof Refused) return { refused: error };
    throw error;
  }
}
