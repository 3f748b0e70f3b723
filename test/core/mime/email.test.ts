import { createHash } from 'node:crypto';
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import { demoMessages } from '../../../scripts/demo/messages.ts';
import { bodyOf, bodyPartOf, openPart, readEmail } from '../../../src/core/mime/email.ts';
import { MessageWalker } from '../../../src/core/mime/walk.ts';
import { leaf } from './parts.ts';
import { EmailBodies } from './schemas.ts';

const streamOf = (bytes: Uint8Array | string): ReadableStream<Uint8Array> => new Blob([Buffer.from(bytes)]).stream();
const read = (text: string, maxBodyBytes = 1000) => readEmail(streamOf(text), { maxBodyBytes });
const withType = (type: string, body: string): string => `Content-Type: ${type}\r\n\r\n${body}`;
const mixed = (...parts: string[]): string =>
  withType('multipart/mixed; boundary=abc', `${parts.map((part) => `--abc\r\n${part}\r\n`).join('')}--abc--\r\n`);
/** A digest, without CR and without line ends at the end: postal-mime rewrites the ones and adds the others. */
const essence = (bytes: Uint8Array): string => {
  const bare = bytes.filter((byte) => byte !== 0x0d);
  return createHash('sha256')
    .update(bare.subarray(0, bare.findLastIndex((byte) => byte !== 0x0a) + 1))
    .digest('hex');
};

const part = leaf('text/plain', '1', { encoding: 'base64', encodedSize: 780 });

