/**
 * Are ranges, lengths, conditions and exports right over every IMAP server?
 *
 * What one serves of a message in its own way is judged elsewhere (`imap-behaviours`); here all ways to the octets have to agree.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { EmailPageSchema } from '../../src/mailbox/schema/page.ts';
import { bigLetter, knownParts, withFiles } from '../support/imap-letters.ts';
import { messagesPath } from '../support/imap-stage.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { readMbox } from '../support/mbox.ts';
import { type Caller, linesOf } from '../support/postern.ts';
import { seeded } from '../support/random.ts';
import { imapExpectations } from '../support/server-expectations.ts';
import { lineByLine, serverStage } from '../support/server-stage.ts';

// Without what is no ASCII: bytes that have no charset are for tests of their own.
const large = bigLetter(2_300_000).map((byte) =>
  byte > 126 ? 46 : byte < 32 && byte !== 10 && byte !== 13 ? 32 : byte,
);
const inbox = messagesPath('inbox');

describe.each(imapExpectations)('$name', ({ name }) => {
  const stage = serverStage('imap', startPeer[name]);

  const pathsOf = async (caller: Caller) =>
    (await stage.postern.json(EmailPageSchema, caller, inbox)).messages.map(({ id }) => `${inbox}/${id}`).reverse();
  const call = (caller: Caller, path: string, headers: Record<string, string> = {}, method = 'GET') =>
    stage.postern.call(caller, path, { headers, method });
  const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

  it('gives ranges of messages and parts as they stand in the whole, and HEAD the length that GET has', async () => {
    const caller = await stage.callerWith(large, withFiles);
    const [first = '', second = ''] = await pathsOf(caller);
    const random = seeded(9110);
    for (const path of [
      `${first}/raw`,
      `${second}/raw`,
      ...knownParts.map(({ partId }) => `${second}/parts/${partId}`),
    ]) {
      const whole = await call(caller, path);
      const bytes = await bytesOf(whole);
      expect([whole.status, whole.headers.get('accept-ranges')]).toEqual([200, 'bytes']);
      const told = whole.headers.get('content-length');
      expect([null, String(bytes.length)], path).toContain(told);
      const head = await call(caller, path, {}, 'HEAD');
      expect([told, null], path).toContain(head.headers.get('content-length'));
      for (let count = 0; count < 6; count++) {
        const from = random.below(bytes.length + 1);
        const to = from + random.below(random.chance(0.5) ? 40 : bytes.length + 1);
        const isSuffix = count === 0;
        const range = await call(caller, path, { Range: isSuffix ? 'bytes=-70' : `bytes=${from}-${to}` });
        const expected = isSuffix ? bytes.subarray(-70) : bytes.subarray(from, to + 1);
        expect(range.status, path).toBe(expected.length === 0 ? 416 : 206);
        expect(range.headers.get('content-range'), path).toMatch(new RegExp(`/${bytes.length}$`));
        const got = await bytesOf(range);
        if (expected.length > 0)
          expect([got.length, sha256Of(got)], path).toEqual([expected.length, sha256Of(expected)]);
      }
    }
  });

  it('answers 304 and 412 for a message that is there, and 404 for one that is not', async () => {
    const caller = await stage.callerWith(letter('1'));
    const [path = ''] = await pathsOf(caller);
    for (const below of ['raw', 'parts/1']) {
      const whole = await call(caller, `${path}/${below}`);
      await whole.arrayBuffer();
      const etag = whole.headers.get('etag') ?? '';
      const statusOf = async (address: string, headers: Record<string, string>) => {
        const response = await call(caller, `${address}/${below}`, headers);
        await response.arrayBuffer();
        return response.status;
      };
      expect(await statusOf(path, { 'If-None-Match': etag })).toBe(304);
      expect(await statusOf(path, { 'If-Match': '"other"' })).toBe(412);
      const gone = path.replace(/\d+$/, '4000000');
      expect(await statusOf(gone, { 'If-None-Match': '*' })).toBe(404);
    }
  });

  it('exports every message as reading them one by one does', async () => {
    const texts = Array.from({ length: 30 }, (_, index) => letter(`${index}`, 'word '.repeat(index * 40)));
    const caller = await stage.callerWith(...texts, large, withFiles, lineByLine);
    const digests: string[] = [];
    for (const path of await pathsOf(caller)) digests.push(sha256Of(await bytesOf(await call(caller, `${path}/raw`))));
    expect(digests).toHaveLength(33);
    const lines = await linesOf(await call(caller, '/v1/imap/mailboxes/inbox/export'));
    expect(lines.flatMap(({ type, sha256 }) => (type === 'message' ? [sha256] : []))).toEqual(digests);
    expect(lines.at(-1)).toEqual({ type: 'end', count: 33, nextCursor: null });
    const ids = lines.flatMap(({ id }) => (id === undefined ? [] : [id]));
    const rest = await linesOf(await call(caller, `/v1/imap/mailboxes/inbox/export?cursor=${ids[29]}&limit=2`));
    expect(rest.flatMap(({ id }) => (id === undefined ? [] : [id]))).toEqual(ids.slice(30, 32));
    const mbox = readMbox(await bytesOf(await call(caller, '/v1/imap/mailboxes/inbox/export?format=mbox')));
    const asMbox = mbox.map(({ bytes }) => [sha256Of(bytes), sha256Of(bytes.subarray(0, -1))]);
    // A last line without an end gets one.
    for (const [index, digest] of digests.entries()) expect(asMbox[index]).toContain(digest);
    expect(mbox).toHaveLength(33);
  });
});
