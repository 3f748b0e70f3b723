/**
 * Are commands sent ahead as far as they may be, and does each get its own reply?
 *
 * The server is a queue of packets and the writing of each command a line in a list, so that what was sent before what was
 * read is plain to see.
 */
import { describe, expect, it } from 'vitest';
import { Failed } from '../../src/core/failure.ts';
import { limits } from '../../src/core/limits.ts';
import { type Command, repliesTo, type Wire } from '../../src/maildrop/session/pipeline.ts';
import { asSent, expectSameBytes, multiLine, packetsOf, trickyMessage } from '../support/pop-bytes.ts';
import { connectionWith } from '../support/pop-wire.ts';
import { seeded } from '../support/random.ts';

const retr = (index: number, replyBytes = 1000): Command => ({
  verb: 'RETR',
  line: `RETR ${index + 1}`,
  replyBytes,
  isMultiLine: true,
});
const dele = (index: number): Command => ({
  verb: 'DELE',
  line: `DELE ${index + 1}`,
  replyBytes: 10,
  isMultiLine: false,
});
const some = <T>(count: number, each: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => each(i));

const status = (text = '+OK\r\n') => Buffer.from(text);
const replyWith = (message: Uint8Array) => Buffer.concat([status(), multiLine(message)]);

/** What each reply says, in order: its bytes, `ok`, or why it was refused. */
async function told(wire: Wire, commands: readonly Command[], isPipelined: boolean): Promise<(Buffer | string)[]> {
  const answers: (Buffer | string)[] = [];
  for await (const reply of repliesTo(wire, commands, { isPipelined })) {
    if (reply.refused !== null) {
      answers.push(reply.refused.text);
      continue;
    }
    if (reply.body === null) {
      answers.push('ok');
      continue;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of reply.body) chunks.push(chunk);
    answers.push(Buffer.concat(chunks));
  }
  return answers;
}

const texts = (answers: readonly (Buffer | string)[]) => answers.map(String);

it('has all commands on the wire, in one write, before it reads the first reply', async () => {
  const wire = connectionWith(some(20, () => status()));
  await told(wire, some(20, dele), true);
  expect(wire.events.slice(0, 21)).toEqual([...some(20, (index) => `DELE ${index + 1}`), '<']);
  expect(wire.writes).toBe(1);
});

it('never has two commands on the wire when the server does not announce PIPELINING', async () => {
  const wire = connectionWith(some(20, () => replyWith(Buffer.from('x\r\n'))));
  await told(wire, some(20, retr), false);
  expect(wire.events).toEqual(some(20, (index) => [`RETR ${index + 1}`, '<']).flat());
  expect(wire.mostAhead).toBe(1);
});

it.each([true, false])('sends nothing for nothing (pipelined: %s)', async (isPipelined) => {
  const wire = connectionWith([]);
  expect(await told(wire, [], isPipelined)).toEqual([]);
  expect(wire.events).toEqual([]);
});

describe('the window', () => {
  it('bounds how many commands are ahead, and is filled up when half of it is empty', async () => {
    const count = 3 * limits.pipelineCommands;
    const half = limits.pipelineCommands / 2;
    const wire = connectionWith(some(count, () => status()));
    expect(await told(wire, some(count, dele), true)).toHaveLength(count);
    expect(wire.mostAhead).toBe(limits.pipelineCommands);
    expect(wire.events.indexOf('<')).toBe(limits.pipelineCommands);
    // The next half goes out in one write, when the replies to the first have been read.
    const next = wire.events.slice(limits.pipelineCommands, 2 * limits.pipelineCommands);
    expect(next).toEqual([
      ...some(half, () => '<'),
      ...some(half, (index) => `DELE ${limits.pipelineCommands + index + 1}`),
    ]);
    expect(wire.writes).toBe(5);
  });

  it('bounds how many bytes are on their way', async () => {
    const third = Math.floor(limits.pipelineBytes / 3);
    const wire = connectionWith(some(20, () => replyWith(Buffer.from('x\r\n'))));
    await told(
      wire,
      some(20, (index) => retr(index, third)),
      true,
    );
    expect(wire.mostAhead).toBe(3);
  });

  it('lets a message through that is larger than the window, alone', async () => {
    const sizes = [10, 2 * limits.pipelineBytes, 10, 10];
    const wire = connectionWith(sizes.map(() => replyWith(Buffer.from('x\r\n'))));
    const commands = sizes.map((size, index) => retr(index, size));
    expect(texts(await told(wire, commands, true))).toEqual(some(4, () => 'x\r\n'));
    expect(wire.events).toEqual(['RETR 1', '<', 'RETR 2', '<', 'RETR 3', 'RETR 4', '<', '<']);
  });
});