describe('a message', () => {
  it.each(demoMessages(new Date('2026-11-22T12:00:00Z')).map((message, index) => [index, message.bytes] as const))(
    'has the attachments that an independent reader finds (demo message %i)',
    async (_, bytes) => {
      const email = await readEmail(streamOf(bytes), { maxBodyBytes: 1_000_000 });
      expect(() => EmailBodies.parse(email.bodies)).not.toThrow();
      expect([email.size, email.isPartial, email.bodies.isTruncated]).toEqual([bytes.length, false, false]);
      const theirs = await PostalMime.parse(bytes, { forceRfc822Attachments: true });
      const files = new Map(theirs.attachments.map((file) => [file.filename, file.content]));
      for (const attachment of email.bodies.attachments.filter((each) => each.name !== null)) {
        const content = files.get(attachment.name);
        if (content === undefined || typeof content === 'string') throw new Error(`${attachment.name} is not there`);
        const opened = await openPart(streamOf(bytes), attachment.partId);
        const body = new Uint8Array(await new Response(opened?.body).arrayBuffer());
        expect(body.length).toBe(attachment.size);
        expect(essence(body)).toBe(essence(new Uint8Array(content)));
      }
    },
  );

  const html = (body: string) => withType('text/html', body);

  it('joins its texts with a newline, and its HTML without', async () => {
    expect((await read(mixed(withType('text/plain', 'one'), withType('text/plain', 'two')))).bodies.text).toBe(
      'one\ntwo',
    );
    expect((await read(mixed(html('<p>one'), html('<p>two')))).bodies).toMatchObject({
      text: 'one\ntwo',
      isTextDerived: true,
      html: '<p>one<p>two',
    });
  });

  it('has plain text in its HTML where it stands between HTML, and HTML in its text', async () => {
    const { bodies } = await read(mixed(html('<p>Hello</p>'), withType('text/plain', 'A <footer> & more')));
    expect(bodies).toMatchObject({
      text: 'Hello\nA <footer> & more',
      isTextDerived: true,
      html: '<p>Hello</p><div style="white-space: pre-wrap">A &lt;footer&gt; &amp; more</div>',
    });
    expect((await read(withType('text/plain', 'plain'))).bodies).toMatchObject({ isTextDerived: false, html: null });
  });

  it('has a text from HTML whose first words come long after maxBodyBytes', async () => {
    const { bodies } = await read(html(`<style>${'p{color:red}'.repeat(5_000)}</style><p>${'word '.repeat(300)}`), 100);
    expect(bodies).toMatchObject({ text: 'word '.repeat(20), isTruncated: true });
    expect(bodies.html?.length).toBeLessThanOrEqual(100);
    expect((await read(html('<p>word'), 0)).bodies).toMatchObject({ text: '', html: '', isTruncated: true });
  });

  it('is unwrapped when it is flowed, and only then', async () => {
    const flowed = (type: string) => read(withType(type, 'one \r\ntwo\r\n> a \r\n> b\r\n'));
    expect((await flowed('text/plain; format=Flowed')).bodies.text).toBe('one two\n> a b\n');
    expect((await flowed('text/plain; format=flowed; delsp=YES')).bodies.text).toBe('onetwo\n> ab\n');
    expect((await flowed('text/plain; format=fixed')).bodies.text).toBe('one \ntwo\n> a \n> b\n');
  });

  it('tells which parts its HTML shows, and which it has not', async () => {
    const picture = (cid: string) => `Content-ID: <${cid}>\r\n${withType('image/png', 'x')}`;
    const shown = html('<img src="cid:a@b"><img src="cid:gone">');
    expect((await read(mixed(shown, picture('c'), picture('a@b')))).bodies.cidLinks).toEqual([
      { cid: 'a@b', partId: '3' },
      { cid: 'gone', partId: null },
    ]);
  });

  it('tells what an attached message says of itself, and nothing of one in base64', async () => {
    const forwarded = 'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nFrom: a@x.example\r\n\r\nSubject: no';
    const encoded = `Content-Transfer-Encoding: base64\r\n${withType('message/rfc822', Buffer.from(forwarded).toString('base64'))}`;
    const { attachments } = (await read(mixed(withType('message/rfc822', forwarded), encoded))).bodies;
    const message = { subject: 'Grüße', from: [{ name: null, email: 'a@x.example' }], to: null, sentAt: null };
    expect(attachments).toMatchObject([
      { kind: 'message', message },
      { kind: 'message', message: null },
    ]);
  });

  it('tells of a bounded number of attached messages, each by a bounded part of it', async () => {
    const forwarded = (more: string) => withType('message/rfc822', `X: ${more}\r\nSubject: x\r\n\r\n`);
    const { attachments } = (await read(mixed(...Array(60).fill(forwarded('')), forwarded('')))).bodies;
    expect(attachments.filter(({ message }) => message?.subject === 'x')).toHaveLength(50);
    const long = (await read(mixed(forwarded('x'.repeat(40_000))))).bodies;
    expect(long.attachments).toMatchObject([{ message: { subject: null } }]);
  });

  it('that is empty has an empty text', async () => {
    expect((await read('Subject: x\r\n\r\n')).bodies).toMatchObject({ text: '', html: null, isTruncated: false });
  });

  it('ends on a character and says so when it is cut', async () => {
    const { bodies } = await read(withType('text/plain; charset=utf-8', 'aüüüü'), 4);
    expect(bodies).toMatchObject({ text: 'aü', isTruncated: true, isEncodingProblem: false });
    expect((await read(withType('text/plain; charset=utf-8', '𝄞𝄞'), 7)).bodies.text).toBe('𝄞');
  });

  it('is not cut inside a tag', async () => {
    expect((await read(withType('text/html', '<b>hi</b><a href="x">'), 14)).bodies).toMatchObject({
      html: '<b>hi</b>',
      isTruncated: true,
    });
  });

  it('is whole when it has exactly as many bytes as it may', async () => {
    expect((await read(withType('text/plain', '12345'), 5)).bodies).toMatchObject({
      text: '12345',
      isTruncated: false,
    });
  });

  it('keeps a bounded part of thousands of texts', async () => {
    const parts = Array.from({ length: 500 }, () => withType('text/plain', 'x'.repeat(10_000)));
    const { bodies } = await read(mixed(...parts), 50_000);
    expect([bodies.text?.length, bodies.isTruncated]).toEqual([50_000, true]);
  });

  it('declares an encoding problem for an encoding that nobody knows', async () => {
    expect((await read('Content-Transfer-Encoding: x-uue\r\n\r\nabc')).bodies.isEncodingProblem).toBe(true);
  });

  const base64 = `${'QUJD'.repeat(19)}\r\n`.repeat(800);
  const prose = 'A line of what somebody wrote.\r\n'.repeat(2_000);
  it.each([
    ['one attachment', `--abc\r\nContent-Transfer-Encoding: base64\r\n${withType('a/b', '')}`, base64, null],
    ['one text', `--abc\r\n${withType('text/plain', '')}`, prose, 100_000],
    ['a thousand texts', '', `\r\n--abc\r\n${withType('text/html', prose)}`, 100_000],
  ])('of 60 MB is never kept: %s', async (_, start, block, kept) => {
    const chunk = Buffer.from(block);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    let left = 950;
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from(withType('multipart/mixed; boundary=abc', start))),
      pull: (controller) => {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
        if (left-- > 0) controller.enqueue(chunk);
        else controller.close();
      },
    });
    const { bodies, size } = await readEmail(source, { maxBodyBytes: 100_000 });
    expect((bodies.text ?? bodies.html)?.length ?? null).toBe(kept);
    expect(bodies.isTruncated).toBe(kept !== null);
    expect(size).toBeGreaterThan(58_000_000);
    expect(most).toBeLessThan(8_000_000);
  });
});

