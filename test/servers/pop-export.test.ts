/**
 * Is a backup exact with every POP3 server, in each of its formats, and does it leave no trace where the server's TOP is exact?
 */
import { describe, expect, it } from 'vitest';
import { startPeer } from '../../scripts/mail-server/peers.ts';
import { MaildropPageSchema } from '../../src/maildrop/schema/message.ts';
import { bigLetter, withFiles } from '../support/imap-letters.ts';
import { letter } from '../support/mail.ts';
import { sha256Of } from '../support/maildir.ts';
import { readMbox } from '../support/mbox.ts';
import { exported, exportedIn, exportedLines, rawIn } from '../support/pop-export.ts';
import type { Caller } from '../support/postern.ts';
import { asServed, popExpectations, withoutAdded } from '../support/server-expectations.ts';
import { maildropOf } from '../support/server-programs.ts';
import { lineByLine, serverStage } from '../support/server-stage.ts';
import { readBackup } from '../support/zip.ts';

const delivered = [
  letter('plain'),
  withFiles,
  Buffer.from('From: a@weaver.example\r\nSubject: lines\r\n\r\n.\r\n..\r\nFrom me\r\n>From you\r\n'),
  bigLetter(1_000_000),
  // Last: what has no end runs into what is delivered behind it, in an mbox file of popa3d.
  lineByLine,
];

describe.each(popExpectations)('$name', (expected) => {
  const stage = serverStage('pop3', startPeer[expected.name]);

  /** The octets of every message, from each format that has them. */
  async function bytesBy(caller: Caller): Promise<Record<string, Uint8Array[]>> {
    const ndjson = exportedIn(await exportedLines(stage.postern, caller)).map(rawIn);
    const mbox = readMbox(await exported(stage.postern, caller, '?format=mbox')).map(({ bytes }) => bytes);
    const { messages } = await readBackup(await exported(stage.postern, caller, '?format=zip'));
    return { ndjson, mbox, zip: messages.map(({ bytes }) => bytes) };
  }
  const digestsOf = (messages: readonly Uint8Array[]): string[] =>
    messages.map((bytes) => sha256Of(withoutAdded(bytes, expected.served)));

  it('gives every message as it was delivered and as other programs get it', async () => {
    const caller = await stage.callerWith(...delivered);
    // Before our own session, which may hold a lock for a moment.
    const others = digestsOf(await maildropOf(stage.port, caller));
    const backups = await bytesBy(caller);
    expect(others).toEqual(delivered.map((bytes) => sha256Of(asServed(bytes, expected.served))));
    for (const [format, messages] of Object.entries(backups)) expect(digestsOf(messages), format).toEqual(others);
  });

  it('gives it under the ids that a listing has, the same in the manifest', async () => {
    const caller = await stage.callerWith(...delivered);
    const { messages } = await stage.postern.json(MaildropPageSchema, caller, '/v1/pop/messages');
    const ndjson = exportedIn(await exportedLines(stage.postern, caller));
    const manifest = exportedIn(await exportedLines(stage.postern, caller, '?format=manifest'));
    expect(ndjson.map(({ id, uidl }) => ({ id, uidl }))).toEqual(messages.map(({ id, uidl }) => ({ id, uidl })));
    expect(manifest.map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
    // What a server adds to messages it may add at any time.
    if (expected.served.adds.length > 0) return;
    expect(ndjson.map(({ size }) => size)).toEqual(messages.map(({ size }) => size));
    expect(manifest).toEqual(
      ndjson.map(({ raw = '', ...line }) => ({ ...line, octets: Buffer.from(raw, 'base64').length })),
    );
  });

  it('gives both of two messages with the same header', async () => {
    const twins = [letter('same', 'one'), letter('same', 'two')];
    const caller = await stage.callerWith(...twins);
    const served = twins.map((bytes) => sha256Of(asServed(bytes, expected.served)));
    expect(digestsOf((await bytesBy(caller))['zip'] ?? [])).toEqual(served);
    expect(new Set(exportedIn(await exportedLines(stage.postern, caller)).map(({ id }) => id)).size).toBe(2);
  });
});
