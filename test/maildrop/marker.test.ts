/**
 * Is a message called complete only when it is, whatever a server does to the ends of its replies?
 */
import { describe, expect, it } from 'vitest';
import { Failed } from '../../src/core/failure.ts';
import { markerOf } from '../../src/maildrop/session/marker.ts';
import { type Command, repliesTo, type Wire } from '../../src/maildrop/session/pipeline.ts';
import { asSent, expectSameBytes, multiLine, packetsOf, trickyMessage } from '../support/pop-bytes.ts';
import { connectionTo, connectionWith } from '../support/pop-wire.ts';
import { type Random, seeded } from '../support/random.ts';

const ok = Buffer.from('+OK\r\n');
const terminator = Buffer.from('.\r\n');
const uidlOf = (index: number): string => `uidl-${index + 1}`;
const retrReply = (message: Uint8Array): Buffer => Buffer.concat([ok, multiLine(message)]);
const markerReply = (index: number): Buffer => Buffer.from(`+OK ${index + 1} ${uidlOf(index)}\r\n`);

const retr = (index: number, size: number): Command => ({
  verb: 'RETR',
  line: `RETR ${index + 1}`,
  replyBytes: size,
  isMultiLine: true,
  marker: markerOf('UIDL', { number: index + 1, uidl: uidlOf(index), size }, size),
});

interface Told {
  /** Messages that came to their end, by their place. */
  readonly complete: ReadonlyMap<number, Buffer>;
  readonly refused: readonly number[];
  readonly failure: string | null;
}

/** Everything that a download would give out. */
async function told(wire: Wire, sizes: readonly number[], isPipelined: boolean): Promise<Told> {
  const complete = new Map<number, Buffer>();
  const refused: number[] = [];
  let index = 0;
  try {
    for await (const reply of repliesTo(
      wire,
      sizes.map((size, at) => retr(at, size)),
      { isPipelined },
    )) {
      if (reply.refused !== null) refused.push(index);
      else {
        const chunks: Uint8Array[] = [];
        for await (const chunk of reply.body ?? []) chunks.push(chunk.slice());
        complete.set(index, Buffer.concat(chunks));
      }
      index += 1;
    }
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return { complete, refused, failure: error.failure.kind };
  }
  return { complete, refused, failure: null };
}

const three = ['one', 'two', 'three'].map((word) => Buffer.from(`Subject: ${word}\r\n\r\n${word} ${word}\r\n`));
const sizes = three.map(({ length }) => length);
const exchanges = three.map((message, index): [Buffer, Buffer] => [retrReply(message), markerReply(index)]);

/** The three, the second of which is answered so. */
const second = (...replies: readonly (Buffer | string)[]): Uint8Array[] => [
  Buffer.concat([...(exchanges[0] ?? []), ...replies.map((reply) => Buffer.from(reply)), ...(exchanges[2] ?? [])]),
];

describe('several messages on their way at once', () => {
  const [reply = ok, marker = ok] = exchanges[1] ?? [];

  it('are asked for with the marker of each behind it, in one write', async () => {
    const wire = connectionWith(exchanges.flat());
    const { complete, failure } = await told(wire, sizes, true);
    expect([complete.size, failure]).toEqual([3, null]);
    expect(wire.events.slice(0, 7)).toEqual(['RETR 1', 'UIDL 1', 'RETR 2', 'UIDL 2', 'RETR 3', 'UIDL 3', '<']);
    expect(wire.writes).toBe(1);
  });

  const faults: readonly [string, readonly (Buffer | string)[]][] = [
    ['has no end', [reply.subarray(0, -3), marker]],
    ['has no end and no marker', [reply.subarray(0, -3)]],
    ['has two ends', [reply, terminator, marker]],
    ['ends too early', ['+OK\r\nSubject: two\r\n.\r\n', 'two two\r\n.\r\n', marker]],
    [
      'ends in its middle, and goes on like a reply',
      ['+OK\r\nSubject: two\r\n.\r\n', '+OK\r\nfor another\r\n.\r\n', marker],
    ],
    [
      'ends in its middle, and goes on like a refusal',
      ['+OK\r\nSubject: two\r\n.\r\n', '-ERR\r\nrest\r\n.\r\n', marker],
    ],
    ['is left out', [marker]],
    ['comes twice', [reply, reply, marker]],
    ['has no marker', [reply]],
    ['has the marker of another', [reply, markerReply(2)]],
    ['has a marker with another unique-id', [reply, '+OK 2 uidl-22\r\n']],
    ['has a marker with more in it', [reply, '+OK 2 uidl-2 and more\r\n']],
    ['has a marker that is refused', [reply, '-ERR no such message\r\n']],
    ['has its marker before it', [marker, reply]],
    ['is refused twice', ['-ERR no\r\n', '-ERR no\r\n', '-ERR no\r\n']],
    ['is refused, and its marker is that of another', ['-ERR no\r\n', markerReply(0)]],
  ];
  it.each(faults)('give one and no other when the second %s', async (_how, replies) => {
    const { complete, failure } = await told(connectionWith(second(...replies)), sizes, true);
    expect(failure).toMatch(/^(protocol-violated|connection-lost)$/);
    expect([...complete.keys()]).toEqual([0]);
  });

  it.each([
    ['the marker is right', marker],
    ['the marker is refused as well', Buffer.from('-ERR no such message\r\n')],
  ])('fail the second alone when it is refused, and %s', async (_how, behind) => {
    const answer = await told(connectionWith(second('-ERR [SYS/TEMP] not now\r\n', behind)), sizes, true);
    expect(answer).toMatchObject({ refused: [1], failure: null });
    expect([...answer.complete.keys()]).toEqual([0, 2]);
  });

  it('are not led astray by a message that imitates the markers of others', async () => {
    const lure = Buffer.from('Subject: x\r\n\r\n+OK 2 uidl-2\r\n.\r\n+OK 1 uidl-1\r\n.\r\n+OK\r\n');
    const packets = [retrReply(lure), markerReply(0), ...exchanges.slice(1).flat()];
    const { complete, failure } = await told(connectionWith(packets), [lure.length, ...sizes.slice(1)], true);
    expect(failure).toBeNull();
    expectSameBytes(complete.get(0) ?? ok, lure, 'the message');
  });
});