it('tells which of many is refused, and gives each of the others its own', async () => {
  const replies = some(9, (index) =>
    index % 3 === 1 ? status(`-ERR [SYS/TEMP] not ${index}\r\n`) : replyWith(Buffer.from(`-ERR ${index}\r\n`)),
  );
  for (const packets of [replies, [Buffer.concat(replies)]]) {
    const answers = await told(connectionWith(packets), some(9, retr), true);
    expect(texts(answers)).toEqual(
      some(9, (index) => (index % 3 === 1 ? `[SYS/TEMP] not ${index}` : `-ERR ${index}\r\n`)),
    );
  }
});

it.each([true, false])('reads 500 random messages byte for byte, in random packets (pipelined: %s)', async (ahead) => {
  const random = seeded(2449);
  const messages = some(500, () => trickyMessage(random));
  const replies = messages.map(replyWith);
  // A server that is asked one thing at a time says no more than it was asked for.
  const packets = (ahead ? [Buffer.concat(replies)] : replies).flatMap((bytes) => packetsIn(bytes, random));
  const commands = messages.map((bytes, index) => retr(index, bytes.length));
  const answers = await told(connectionWith(packets), commands, ahead);
  expect(answers).toHaveLength(500);
  for (const [index, answer] of answers.entries()) {
    expectSameBytes(Buffer.from(answer), asSent(messages[index] ?? Buffer.of()), `message ${index}`);
  }
});

/** Pieces of the whole, each cut in a manner of its own, and ends of replies inside packets. */
const packetsIn = (bytes: Uint8Array, random: ReturnType<typeof seeded>): Uint8Array[] =>
  some(Math.ceil(bytes.length / 997), (index) => bytes.subarray(index * 997, (index + 1) * 997)).flatMap((piece) =>
    packetsOf(piece, random),
  );

it('takes a packet only when its reader wants one, though commands are ahead', async () => {
  const whole = Buffer.concat(some(50, (index) => replyWith(Buffer.from(`message ${index}\r\n`.repeat(100)))));
  const wire = connectionWith(
    some(Math.ceil(whole.length / 500), (index) => whole.subarray(index * 500, (index + 1) * 500)),
  );
  const replies = repliesTo(wire, some(50, retr), { isPipelined: true });
  const { value: reply } = await replies.next();
  expect(wire.mostAhead).toBe(50);
  expect(wire.events.filter((event) => event === '<')).toHaveLength(1);
  const body = reply?.refused === null ? reply.body : null;
  await body?.next();
  await body?.next();
  expect(wire.events.filter((event) => event === '<')).toHaveLength(2);
});

it('gives what came whole before the connection ended, and nothing of what did not', async () => {
  const replies = some(5, (index) => replyWith(Buffer.from(`message ${index}\r\n`)));
  const whole = Buffer.concat(replies);
  const [first = Buffer.of(), second = Buffer.of()] = replies;
  for (let length = 0; length < whole.length; length += 1) {
    const seen: string[] = [];
    const reading = (async () => {
      for await (const reply of repliesTo(connectionWith([whole.subarray(0, length)]), some(5, retr), {
        isPipelined: true,
      })) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of (reply.refused === null ? reply.body : null) ?? []) chunks.push(chunk);
        seen.push(Buffer.concat(chunks).toString());
      }
    })();
    await expect(reading).rejects.toMatchObject({ failure: { kind: 'connection-lost' } });
    expect(seen).toEqual(some(Math.floor(length / first.length), (index) => `message ${index}\r\n`));
  }
  expect(first.length).toBe(second.length);
});

it('sends nothing more when its reader has left', async () => {
  const wire = connectionWith(some(300, () => status()));
  for await (const _ of repliesTo(wire, some(300, dele), { isPipelined: true })) break;
  expect(wire.events).toHaveLength(limits.pipelineCommands + 1);
});

it('ends when the server says neither +OK nor -ERR', async () => {
  const wire = connectionWith([status('+OK\r\nsurprise\r\n+OK\r\n')]);
  await expect(told(wire, some(3, dele), true)).rejects.toBeInstanceOf(Failed);
});
