/**
 * Ranges and lengths over servers that are wrong about how large a message is, or change their mind.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { bigLetter } from '../support/imap-letters.ts';
import { imapScriptStage } from '../support/imap-script-stage.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';

const stage = imapScriptStage();
const raw = `${messagesPath('inbox')}/1000.1/raw`;
const bytes = bigLetter(2_500_000);
const small = letter('small');

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe.each([
  ['gives less than it is asked for', { mostBytes: 100_000 }, true],
  ['says that a message is one octet smaller than it is', { announcedSize: bytes.length - 1 }, false],
  ['says that a message is one octet larger than it is', { announcedSize: bytes.length + 1 }, false],
  ['says that a message is much smaller than it is', { announcedSize: 10 }, false],
  ['says that a message is much larger than it is', { announcedSize: 9_999_999 }, false],
  ['says that a message has no size', { announcedSize: 0 }, false],
])('a server that %s', (_, script, isTrue) => {
  it('gives all octets, and promises how many only where that is so', async () => {
    const server = await stage.serve({ ...script, messages: [bytes] });
    const head = await stage.postern.call(server.caller(), raw, { method: 'HEAD' });
    const whole = await stage.postern.call(server.caller(), raw);
    expect((await bytesOf(whole)).equals(bytes)).toBe(true);
    const length = isTrue ? String(bytes.length) : null;
    expect([head.headers.get('content-length'), whole.headers.get('content-length')]).toEqual([length, length]);
  });

  it('gives ranges from its beginning and from its end', async () => {
    const server = await stage.serve({ ...script, messages: [bytes] });
    for (const [range, from, to] of [
      ['bytes=-500', bytes.length - 500, bytes.length - 1],
      ['bytes=2000000-', 2_000_000, bytes.length - 1],
      ['bytes=7-8', 7, 8],
    ] as const) {
      const response = await stage.postern.call(server.caller(), raw, { headers: { Range: range } });
      expect(response.headers.get('content-range')).toBe(`bytes ${from}-${to}/${bytes.length}`);
      expect((await bytesOf(response)).equals(bytes.subarray(from, to + 1))).toBe(true);
    }
    const behind = await stage.postern.call(server.caller(), raw, { headers: { Range: `bytes=${bytes.length}-` } });
    expect([behind.status, behind.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`]);
    await behind.body?.cancel();
  });

  it('gives a small message with its true length', async () => {
    const announcedSize = 'announcedSize' in script ? small.length + script.announcedSize : small.length;
    const server = await stage.serve({ ...script, announcedSize, messages: [small] });
    const whole = await stage.postern.call(server.caller(), raw);
    expect((await bytesOf(whole)).equals(small)).toBe(true);
    expect([null, String(small.length)]).toContain(whole.headers.get('content-length'));
  });
});

it('breaks an answer whose length was told when the server has less in the end, and never ends it as if it were whole', async () => {
  let isShort = false;
  const server = await stage.serve({
    messages: [bytes],
    answer: (command) => {
      isShort ||= command.includes('BODY.PEEK[]<1048576.');
      const [, origin] = isShort ? (/BODY\.PEEK\[\]<(\d+)\./.exec(command) ?? []) : [];
      return origin === undefined ? undefined : `* 1 FETCH (UID 1 BODY[]<${origin}> "")\r\n$ OK done\r\n`;
    },
  });
  const whole = await stage.postern.call(server.caller(), raw);
  expect([whole.status, whole.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
  await expect(whole.arrayBuffer()).rejects.toThrow();
});

it('breaks a part whose length nobody knew when its message is gone before the end', async () => {
  const encoded = Buffer.alloc(3_000_000, 'QUJD');
  let isGone = false;
  const server = await stage.serve({
    messages: [Buffer.concat([Buffer.from('Subject: encoded\r\n\r\n'), encoded])],
    answer: (command) => {
      if (!/^UID FETCH 1 /.test(command)) return undefined;
      isGone ||= command.includes('BODY.PEEK[TEXT]<1048576.');
      if (isGone) {
        const octets = command.includes('BODY.PEEK') ? '* 1 FETCH (UID 1 BODY[TEXT]<1048576> NIL)\r\n' : '';
        return `${octets}$ OK done\r\n`;
      }
      const structure = `("application" "zip" NIL NIL NIL "base64" ${encoded.length})`;
      return command.includes('BODYSTRUCTURE')
        ? `* 1 FETCH (UID 1 BODYSTRUCTURE ${structure})\r\n$ OK done\r\n`
        : undefined;
    },
  });
  const part = await stage.postern.call(server.caller(), raw.replace('raw', 'parts/1'));
  expect([part.status, part.headers.get('content-length')]).toEqual([200, null]);
  await expect(part.arrayBuffer()).rejects.toThrow();
});

it('breaks a range when the message is gone before its end', async () => {
  let isGone = false;
  const server = await stage.serve({
    messages: [bytes],
    answer: (command) => {
      isGone ||= command.includes('<1048586.');
      return isGone && command.startsWith('UID FETCH') ? '$ OK done\r\n' : undefined;
    },
  });
  const range = await stage.postern.call(server.caller(), raw, { headers: { Range: 'bytes=10-' } });
  expect(range.status).toBe(206);
  await expect(range.arrayBuffer()).rejects.toThrow();
});

it('says that a server is wrong whose messages have no end', async () => {
  const server = await stage.serve({
    messages: [small],
    answer: (command) => {
      const [, origin, count] = /BODY\.PEEK\[\]<(\d+)\.(\d+)>/.exec(command) ?? [];
      const octets = 'x'.repeat(Number(count));
      return origin === undefined ? undefined : `* 1 FETCH (UID 1 BODY[]<${origin}> "${octets}")\r\n$ OK done\r\n`;
    },
  });
  const problem = await stage.postern.problem('protocol-violated', server.caller(), raw, {
    headers: { Range: 'bytes=-1' },
  });
  expect(problem.status).toBe(502);
});

it('has nobody keep what may be another message by the next request, for want of a UIDVALIDITY', async () => {
  const server = await stage.serve({ messages: [bytes] });
  server.uidValidity = 0;
  const unnamed = `${messagesPath('inbox')}/0.1/raw`;
  const range = () => stage.postern.call(server.caller(), unnamed, { headers: { Range: 'bytes=0-9' } });
  const before = await range();
  expect([before.status, before.headers.get('etag')]).toEqual([206, null]);
  expect(before.headers.get('cache-control')).toBe('no-store');
  expect((await bytesOf(before)).equals(bytes.subarray(0, 10))).toBe(true);
  server.inbox.splice(0, 1, { uid: 1, bytes: small, flags: new Set() });
  const after = await range();
  expect(after.headers.get('content-range')).toBe(`bytes 0-9/${small.length}`);
  expect((await bytesOf(after)).equals(small.subarray(0, 10))).toBe(true);
});

it('does not take one message for another that has the same keywords, for want of a UIDVALIDITY', async () => {
  const server = await stage.serve({ messages: [letter('before')] });
  server.uidValidity = 0;
  const unnamed = `${messagesPath('inbox')}/0.1?fields=messageId`;
  const before = await stage.postern.call(server.caller(), unnamed);
  await before.body?.cancel();
  const headers = { 'If-None-Match': before.headers.get('etag') ?? '' };
  const same = await stage.postern.call(server.caller(), unnamed, { headers });
  expect(same.status).toBe(304);
  server.inbox.splice(0, 1, { uid: 1, bytes: letter('after'), flags: new Set() });
  const after = await stage.postern.call(server.caller(), unnamed, { headers });
  expect([after.status, await after.text()]).toEqual([200, expect.stringContaining('after@')]);
});
