/**
 * Is every message what the server's file has, octet for octet, by every way that it can take? The demo mailbox, random mail, and what
 * framing stumbles over.
 */
import { Buffer } from 'node:buffer';
import { beforeAll, describe, expect, it } from 'vitest';
import { demoMessages } from '../../scripts/demo/messages.ts';
import { DownloadLineSchema } from '../../src/maildrop/schema/download.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { linesIn } from '../support/line-reader.ts';
import { messagesIn, sha256Of } from '../support/maildir.ts';
import { oddEncodings } from '../support/odd-encodings.ts';
import { asSent, trickyMessage } from '../support/pop-bytes.ts';
import { digestsBy } from '../support/pop-export.ts';
import { popStage } from '../support/pop-stage.ts';
import type { Caller, Postern } from '../support/postern.ts';
import { seeded } from '../support/random.ts';

const stage = popStage();
const random = seeded(20261123);

/** As Dovecot serves a file: a lone LF as CR LF (scripts/mail-server/maildir.ts). Its files are made of lines here, without NUL. */
const asServed = (bytes: Uint8Array): Buffer =>
  asSent(
    Buffer.from(
      Buffer.from(bytes)
        .toString('latin1')
        .replaceAll('\0', '0')
        .replace(/(?<!\r)\n/g, '\r\n'),
      'latin1',
    ),
  );

const corpora: Readonly<Record<string, readonly Uint8Array[]>> = {
  'the demo mailbox': demoMessages(new Date('2026-11-23T10:00:00Z')).map(({ bytes }) => bytes),
  'what framing stumbles over': Array.from({ length: 200 }, () =>
    Buffer.concat([Buffer.from('Subject: tricky\r\n\r\n'), asServed(trickyMessage(random))]),
  ),
  'parts in every encoding': oddEncodings(20_000).map(([what, encoding, encoded]) =>
    asServed(
      Buffer.concat([Buffer.from(`Subject: ${what}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`), encoded]),
    ),
  ),
};

const ways: typeof digestsBy = {
  ...digestsBy,
  async raw(postern, caller) {
    const { messages } = await postern.json(MaildropPageSchema, caller, '/v1/pop/messages?limit=500');
    const digests: string[] = [];
    for (const { id } of messages) {
      const response = await postern.call(caller, `/v1/pop/messages/${id}/raw`);
      digests.push(sha256Of(new Uint8Array(await response.arrayBuffer())));
    }
    return digests;
  },
  'download, the bytes': (postern, caller) =>
    downloadedBy(postern, caller, ({ raw = '' }) => sha256Of(Buffer.from(raw, 'base64'))),
  'download, the digest': (postern, caller) => downloadedBy(postern, caller, ({ sha256 = '' }) => sha256),
};

async function downloadedBy(
  postern: Postern,
  caller: Caller,
  digestOf: (line: { readonly raw?: string | undefined; readonly sha256?: string | undefined }) => string,
): Promise<string[]> {
  const body = { format: 'raw', limit: 1_000 };
  const response = await postern.call(caller, '/v1/pop/downloads', { body });
  const digests: string[] = [];
  for await (const text of linesIn(response.body)) {
    const line = DownloadLineSchema.parse(JSON.parse(text));
    expect(line.type).not.toBe('error');
    if (line.type === 'message') digests.push(digestOf(line));
  }
  return digests;
}

describe.each(Object.entries(corpora))('%s', (_name, messages) => {
  let caller: Caller;
  let onDisk: string[];
  beforeAll(async () => {
    caller = await stage.callerWith(messages);
    onDisk = (await messagesIn(stage.host.dovecot.maildir(caller.user))).map(sha256Of);
  });

  it('is on disk as it was delivered', () => {
    expect(onDisk).toEqual(messages.map(sha256Of));
  });

  it.each(Object.keys(ways))('is the same by %s', async (way) => {
    expect(await ways[way]?.(stage.postern, caller)).toEqual(onDisk);
  });
});
