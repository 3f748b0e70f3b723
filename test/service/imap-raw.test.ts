/**
 * `GET …/messages/{id}/raw` over a real server: the file, byte for byte, whatever becomes of its reader.
 *
 * Of the demo's messages that is tested in demo.test.ts, of a very large one and its memory in imap-memory.test.ts.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { bigLetter, withFiles } from '../support/imap-letters.ts';
import { startImapRelay } from '../support/imap-relay.ts';
import { first, imapStage } from '../support/imap-stage.ts';
import { encrypted, letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import type { Caller } from '../support/postern.ts';

const stage = imapStage();
const mebibyte = 1024 * 1024;

async function raw(caller: Caller, path: string): Promise<Uint8Array> {
  const response = await stage.postern.call(caller, `${path}/raw`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('message/rfc822');
  return new Uint8Array(await response.arrayBuffer());
}

const head = 'Subject: odd\r\n\r\n';
const odd: readonly (readonly [string, Uint8Array])[] = [
  ['8-bit bytes and lone CR', Buffer.from(`${head}caf\xe9 \x80\xff\r\rx\r\n`, 'latin1')],
  ['lines of dots and no line end at the last', Buffer.from(`${head}.\r\n..\r\n.\r\n)\r\na1 OK done`)],
  ['a line that looks like a literal', Buffer.from(`${head}{3}\r\nabc\r\n* BYE\r\n`)],
  ['nothing at all after its header', Buffer.from(head)],
  ['one byte less than a chunk', bigLetter(3_000_000).subarray(0, mebibyte - 1)],
  ['exactly one chunk', bigLetter(3_000_000).subarray(0, mebibyte)],
  ['one byte more than a chunk', bigLetter(3_000_000).subarray(0, mebibyte + 1)],
  ['exactly two chunks', bigLetter(3_000_000).subarray(0, 2 * mebibyte)],
  ['every part', withFiles.map((byte) => (byte === 0 ? 1 : byte))],
];

describe.each(encrypted)('over %s', (security) => {
  it.each(odd)('gives a message with %s byte for byte', async (_, bytes) => {
    // The server gives each lone LF as CR LF, so a cut between the two would be its doing.
    const sent = bytes.at(-1) === 13 ? Buffer.concat([bytes, Buffer.from('\n')]) : bytes;
    const caller = await stage.callerWith([sent], security);
    const got = await raw(caller, first(await stage.paths(caller)));
    expect([got.length, sha256Of(got)]).toEqual([sent.length, sha256Of(sent)]);
  });
});

it('gives several messages at once, each to the one who asked for it', async () => {
  const caller = await stage.callerWith(
    Array.from({ length: 9 }, (_, index) => letter(`${index}`, 'x'.repeat(200_000))),
  );
  const got = await Promise.all((await stage.paths(caller)).map((path) => raw(caller, path)));
  expect(got.map((bytes) => /Message-ID: <(\d)@/.exec(Buffer.from(bytes).toString('latin1'))?.[1])).toEqual([
    ...'876543210',
  ]);
});

it('reads no further than its reader does, and frees the session when the reader leaves', async () => {
  const size = 60_000_000;
  const relay = await startImapRelay(stage.host.dovecot.ports.imap);
  const caller = relay.through(await stage.callerWith([bigLetter(size)]));
  const path = first(await stage.paths(caller));
  const stalled = await Promise.all(
    [1, 2, 3].map(async () => {
      const abort = new AbortController();
      const response = await stage.postern.call(caller, `${path}/raw`, { signal: abort.signal });
      const reader = response.body?.getReader();
      expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
      return abort;
    }),
  );
  // All of the account's sessions are taken, so another account is what shows that time goes by.
  const other = relay.through(await stage.callerWith([letter('other')]));
  for (let count = 0; count < 100; count++) await stage.page(other);
  expect(relay.bytesFromServer, 'of 180 MB').toBeLessThan(48_000_000);
  for (const abort of stalled) abort.abort();
  const after = await Promise.all([1, 2, 3, 4].map(() => stage.page(caller, '?fields=size')));
  expect(after.map(({ messages }) => messages[0]?.size)).toEqual(Array(4).fill(bigLetter(size).length));
  await relay.stop();
});

it('answers HEAD with the same header, without the bytes, and frees the session', async () => {
  const caller = await stage.callerWith([bigLetter(5_000_000)]);
  const path = first(await stage.paths(caller));
  for (let count = 0; count < 5; count++) {
    const response = await stage.postern.call(caller, `${path}/raw`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('message/rfc822');
    expect((await response.arrayBuffer()).byteLength).toBe(0);
  }
  expect((await stage.page(caller)).total).toBe(1);
});