/** What a broken server makes of its replies; the place of the first message that it breaks. */
type Fault = (replies: Buffer[][], at: number, random: Random) => void;

const faults: readonly [Fault, ...Fault[]] = [
  (replies, at) => replies.splice(at, 1, [(replies[at]?.[0] ?? ok).subarray(0, -3), replies[at]?.[1] ?? ok]),
  (replies, at) => replies[at]?.splice(1, 0, terminator),
  (replies, at) => replies[at]?.shift(),
  (replies, at) => replies[at]?.pop(),
  (replies, at) => replies.splice(at, 1),
  (replies, at) => replies[at]?.reverse(),
  (replies, at) => replies.splice(at, 0, replies[at]?.slice(0, 1) ?? []),
  (replies, at) => replies.splice(at, 0, [Buffer.from('-ERR what\r\n')]),
  // An end that is not one: what a server sends that does not stuff the dots of a message.
  (replies, at, random) => {
    const [reply = ok] = replies[at] ?? [];
    const place = ok.length + random.below(reply.length - ok.length - terminator.length + 1);
    replies[at]?.splice(
      0,
      1,
      Buffer.concat([reply.subarray(0, place), Buffer.from('\r\n.\r\n'), reply.subarray(place)]),
    );
  },
];

it('never calls a message complete that is not, in 4,000 downloads from servers that break their replies', async () => {
  const random = seeded(3206);
  for (let run = 0; run < 4000; run += 1) {
    const messages = Array.from({ length: 2 + random.below(5) }, () => trickyMessage(random));
    const replies = messages.map((message, index) => [retrReply(message), markerReply(index)]);
    const at = random.below(messages.length);
    random.pick(faults)(replies, at, random);
    const packets = packetsOf(Buffer.concat(replies.flat()), random);
    const { complete, failure } = await told(
      connectionWith(packets),
      messages.map(({ length }) => length),
      true,
    );
    expect(failure, `run ${run}`).not.toBeNull();
    expect([...complete.keys()], `run ${run}`).toEqual(Array.from({ length: at }, (_, index) => index));
    for (const [index, bytes] of complete) {
      expectSameBytes(bytes, asSent(messages[index] ?? ok), `run ${run}, message ${index}`);
    }
  }
});

describe('one message at a time', () => {
  /** Answers to RETR with these packets, and to the marker as it should. */
  const answering = (packets: readonly (Buffer | string)[], marker = markerReply(0)) =>
    connectionTo((line) => (line === 'RETR 1' ? packets.map((packet) => Buffer.from(packet)) : [marker]));
  const [message = ok] = three;
  const [size = 0] = sizes;
  const lineFeeds = message.toString().split('\n').length - 1;

  it.each([
    ['exactly', size],
    ['without the end that the server adds to the last line', size - 2],
    ['with LF for CRLF', size - lineFeeds],
  ])('costs one round trip when LIST counts it %s', async (_how, told_) => {
    const wire = answering([retrReply(message)]);
    expect((await told(wire, [told_], false)).complete.size).toBe(1);
    expect(wire.events.filter((event) => event !== '<')).toEqual(['RETR 1']);
  });

  it.each([1, 1000])(
    'is asked for its marker when LIST tells %d octets more, and is complete when that is right',
    async (more) => {
      const wire = answering([retrReply(message)]);
      expect(await told(wire, [size + more], false)).toMatchObject({ failure: null });
      expect(wire.events.filter((event) => event !== '<')).toEqual(['RETR 1', 'UIDL 1']);
    },
  );

  it('is not complete when it ends early, and the rest came in the same packet', async () => {
    const wire = answering(['+OK\r\nSubject: one\r\n.\r\n\r\none one\r\n.\r\n']);
    expect(await told(wire, [size], false)).toMatchObject({ failure: 'protocol-violated', complete: new Map() });
  });

  it('is not complete when more came in the same packet, though LIST tells just the octets that came', async () => {
    const wire = answering(['+OK\r\nSubject: one\r\n.\r\n\r\none one\r\n.\r\n']);
    const octets = 'Subject: one\r\n'.length;
    expect(await told(wire, [octets], false)).toMatchObject({ failure: 'protocol-violated', complete: new Map() });
  });

  it.each([
    ['like text', 'one one\r\n.\r\n'],
    ['like a reply', '+OK 1 guessed\r\n.\r\n'],
    ['like a refusal', '-ERR\r\n.\r\n'],
  ])('is not complete when it ends early, and the rest comes later, %s', async (_how, rest) => {
    const wire = answering(['+OK\r\nSubject: one\r\n.\r\n', rest]);
    expect(await told(wire, [size], false)).toMatchObject({ failure: 'protocol-violated', complete: new Map() });
  });
});
