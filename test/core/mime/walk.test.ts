import { describe, expect, it } from 'vitest';
import type { MimePart } from '../../../src/core/mime/part.ts';
import { decodeTransfer } from '../../../src/core/mime/transfer.ts';
import { MessageWalker, type Walked, walkLimits } from '../../../src/core/mime/walk.ts';
import { chunksOf, randomMail, seeded } from './random-mail.ts';

interface Seen extends Walked {
  /** Transfer-encoded bytes of each leaf, in latin1. */
  readonly bodies: Map<string, string>;
}

function walked(chunks: readonly Uint8Array[], limits = walkLimits): Seen {
  const bodies = new Map<string, string>();
  const walker = new MessageWalker((leaf) => {
    const pieces: Uint8Array[] = [];
    return {
      push: (bytes) => pieces.push(bytes),
      end: () => bodies.set(leaf.partId, Buffer.concat(pieces).toString('latin1')),
    };
  }, limits);
  for (const chunk of chunks) walker.push(chunk);
  return { ...walker.end(), bodies };
}

const walkedText = (text: string, limits = walkLimits): Seen => walked([Buffer.from(text, 'latin1')], limits);

function leavesOf(part: MimePart): MimePart[] {
  return part.type.startsWith('multipart/') ? part.children.flatMap(leavesOf) : [part];
}

function shapeOf(part: MimePart): string {
  const inside = part.type.startsWith('multipart/') ? `(${part.children.map(shapeOf).join(' ')})` : '';
  return `${part.partId}:${part.type}${inside}`;
}

const multipart = (body: string, subtype = 'mixed'): string =>
  `Content-Type: multipart/${subtype}; boundary=abc\r\n\r\n${body}`;

describe('random messages', () => {
  it('come out as they were made, in one chunk, in random chunks and byte by byte', () => {
    let leafCount = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const mail = randomMail(seed);
      const random = seeded(seed);
      for (const size of [() => mail.bytes.length, () => 1 + Math.floor(random() * 40), () => 1]) {
        const seen = walked(chunksOf(mail.bytes, size));
        expect(shapeOf(seen.root), `seed ${seed}`).toBe(mail.shape);
        expect(seen.size).toBe(mail.bytes.length);
        expect(seen.isPartial).toBe(false);
        const leaves = leavesOf(seen.root);
        expect(leaves).toHaveLength(mail.leaves.length);
        for (const [index, truth] of mail.leaves.entries()) {
          const leaf = leaves[index];
          const body = Buffer.from(seen.bodies.get(truth.partId) ?? 'missing', 'latin1');
          const content = Buffer.from(decodeTransfer(body, leaf?.encoding ?? ''));
          expect(content.toString('latin1'), `seed ${seed} part ${truth.partId}`).toBe(
            truth.content.toString('latin1'),
          );
          expect([leaf?.encodedSize, leaf?.decodedSize]).toEqual([body.length, truth.content.length]);
        }
        leafCount += leaves.length;
      }
    }
    expect(leafCount).toBeGreaterThan(3_000);
  });
});

