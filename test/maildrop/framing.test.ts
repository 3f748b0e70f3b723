/**
 * Is a message found in the packets of a server, whatever the message and however they are cut?
 *
 * The truth is the message itself, and besides it an independent reader that has everything in one buffer.
 */
import { expect, it } from 'vitest';
import { collected, ReplyReader } from '../../src/maildrop/session/reply-reader.ts';
import {
  asSent,
  cutAt,
  expectSameBytes,
  linesBetweenCrlf,
  multiLine,
  packetsOf,
  trickyMessage,
} from '../support/pop-bytes.ts';
import { seeded } from '../support/random.ts';

/** A reader of these packets, and of the end of the connection after them. */
function readerOf(packets: readonly Uint8Array[]): ReplyReader {
  const waiting = packets.values();
  return new ReplyReader(async () => waiting.next().value ?? null);
}

async function bodyOf(reader: ReplyReader): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of reader.body()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What the reply carries, and what stands behind it: by lines, everything in one buffer. */
function naively(bytes: Uint8Array): { body: Buffer; rest: Buffer } {
  const lines = linesBetweenCrlf(bytes);
  const end = lines.findIndex((line) => line.toString('latin1') === '.');
  const body = lines.slice(0, end).map((line) => `${line.toString('latin1').replace(/^\./, '')}\r\n`);
  return {
    body: Buffer.from(body.join(''), 'latin1'),
    rest: Buffer.from(
      lines
        .slice(end + 1)
        .map((line) => line.toString('latin1'))
        .join('\r\n'),
      'latin1',
    ),
  };
}

const next = Buffer.from('+OK 3 messages\r\n.\r\n');

it('reads 2,000 random messages byte for byte, however their packets are cut', async () => {
  const random = seeded(1939);
  for (let index = 0; index < 2000; index += 1) {
    const message = trickyMessage(random);
    const wire = multiLine(message);
    const read = await bodyOf(readerOf(packetsOf(wire, random)));
    expectSameBytes(read, asSent(message), `message ${index}`);
    expectSameBytes(read, naively(wire).body, `message ${index}, read naively`);
  }
});

it('reads 2,000 random replies of a server that forgets to stuff its dots as a reader of whole lines does', async () => {
  const random = seeded(2449);
  for (let index = 0; index < 2000; index += 1) {
    const wire = Buffer.concat([trickyMessage(random), Buffer.from('\r\n.\r\n'), next]);
    const reader = readerOf(packetsOf(wire, random));
    const { body, rest } = naively(wire);
    expectSameBytes(await bodyOf(reader), body, `reply ${index}`);
    const [line = ''] = rest.toString('latin1').split(/\r?\n/);
    expectSameBytes(await reader.line(), Buffer.from(line, 'latin1'), `what follows reply ${index}`);
  }
});

const short = [
  '',
  '.',
  '..',
  '.\r',
  '.\r\n.\r\n',
  'a\r\n.',
  '\r\n.\r',
  '\n.\n',
  'a\n.\r\nb',
  '\r\r\n.\r\n',
  '.\r.\r\n',
  '\r\n\r\n',
  '.\0\xff\r\n',
];

it.each(short.map((text) => JSON.stringify(text)))(
  'reads %s in one, two or three packets, wherever they are cut',
  async (json) => {
    const message = Buffer.from(JSON.parse(json), 'latin1');
    const wire = Buffer.concat([multiLine(message), next]);
    const offsets = [...wire.keys()].slice(1);
    const pairs = offsets.flatMap((first) =>
      offsets.filter((second) => second >= first).map((second) => [first, second]),
    );
    for (const cuts of [[], ...pairs]) {
      const reader = readerOf(cutAt(wire, cuts));
      expectSameBytes(await bodyOf(reader), asSent(message), `cut at ${cuts}`);
      expect(Buffer.from(await reader.line()).toString(), `cut at ${cuts}`).toBe('+OK 3 messages');
      expect((await bodyOf(reader)).length, `cut at ${cuts}`).toBe(0);
      expect(reader.hasUnread).toBe(false);
    }
  },
);

it.each(short.map((text) => JSON.stringify(text)))(
  'calls the connection lost when it ends anywhere inside %s',
  async (json) => {
    const wire = multiLine(Buffer.from(JSON.parse(json), 'latin1'));
    for (let length = 0; length < wire.length; length += 1) {
      for (const at of [0, ...Array.from({ length }, (_, index) => index)]) {
        const packets = cutAt(wire.subarray(0, length), at === 0 ? [] : [at]);
        await expect(bodyOf(readerOf(packets)), `after ${length} bytes`).rejects.toMatchObject({
          failure: { kind: 'connection-lost' },
        });
      }
    }
  },
);

it('reads a status line however its packets are cut, and leaves what follows it', async () => {
  const wire = Buffer.from('+OK caf\xe9 \r is not an end\r\n\r\nlone LF\n.', 'latin1');
  for (const first of wire.keys()) {
    for (let second = first; second < wire.length; second += 1) {
      const reader = readerOf(cutAt(wire, [first, second]));
      expect(Buffer.from(await reader.line()).toString('latin1')).toBe('+OK caf\xe9 \r is not an end');
      expect(await reader.line()).toHaveLength(0);
      expect(Buffer.from(await reader.line()).toString()).toBe('lone LF');
      await expect(reader.line()).rejects.toMatchObject({ failure: { kind: 'connection-lost' } });
    }
  }
});

it('gives up on a line that does not end', async () => {
  const packets = Array.from({ length: 20 }, () => Buffer.alloc(1000, 'x'));
  await expect(readerOf(packets).line()).rejects.toMatchObject({
    failure: { kind: 'limit-exceeded', limit: 'replyLineBytes' },
  });
});

it('asks for no packet before somebody wants its bytes', async () => {
  const wire = multiLine(Buffer.from('one\r\ntwo\r\n'));
  let asked = 0;
  const reader = new ReplyReader(async () => {
    asked += 1;
    return wire.subarray(asked - 1, asked);
  });
  const body = reader.body();
  expect(asked).toBe(0);
  await body.next();
  expect(asked).toBe(1);
  await body.return();
  expect(asked).toBe(1);
});

it('keeps a short reply in memory of its own, and not the packet that many came in', async () => {
  const reply = multiLine(Buffer.from('Subject: short\r\n'));
  const reader = readerOf([Buffer.concat(Array.from({ length: 100 }, () => reply))]);
  for (let index = 0; index < 100; index += 1) {
    const kept = await collected(reader.body(), 1000, 'headerBytes');
    expect(Buffer.from(kept).toString()).toBe('Subject: short\r\n');
    expect(kept.buffer.byteLength).toBe(kept.length);
  }
});