describe('a part', () => {
  const message = mixed(
    withType('text/plain', 'first'),
    `Content-Transfer-Encoding: base64\r\n${withType('a/b', 'aGVsbG8=')}`,
  );

  it('comes out of the stream decoded, and the rest of the message is cancelled', async () => {
    let isCancelled = false;
    const source = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => controller.enqueue(Buffer.from(isCancelled ? '' : message)),
        cancel: () => {
          isCancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    const opened = await openPart(source, '2');
    expect(opened?.part).toMatchObject({ partId: '2', type: 'a/b', encoding: 'base64' });
    expect(await new Response(opened?.body).text()).toBe('hello');
    expect(isCancelled).toBe(true);
  });

  it.each(['3', '', '1.1', '0', 'x'])('that does not exist is null: %j', async (partId) => {
    expect(await openPart(streamOf(message), partId)).toBeNull();
  });

  it('that nobody reads is not pulled from the source', async () => {
    let pulls = 0;
    const source = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          controller.enqueue(Buffer.from(pulls++ === 0 ? withType('text/plain', 'x') : 'y'.repeat(1000)));
        },
      },
      { highWaterMark: 0 },
    );
    const opened = await openPart(source, '1');
    const reader = opened?.body.getReader();
    await reader?.read();
    expect(pulls).toBe(1);
    await reader?.read();
    expect(pulls).toBe(2);
    await reader?.cancel();
  });

  it('fails as its source fails', async () => {
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from(withType('text/plain', 'x'))),
      pull: (controller) => controller.error(new Error('connection lost')),
    });
    const opened = await openPart(source, '1');
    await expect(new Response(opened?.body).text()).rejects.toThrow('connection lost');
  });
});

describe('what IMAP gives', () => {
  it('becomes the same body', () => {
    const bytes = Buffer.from('hello\r\n');
    expect(bodyOf(part, new Map([['1', { bytes, isTruncated: false }]]), 100)).toMatchObject({
      text: 'hello\n',
      isTruncated: false,
    });
    expect(bodyOf(part, new Map([['1', { bytes, isTruncated: true }]]), 100).isTruncated).toBe(true);
  });

  it('says that a text is cut of which nothing was fetched', () => {
    expect(bodyOf(part, new Map(), 100)).toMatchObject({ text: '', isTruncated: true });
  });

  it('leaves half a character at a cut away, and calls it no problem', () => {
    const bytes = Buffer.from('aü').subarray(0, 2);
    const utf8 = { ...part, charset: 'utf-8' };
    expect(bodyOf(utf8, new Map([['1', { bytes, isTruncated: true }]]), 100)).toMatchObject({
      text: 'a',
      isEncodingProblem: false,
    });
    expect(bodyOf(utf8, new Map([['1', { bytes, isTruncated: false }]]), 100).isEncodingProblem).toBe(true);
  });

  it('computes the size of base64 from lines of 76 characters', () => {
    expect([bodyPartOf(part).size, bodyPartOf({ ...part, encoding: '8bit' }).size]).toEqual([570, 780]);
    expect(bodyPartOf({ ...part, decodedSize: 7 }).size).toBe(7);
  });

  it('has the same tree as the stream', () => {
    const walker = new MessageWalker();
    walker.push(Buffer.from(withType('text/plain', 'x')));
    expect(walker.end().root).toMatchObject({ partId: '1', encodedSize: 1, decodedSize: 1 });
  });
});