describe('the tree', () => {
  it('numbers parts as IMAP does', () => {
    const inner = multipart('--x\r\n\r\none\r\n--x\r\n\r\ntwo\r\n--x--').replace('boundary=abc', 'boundary=x');
    const { root } = walkedText(multipart(`--abc\r\n\r\nfirst\r\n--abc\r\n${inner}\r\n--abc--\r\n`));
    expect(shapeOf(root)).toBe(':multipart/mixed(1:text/plain 2:multipart/mixed(2.1:text/plain 2.2:text/plain))');
  });

  it('calls the only part of a simple message 1, and gives an empty message one', () => {
    expect(walkedText('Subject: x\r\n\r\nhello').root).toMatchObject({
      partId: '1',
      type: 'text/plain',
      encodedSize: 5,
    });
    expect(walkedText('').root).toMatchObject({ partId: '1', type: 'text/plain', encodedSize: 0 });
    expect(walkedText('Subject: x').root).toMatchObject({ partId: '1', encodedSize: 0 });
  });

  it('takes a forwarded message as one leaf', () => {
    const forwarded = `Content-Type: message/rfc822\r\n\r\n${multipart('--q\r\n\r\nin\r\n--q--').replace('=abc', '=q')}`;
    const { root, bodies } = walkedText(multipart(`--abc\r\n${forwarded}\r\n--abc--`));
    expect(shapeOf(root)).toBe(':multipart/mixed(1:message/rfc822)');
    expect(bodies.get('1')).toContain('--q--');
  });

  it('implies message/rfc822 inside a digest (RFC 2046 §5.1.5)', () => {
    expect(shapeOf(walkedText(multipart('--abc\r\n\r\nSubject: x\r\n\r\nhi\r\n--abc--', 'digest')).root)).toBe(
      ':multipart/digest(1:message/rfc822)',
    );
  });

  it('reads a multipart without a boundary as text', () => {
    const { root, bodies } = walkedText('Content-Type: multipart/mixed\r\n\r\n--abc\r\nhello');
    expect(root).toMatchObject({ partId: '1', type: 'text/plain', children: [] });
    expect(bodies.get('1')).toBe('--abc\r\nhello');
  });

  it('ends a part whose header never ended', () => {
    expect(shapeOf(walkedText(multipart('--abc\r\nContent-Type: text/html\r\n--abc\r\n\r\nx\r\n--abc--')).root)).toBe(
      ':multipart/mixed(1:text/html 2:text/plain)',
    );
  });
});

describe('hostile mail', () => {
  it('is read up to the limit of parts, and says so', () => {
    const seen = walkedText(multipart('--abc\r\n\r\nx\r\n'.repeat(100_000)));
    expect(seen.root.children).toHaveLength(walkLimits.parts - 1);
    expect([seen.isPartial, seen.bodies.size]).toEqual([true, walkLimits.parts - 1]);
    expect(seen.size).toBeGreaterThan(1_000_000);
  });

  it('is read down to the limit of depth, and what is deeper is one opaque part', () => {
    const levels = Array.from({ length: 10_000 }, (_, level) => {
      return `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`;
    });
    const seen = walkedText(levels.join(''));
    const [leaf, ...others] = leavesOf(seen.root);
    expect(others).toEqual([]);
    expect(leaf).toMatchObject({ type: 'application/octet-stream', partId: Array(32).fill('1').join('.') });
    expect([seen.isPartial, [...seen.bodies.keys()]]).toEqual([true, [leaf?.partId]]);
  });

  it('has its header cut at the limit, and its body read all the same', () => {
    const seen = walkedText(`Subject: ${'x'.repeat(1_000_000)}\r\nContent-Type: text/html\r\n\r\nbody`);
    expect([seen.header.length, seen.isPartial, seen.bodies.get('1')]).toEqual([walkLimits.headerBytes, true, 'body']);
  });

  it('passes on look-alikes of boundaries as content and holds back one line at most', () => {
    let passedOn = 0;
    const walker = new MessageWalker(() => ({
      push: (bytes) => {
        passedOn += bytes.length;
      },
      end: () => undefined,
    }));
    walker.push(Buffer.from(multipart('--abc\r\n\r\n')));
    const lookAlikes = [
      `--abcd\r\n`,
      `--ab\r\n`,
      `--abc-\r\n`,
      '-'.repeat(5_000),
      '\r\n--abc x\r\n',
      '\r\n\r',
      '--abc---',
    ];
    let given = 0;
    for (let round = 0; round < 20_000; round++) {
      const chunk = Buffer.from(lookAlikes[round % lookAlikes.length] ?? '');
      walker.push(chunk);
      given += chunk.length;
      expect(given - passedOn).toBeLessThan(1_100);
    }
    expect(walker.end().root.children).toHaveLength(1);
    expect(passedOn).toBe(given);
  });
});
